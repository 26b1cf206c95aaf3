import type { Tracks } from '../media/localTracks.ts'

const kinds = ['audio', 'video'] as const
type Kind = (typeof kinds)[number]

/** From WebRTC Extensions §5.6; not in the TypeScript DOM types. */
type SetParameters = (
  parameters: RTCRtpSendParameters,
  options: { encodingOptions: { keyFrame: boolean }[] },
) => Promise<void>

/**
 * Height of the first video frames, in pixels. Browsers start at about 300 kbit/s. A large key frame takes 0.5 s at
 * that rate, after the browser has dropped a few frames.
 */
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

  /** Adds the missing transceivers. The offerer calls it; the answerer gets them from the offer. */
  addTransceivers(): void {
    for (const kind of kinds) if (!this.#findTransceiver(kind)) this.#addTransceiver(kind)
  }

  /**
   * Sends the current tracks. A transceiver that has sent stays `sendrecv`, so that switching on again needs no
   * negotiation. Resolves with true if a transceiver sends for the first time, which needs a negotiation.
   */
  async syncTracks(): Promise<boolean> {
    const isNew = await Promise.all(kinds.map((kind) => this.#syncTrack(kind)))
    return isNew.includes(true)
  }

  /** Starts the answerer's video at low resolution. The offerer does this in `addTransceivers`. */
  startAtLowResolution(): Promise<void> {
    return this.#setScale(this.#startScale())
  }

  /** Switches to full resolution. Call it once the browser has estimated the bandwidth. */
  setFullSize(): Promise<void> {
    return this.#setScale(1)
  }

  /** Requests a key frame for a new candidate pair, if the browser supports it. Never rejects. */
  async requestKeyFrame(): Promise<void> {
    const sender = this.#findTransceiver('video')?.sender
    if (!sender?.track) return
    const parameters = sender.getParameters()
    const options = { encodingOptions: parameters.encodings.map(() => ({ keyFrame: true })) }
    // A browser that ignores the second argument relies on the receiver's request (PLI, RFC 4585 §6.3.1).
    await (sender.setParameters as SetParameters).call(sender, parameters, options).catch(() => undefined)
  }

  /** Stops sending, even if a call of `syncTracks` is still running. */
  stop(): void {
    this.#isStopped = true
    // A stopped sender rejects the call and sends nothing.
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

  /** A browser that rejects the parameters keeps the old ones. */
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
