import type { WebSocket as NodeWebSocket } from 'ws'
import { type Actor, createActor, type Observer, type InspectionEvent, type SimulatedClock, waitFor } from 'xstate'
import { createRandomKey } from '../../../client/common/randomKey.ts'
import { SeatStorage } from '../../../client/session/seatStorage.ts'
import { FailureReporter } from '../../../client/signaling/failureReporter.ts'
import { Outbox } from '../../../client/signaling/outbox.ts'
import { socketActor, type SocketParts } from '../../../client/signaling/socketActor.ts'
import { parseErrorCode } from '../../../client/signaling/trpcSocket.ts'
import { IceSource } from '../../../client/webrtc/iceServerCache.ts'
import type { ErrorCode, JoinedEvent, PeerMessage } from '../../../machines/protocol/messages.ts'
import type { MediaFlow } from '../../../machines/protocol/vocabulary.ts'
import type { SignalingEffect } from '../../../machines/signaling/signalingEvents.ts'
import { signalingMachine } from '../../../machines/signaling/signalingMachine.ts'
import { deadlineMs } from '../../deadline.ts'
import { TestSockets, toApiUrl } from '../../server/testSockets.ts'
import { createMemoryStorage } from '../common/memoryStorage.ts'

/** Ping timeouts that find a dead socket soon, in ms. A server on a busy machine may answer late. */
export const shortPingTimeouts = { clientPingIntervalMs: 100, clientPongTimeoutMs: 2_000, probeTimeoutMs: 2_000 }

/** Options of `createSignaling`. */
export interface SignalingOptions {
  seatStorage: SeatStorage
  /** Called when the outbox could not store a message. */
  onMessagesLost: () => void
  /** The product's own timeouts by default. */
  pingTimeouts?: SocketParts['pingTimeouts']
  /** Clock of the machine's timeouts. */
  clock?: SimulatedClock | undefined
  inspect?: Observer<InspectionEvent> | ((event: InspectionEvent) => void)
}

/** The signaling of a page, not started yet: the machine, its socket actor and its outbox, with recorded sockets. */
export interface Signaling {
  actor: Actor<typeof signalingMachine>
  sockets: TestSockets
  outbox: Outbox
  ice: IceSource
  failureReporter: FailureReporter
}

/** Creates the signaling of a page in `room` against the server at `url`. */
export function createSignaling(
  url: string,
  room: string,
  { seatStorage, onMessagesLost, pingTimeouts, clock, inspect }: SignalingOptions,
): Signaling {
  const [sockets, outbox, ice] = [new TestSockets(), new Outbox(parseErrorCode, onMessagesLost), new IceSource()]
  const failureReporter = new FailureReporter()
  const socket = socketActor({
    url: toApiUrl(url),
    WebSocket: sockets.WebSocket,
    ...(pingTimeouts && { pingTimeouts }),
    outbox,
    ice,
    failureReporter,
    now: () => seatStorage.nextRequestTime(),
  })
  const actor = createActor(signalingMachine.provide({ actors: { socket } }), {
    input: { room },
    ...(clock && { clock }),
    ...(inspect && { inspect }),
  })
  return { actor, sockets, outbox, ice, failureReporter }
}

/**
 * The signaling of a page without its UI and WebRTC, with connection faults. It joins and rejoins by the product's
 * machine and timers. `TestClient` is tRPC's own client, and `FrameClient` sends arbitrary frames.
 */
export class SignalingTestClient {
  readonly outbox: Outbox
  readonly machine: Actor<typeof signalingMachine>
  /** Every `joined` event, in order. */
  readonly seats: JoinedEvent[] = []
  readonly effects: SignalingEffect[] = []
  /** The error code of every rejected join, in order, also of a join that the machine repeats. */
  readonly rejectionCodes: ErrorCode[] = []
  /** How often the outbox could not store a message. */
  lostMessageCount = 0
  readonly #sockets: TestSockets
  readonly #seatStorage: SeatStorage

  constructor(url: string, room: string, options: Pick<SignalingOptions, 'pingTimeouts' | 'clock'> = {}) {
    this.#seatStorage = new SeatStorage(createMemoryStorage(), room)
    const { actor, sockets, outbox } = createSignaling(url, room, {
      ...options,
      seatStorage: this.#seatStorage,
      onMessagesLost: () => {
        this.lostMessageCount += 1
      },
      inspect: (inspected) => {
        if (inspected.type === '@xstate.event' && inspected.event.type === 'join.rejected')
          this.rejectionCodes.push((inspected.event as typeof inspected.event & { code: ErrorCode }).code)
      },
    })
    this.machine = actor
    this.outbox = outbox
    this.#sockets = sockets
    actor.on('*', (effect) => this.#record(effect))
    actor.start()
  }

  /** Every socket that the client opened, in order. */
  get sockets(): readonly NodeWebSocket[] {
    return this.#sockets.all
  }

  /** The last `joined` event. */
  get seat(): JoinedEvent | undefined {
    return this.seats.at(-1)
  }

  /** Requests a seat, and opens a socket for it if there is none. */
  requestSeat(): void {
    this.machine.send({ type: 'join.requested', ...this.#seatStorage.createJoinRequest(createRandomKey) })
  }

  /** Requests a seat and resolves when it is granted. */
  join(): Promise<JoinedEvent> {
    this.requestSeat()
    return this.waitUntilJoined()
  }

  /** Resolves when the client is joined and has received `times` seats, also after a reconnect. */
  async waitUntilJoined(times = 1): Promise<JoinedEvent> {
    await waitFor(this.machine, (snapshot) => this.seats.length >= times && snapshot.matches({ connected: 'joined' }), {
      timeout: deadlineMs,
    })
    return this.seat!
  }

  /** Resolves when the join is rejected for good. */
  async waitUntilRejected(): Promise<ErrorCode> {
    await waitFor(this.machine, ({ context }) => context.joinKey === null, { timeout: deadlineMs })
    return this.rejectionCodes.at(-1)!
  }

  /** Puts a message into the outbox. */
  sendMessage(message: PeerMessage): void {
    this.outbox.send(message)
  }

  /** Reports the media flow to the server. */
  reportMedia(mediaFlow: MediaFlow): void {
    this.machine.send({ type: 'media.reported', mediaFlow })
  }

  /** The peer's messages in the order of arrival. */
  get receivedMessages(): PeerMessage[] {
    return this.effects.flatMap((effect) =>
      effect.type === 'event.received' && effect.roomEvent.type === 'message' ? [effect.roomEvent.message] : [],
    )
  }

  /** Number of received room events of this type. */
  countEvents(type: string): number {
    return this.effects.filter((effect) => effect.type === 'event.received' && effect.roomEvent.type === type).length
  }

  /** Cuts the connection and lets all new ones fail. */
  goOffline(): void {
    this.#sockets.goOffline()
  }

  /** Lets new connections succeed and reports a network change. */
  goOnline(): void {
    this.#sockets.goOnline()
    this.machine.send({ type: 'network.changed' })
  }

  /** Stops the machine and closes its socket. */
  stop(): void {
    this.machine.stop()
  }

  #record(effect: SignalingEffect): void {
    this.effects.push(effect)
    if (effect.type === 'join.accepted') {
      this.#seatStorage.setToken(effect.seat.token)
      this.seats.push(effect.seat)
    } else if (effect.type === 'join.keyRenewed') this.#seatStorage.setJoinKey(effect.joinKey)
  }
}
