import type { Tracks } from './tracks.ts'

const kinds = ['audio', 'video'] as const
type Kind = (typeof kinds)[number]

/** The two lines of every description: sound and picture, both always there, whatever is sent on them. */
export class Senders {
  readonly #pc: RTCPeerConnection
  readonly #tracks: Tracks
  readonly #stream = new MediaStream()

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

  #add(kind: Kind): void {
    this.#pc.addTransceiver(this.#tracks.sent(kind) ?? kind, {
      direction: this.#tracks.sent(kind) ? 'sendrecv' : 'recvonly', streams: [this.#stream],
    })
  }

  async #fill(kind: Kind): Promise<boolean> {
    const transceiver = this.#of(kind)
    if (!transceiver || transceiver.direction === 'stopped') return false
    const track = this.#tracks.sent(kind)
    if (transceiver.sender.track !== track) await transceiver.sender.replaceTrack(track)
    if (!track || transceiver.direction === 'sendrecv') return false
    transceiver.direction = 'sendrecv'
    return true
  }

  #of(kind: Kind): RTCRtpTransceiver | undefined {
    return this.#pc.getTransceivers().find(({ receiver }) => receiver.track.kind === kind)
  }
}
