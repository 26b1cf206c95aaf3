import { FakeTrack } from '../common/fakes.ts'
import type { FakeDtlsTransport } from './fakeCertificates.ts'
import type { FakeNegotiation } from './fakeNegotiation.ts'
import { ScheduledQueue } from '../common/taskScheduler.ts'

/** One media section of a description, with its sender and receiver. */
export class FakeTransceiver {
  readonly receiver: { track: FakeTrack; transport: FakeDtlsTransport | null }
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
    this.receiver = { track: new FakeTrack(kind), transport: null }
    // It is unmuted when media arrives (webrtc-pc §5.3).
    this.receiver.track.muted = true
    const queue = new ScheduledQueue(connection.scheduler, `${connection.name} ${kind}`)
    this.sender = {
      track,
      transport: null as FakeDtlsTransport | null,
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

  /** Sets the transport of both directions. With BUNDLE all transceivers share one. */
  setTransport(transport: FakeDtlsTransport): void {
    this.sender.transport = this.receiver.transport = transport
  }

  /** Media of the peer arrives. */
  unmute(): void {
    const { track } = this.receiver
    if (track.muted && this.currentDirection?.includes('recv')) track.setMuted(false)
  }
}
