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

/** The signaling of a page without its UI and WebRTC. It joins and rejoins by the product's machine and timers. */
export class SignalingClient {
  readonly room: string
  /** Every `joined` event, in order. */
  readonly seats: JoinedEvent[] = []
  readonly events: RoomEvent[] = []
  /** The error code of every rejected join, in order. */
  readonly rejectionCodes: ErrorCode[] = []
  readonly outbox: Outbox
  readonly #signaling: Actor<typeof signalingMachine>
  readonly #seatStorage: SeatStorage

  /** @param options.token a seat token to rejoin with */
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

  /** The last `joined` event. */
  get seat(): JoinedEvent | undefined {
    return this.seats.at(-1)
  }

  /** Requests a seat. */
  join(): void {
    this.#signaling.send({ type: 'join.requested', ...this.#seatStorage.createJoinRequest(createRandomKey) })
  }

  /** Reports the media flow to the server. */
  reportMedia(mediaFlow: 'flowing' | 'stopped'): void {
    this.#signaling.send({ type: 'media.reported', mediaFlow })
  }

  /** Resolves when the client is joined and has received `times` seats. Rejects after 60 s. */
  async waitUntilJoined(times = 1): Promise<JoinedEvent> {
    await waitFor(
      this.#signaling,
      (snapshot) => this.seats.length >= times && snapshot.matches({ connected: 'joined' }),
      { timeout: 60_000 },
    )
    return this.seat!
  }

  /** Resolves when the client has no signaling connection. */
  async waitUntilDisconnected(): Promise<void> {
    await waitFor(this.#signaling, (snapshot) => !snapshot.matches('connected'), { timeout: 60_000 })
  }

  /** Resolves when the join is rejected. */
  async waitUntilRejected(): Promise<ErrorCode> {
    await waitFor(this.#signaling, ({ context }) => context.joinKey === null, { timeout: 60_000 })
    return this.rejectionCodes.at(-1)!
  }

  /** Stops the machine and closes the socket. */
  stop(): void {
    this.#signaling.stop()
  }
}
