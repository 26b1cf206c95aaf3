import { FakeTrack } from '../fakes.ts'
import type { FakeConnection } from './connection.ts'

/** One line of a description, and what goes over it. */
export class FakeTransceiver {
  readonly receiver: { track: FakeTrack }
  readonly sender
  currentDirection: RTCRtpTransceiverDirection | null = null
  #direction: RTCRtpTransceiverDirection
  readonly #connection: FakeConnection

  constructor(connection: FakeConnection, kind: 'audio' | 'video', direction: RTCRtpTransceiverDirection, track: FakeTrack | null) {
    this.#connection = connection
    this.#direction = direction
    this.receiver = { track: new FakeTrack(kind) }
    this.sender = {
      track,
      replaceTrack: (next: FakeTrack | null) => connection.slowly(`replaceTrack ${kind}`, () => { this.sender.track = next }),
      getParameters: () => ({ encodings: [{ scaleResolutionDownBy: 1 }] }),
      setParameters: () => connection.slowly('setParameters', () => undefined),
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
