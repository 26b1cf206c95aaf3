import type { Tracks } from '../media/localTracks.ts'

const kinds = ['audio', 'video'] as const
type Kind = (typeof kinds)[number]

/** WebRTC Extensions §5.6, not in the compiler's list. */
type SetParameters = (parameters: RTCRtpSendParameters, options: { encodingOptions: { keyFrame: boolean }[] }) => Promise<void>

/** Lines of the first pictures. Browsers begin at some 300 kbit/s: a large key frame takes them half a second, after they have dropped a few. */
const firstLines = 180

/** The two lines of every description: sound and picture, both always there, whatever is sent on them. */
export class Senders {
  readonly #pc: RTCPeerConnection
  readonly #tracks: Tracks
  readonly #stream = new MediaStream()
  #isHushed = false

  constructor(pc: RTCPeerConnection, tracks: Tracks) {
    this.#pc = pc
    this.#tracks = tracks
  }

  /** For one who offers first. */
  create(): void {
    for (const kind of kinds) if (!this.#of(kind)) this.#add(kind)
  }

  /**
   * Sends what there is. A line that carried something once stays open: to switch on again then takes no negotiation.
   * True where the other side has to be told: a line carries something for the first time.
   */
  async fill(): Promise<boolean> {
    const news = await Promise.all(kinds.map((kind) => this.#fill(kind)))
    return news.includes(true)
  }

  /** For one who answers: who offers begins small by `create`. */
  startSmall(): Promise<void> {
    return this.#scale(this.#firstScale())
  }

  /** By now the browser knows how much the way carries. */
  grow(): Promise<void> {
    return this.#scale(1)
  }

  /** A new way knows nothing of the picture so far: it begins with a whole one, where the browser can be told. */
  async begin(): Promise<void> {
    const sender = this.#of('video')?.sender
    if (!sender?.track) return
    const parameters = sender.getParameters()
    const options = { encodingOptions: parameters.encodings.map(() => ({ keyFrame: true })) }
    // Who does not know the second argument leaves it to the receiver, who asks for one when it needs it (PLI, RFC 4585 §6.3.1).
    await (sender.setParameters as SetParameters).call(sender, parameters, options).catch(() => undefined)
  }

  /** Nothing is sent any more, whatever the browser is still at. */
  hush(): void {
    this.#isHushed = true
    // A sender that is stopped already refuses, and sends nothing.
    for (const { sender } of this.#pc.getTransceivers()) sender.replaceTrack(null).catch(() => undefined)
  }

  #add(kind: Kind): void {
    this.#pc.addTransceiver(this.#tracks.sent(kind) ?? kind, {
      direction: this.#tracks.sent(kind) ? 'sendrecv' : 'recvonly', streams: [this.#stream],
      ...(kind === 'video' && { sendEncodings: [{ scaleResolutionDownBy: this.#firstScale() }] }),
    })
  }

  #firstScale(): number {
    return Math.max(1, (this.#tracks.sent('video')?.getSettings().height ?? 0) / firstLines)
  }

  /** A browser that will not be told sends as it likes. */
  async #scale(by: number): Promise<void> {
    const sender = this.#of('video')?.sender
    const parameters = sender?.getParameters()
    const [encoding] = parameters?.encodings ?? []
    if (!sender || !parameters || !encoding || encoding.scaleResolutionDownBy === by) return
    encoding.scaleResolutionDownBy = by
    await sender.setParameters(parameters).catch(() => undefined)
  }

  async #fill(kind: Kind): Promise<boolean> {
    const transceiver = this.#of(kind)
    if (!transceiver || transceiver.direction === 'stopped') return false
    const track = this.#isHushed ? null : this.#tracks.sent(kind)
    if (transceiver.sender.track !== track) await transceiver.sender.replaceTrack(track)
    if (!track || transceiver.direction === 'sendrecv') return false
    transceiver.direction = 'sendrecv'
    return true
  }

  #of(kind: Kind): RTCRtpTransceiver | undefined {
    return this.#pc.getTransceivers().find(({ receiver }) => receiver.track.kind === kind)
  }
}
