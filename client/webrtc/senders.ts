import type { Tracks } from '../media/localTracks.ts'

const kinds = ['audio', 'video'] as const
type Kind = (typeof kinds)[number]

/** WebRTC Extensions §5.6, not in the compiler's list. */
type SetParameters = (
  parameters: RTCRtpSendParameters,
  options: { encodingOptions: { keyFrame: boolean }[] },
) => Promise<void>

/** Height of the first video frames, in pixels. Browsers begin at some 300 kbit/s: a large key frame takes them half a second, after they have dropped a few. */
const startHeightPx = 180

/** One audio and one video transceiver, always present even when nothing is sent on them. */
export class Senders {
  readonly #pc: RTCPeerConnection
  readonly #tracks: Tracks
  readonly #stream = new MediaStream()
  #isStopped = false

  constructor(pc: RTCPeerConnection, tracks: Tracks) {
    this.#pc = pc
    this.#tracks = tracks
  }

  /** For the offerer. */
  addTransceivers(): void {
    for (const kind of kinds) if (!this.#findTransceiver(kind)) this.#addTransceiver(kind)
  }

  /**
   * Sends the current tracks. A transceiver that has sent once stays `sendrecv`, so that switching on again needs no negotiation.
   * Resolves with true where a negotiation is needed: a transceiver sends for the first time.
   */
  async syncTracks(): Promise<boolean> {
    const isNew = await Promise.all(kinds.map((kind) => this.#syncTrack(kind)))
    return isNew.includes(true)
  }

  /** For the answerer. The offerer starts at low resolution by `addTransceivers`. */
  startAtLowResolution(): Promise<void> {
    return this.#setScale(this.#startScale())
  }

  /** Called once the browser has estimated the bandwidth. */
  setFullSize(): Promise<void> {
    return this.#setScale(1)
  }

  /** A new candidate pair starts with a key frame, where the browser supports the request. */
  async requestKeyFrame(): Promise<void> {
    const sender = this.#findTransceiver('video')?.sender
    if (!sender?.track) return
    const parameters = sender.getParameters()
    const options = { encodingOptions: parameters.encodings.map(() => ({ keyFrame: true })) }
    // A browser without the second argument leaves it to the receiver, which requests one (PLI, RFC 4585 §6.3.1).
    await (sender.setParameters as SetParameters).call(sender, parameters, options).catch(() => undefined)
  }

  /** Nothing is sent any more, whatever the browser is still at. */
  stop(): void {
    this.#isStopped = true
    // A sender that is stopped already refuses, and sends nothing.
    for (const { sender } of this.#pc.getTransceivers()) sender.replaceTrack(null).catch(() => undefined)
  }

  #addTransceiver(kind: Kind): void {
    this.#pc.addTransceiver(this.#tracks.outgoing(kind) ?? kind, {
      direction: this.#tracks.outgoing(kind) ? 'sendrecv' : 'recvonly',
      streams: [this.#stream],
      ...(kind === 'video' && { sendEncodings: [{ scaleResolutionDownBy: this.#startScale() }] }),
    })
  }

  #startScale(): number {
    return Math.max(1, (this.#tracks.outgoing('video')?.getSettings().height ?? 0) / startHeightPx)
  }

  /** A browser that rejects the parameters keeps its own. */
  async #setScale(by: number): Promise<void> {
    const sender = this.#findTransceiver('video')?.sender
    const parameters = sender?.getParameters()
    const [encoding] = parameters?.encodings ?? []
    if (!sender || !parameters || !encoding || encoding.scaleResolutionDownBy === by) return
    encoding.scaleResolutionDownBy = by
    await sender.setParameters(parameters).catch(() => undefined)
  }

  async #syncTrack(kind: Kind): Promise<boolean> {
    const transceiver = this.#findTransceiver(kind)
    if (!transceiver || transceiver.direction === 'stopped') return false
    const track = this.#isStopped ? null : this.#tracks.outgoing(kind)
    if (transceiver.sender.track !== track) await transceiver.sender.replaceTrack(track)
    if (!track || transceiver.direction === 'sendrecv') return false
    transceiver.direction = 'sendrecv'
    return true
  }

  #findTransceiver(kind: Kind): RTCRtpTransceiver | undefined {
    return this.#pc.getTransceivers().find(({ receiver }) => receiver.track.kind === kind)
  }
}
