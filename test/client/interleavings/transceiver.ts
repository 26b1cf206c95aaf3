import { FakeTrack } from '../common/fakes.ts'
import type { FakeSignalling } from './signalling.ts'
import { Way } from './socket.ts'

/** One line of a description, and what goes over it. */
export class FakeTransceiver {
  readonly receiver: { track: FakeTrack }
  readonly sender
  currentDirection: RTCRtpTransceiverDirection | null = null
  #direction: RTCRtpTransceiverDirection
  readonly #connection: FakeSignalling

  constructor(connection: FakeSignalling, kind: 'audio' | 'video', direction: RTCRtpTransceiverDirection, track: FakeTrack | null) {
    this.#connection = connection
    this.#direction = direction
    this.receiver = { track: new FakeTrack(kind) }
    const way = new Way(connection.pace, `${connection.name} ${kind}`)
    this.sender = {
      track,
      replaceTrack: (next: FakeTrack | null) => connection.slowly(way, 'replaceTrack', () => { this.sender.track = next }),
      getParameters: () => ({ encodings: [{ scaleResolutionDownBy: 1 }] }),
      setParameters: () => connection.slowly(way, 'setParameters', () => undefined),
    }
  }

  get direction(): RTCRtpTransceiverDirection {
    return this.#direction
  }

  set direction(direction) {
    this.#direction = direction
    this.#connection.updateNeed()
  }

  get isNews(): boolean {
    return this.currentDirection !== this.#direction
  }

  agree(): void {
    this.currentDirection = this.#direction
  }
}
