import { FakeTrack } from '../common/fakes.ts'
import type { FakeNegotiation } from './fakeNegotiation.ts'
import { ScheduledQueue } from './scheduledSocket.ts'

/** One media section of a description, with its sender and receiver. */
export class FakeTransceiver {
  readonly receiver: { track: FakeTrack }
  readonly sender
  currentDirection: RTCRtpTransceiverDirection | null = null
  #direction: RTCRtpTransceiverDirection
  readonly #connection: FakeNegotiation

  constructor(
    connection: FakeNegotiation,
    kind: 'audio' | 'video',
    direction: RTCRtpTransceiverDirection,
    track: FakeTrack | null,
  ) {
    this.#connection = connection
    this.#direction = direction
    this.receiver = { track: new FakeTrack(kind) }
    const queue = new ScheduledQueue(connection.scheduler, `${connection.name} ${kind}`)
    this.sender = {
      track,
      replaceTrack: (next: FakeTrack | null) =>
        connection.runQueued(queue, 'replaceTrack', () => {
          this.sender.track = next
        }),
      getParameters: () => ({ encodings: [{ scaleResolutionDownBy: 1 }] }),
      setParameters: () => connection.runQueued(queue, 'setParameters', () => undefined),
    }
  }

  get direction(): RTCRtpTransceiverDirection {
    return this.#direction
  }

  set direction(direction) {
    this.#direction = direction
    this.#connection.updateNegotiationNeeded()
  }

  get needsNegotiation(): boolean {
    return this.currentDirection !== this.#direction
  }

  applyDirection(): void {
    this.currentDirection = this.#direction
  }
}
