import { WebSocket as NodeWebSocket } from 'ws'
import { type Actor, createActor, waitFor } from 'xstate'
import { IceSource } from '../../client/webrtc/iceServerCache.ts'
import { createRandomKey } from '../../client/common/randomKey.ts'
import { Outbox } from '../../client/signaling/outbox.ts'
import { SeatStorage } from '../../client/session/seatStorage.ts'
import { signalingActor } from '../../client/signaling/signalingActor.ts'
import { parseErrorCode } from '../../client/signaling/trpcSocket.ts'
import { signalingMachine } from '../../machines/signaling/signalingMachine.ts'
import type { ErrorCode, JoinedEvent, RoomEvent } from '../../machines/protocol/messages.ts'

/** The link of a page without the rest of it: it asks for a seat and comes back to it by the product's own rules, with its own waits. */
export class SignalingClient {
  readonly room: string
  /** Every seat that the server gave, in order. */
  readonly seats: JoinedEvent[] = []
  readonly events: RoomEvent[] = []
  /** Every code with which a visit was refused. */
  readonly rejectionCodes: ErrorCode[] = []
  readonly outbox: Outbox
  readonly #signaling: Actor<typeof signalingMachine>
  readonly #seatStorage: SeatStorage

  /** @param options its token, where it has one already */
  constructor(url: string, room: string, { token }: { token?: string } = {}) {
    this.room = room
    const memory = new Map<string, string>()
    this.#seatStorage = new SeatStorage(
      {
        getItem: (name) => memory.get(name) ?? null,
        setItem: (name, value) => void memory.set(name, value),
        removeItem: (name) => void memory.delete(name),
      },
      room,
    )
    if (token) this.#seatStorage.setToken(token)
    this.outbox = new Outbox(parseErrorCode, () => undefined)
    class Socket extends NodeWebSocket {
      constructor(address: string | URL) {
        super(address)
        this.on('error', () => undefined)
      }
    }
    const socket = signalingActor({
      url: `${url.replace(/^http/, 'ws')}/trpc`,
      WebSocket: Socket as unknown as typeof WebSocket,
      outbox: this.outbox,
      ice: new IceSource(),
      now: () => this.#seatStorage.nextRequestTime(),
    })
    this.#signaling = createActor(signalingMachine.provide({ actors: { socket } }), {
      input: { room },
      inspect: (event) => {
        if (event.type === '@xstate.event' && event.event.type === 'join.rejected')
          this.rejectionCodes.push((event.event as unknown as { code: ErrorCode }).code)
      },
    })
    this.#signaling.on('join.accepted', ({ seat }) => {
      this.#seatStorage.setToken(seat.token)
      this.seats.push(seat)
    })
    this.#signaling.on('event.received', ({ roomEvent }) => this.events.push(roomEvent))
    this.#signaling.on('join.keyRenewed', ({ joinKey }) => this.#seatStorage.setJoinKey(joinKey))
    this.#signaling.start()
  }

  get seat(): JoinedEvent | undefined {
    return this.seats.at(-1)
  }

  join(): void {
    this.#signaling.send({ type: 'join.requested', ...this.#seatStorage.createJoinRequest(createRandomKey) })
  }

  reportMedia(mediaFlow: 'flowing' | 'stopped'): void {
    this.#signaling.send({ type: 'media.reported', mediaFlow })
  }

  /** Resolves when the server has given it so many seats, or has refused it for good. */
  async waitUntilJoined(times = 1): Promise<JoinedEvent> {
    await waitFor(
      this.#signaling,
      (snapshot) => this.seats.length >= times && snapshot.matches({ connected: 'joined' }),
      { timeout: 60_000 },
    )
    return this.seat!
  }

  /** Resolves when it has no line to the server. */
  async waitUntilDisconnected(): Promise<void> {
    await waitFor(this.#signaling, (snapshot) => !snapshot.matches('connected'), { timeout: 60_000 })
  }

  /** Resolves when its entry is refused. */
  async waitUntilRejected(): Promise<ErrorCode> {
    await waitFor(this.#signaling, ({ context }) => context.joinKey === null, { timeout: 60_000 })
    return this.rejectionCodes.at(-1)!
  }

  stop(): void {
    this.#signaling.stop()
  }
}
