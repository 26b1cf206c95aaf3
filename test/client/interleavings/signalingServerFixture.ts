import { expect, vi } from 'vitest'
import type { WebSocket as ServerSocket } from 'ws'
import { createRandomKey } from '../../../client/common/randomKey.ts'
import type { JoinedEvent, PeerMessage, Role, SeatName } from '../../../machines/protocol/messages.ts'
import { Drain } from '../../../server/common/drain.ts'
import { TrpcConnection } from '../../../server/ws/trpcConnection.ts'
import { createLog } from '../../../server/common/log.ts'
import { RoomService } from '../../../server/rooms/roomService.ts'
import type { Dependencies } from '../../../server/api/dependencies.ts'
import { ClientSession } from '../../../server/api/clientSession.ts'
import type { SeatClaim } from '../../../server/rooms/seatClaim.ts'
import { ManualClock } from '../../server/manualClock.ts'
import { createFrameStream, roomyOptions } from '../../server/ws/trpcConnectionHarness.ts'
import { encodeMessage } from './fakeMessageServer.ts'
import { type TaskScheduler } from '../common/taskScheduler.ts'
import { type ServerEnd, type SocketServer, ScheduledSocket } from './scheduledSocket.ts'
import type { FailingStore, RecordingRoomService, SeatRecord } from './recordingServices.ts'
import { freeAllowance } from '../../server/rooms/freeAllowance.ts'

export const room = 'den'

/** The classes of the server. */
export interface ServerClasses {
  Rooms: typeof RecordingRoomService
  Store: typeof FailingStore
}

/** The real server behind scheduled sockets, with a remote user on the other seat. */
export class SignalingServerFixture implements SocketServer {
  acceptMode: SocketServer['acceptMode'] = 'open'
  readonly sockets: ScheduledSocket[] = []
  /** Number of calls that will still be throttled. */
  pendingThrottles = 0
  /** Number of store writes that will still fail. */
  pendingStoreFailures = 0
  readonly seatRecords = new Map<SeatName, SeatRecord>()
  readonly receivedMessages: PeerMessage[] = []
  readonly #clock = new ManualClock()
  readonly #services: Dependencies
  /** Room service of the remote user: its messages are not recorded. */
  readonly #rooms: RoomService
  readonly #store: FailingStore
  readonly #stops: (() => void)[]
  /** The seat of the remote user, after its first message. */
  remoteClaim: SeatClaim | null = null
  #remoteRole: Role | null = null
  /** Number of messages of the remote user that the server has. */
  remoteSeq = 0

  constructor({ Rooms, Store }: ServerClasses) {
    const [clock, log] = [this.#clock, createLog('silent')]
    const store = (this.#store = new Store(clock, this))
    this.#rooms = new RoomService({ store, clock, log })
    const rooms = new Rooms({ store, clock, log }, this)
    this.#services = {
      rooms,
      log,
      clock,
      drain: new Drain(),
      canInspect: false,
      rateLimiter: {
        mayJoin: () => true,
        mayCreateRoom: () => true,
        recordFailure: () => undefined,
        recordRoomCreated: () => undefined,
      } as unknown as Dependencies['rateLimiter'],
      ice: { createConfig: () => ({ iceServers: [], lifetimeMs: 3_600_000 }) },
    }
    this.#stops = [rooms.start(), () => void store.close()]
  }

  /** Returns the class with which the client creates its sockets. */
  createWebSocketClass(scheduler: TaskScheduler): typeof WebSocket {
    const { sockets } = this
    const connect = (): SocketServer => this
    return class extends ScheduledSocket {
      constructor() {
        super(connect(), scheduler, `socket ${sockets.length + 1}`)
        sockets.push(this)
      }
    } as unknown as typeof WebSocket
  }

  connect(socket: ScheduledSocket): ServerEnd {
    const budget = { take: () => this.#takeCallToken() } as unknown as ClientSession['callBudget']
    const session = new ClientSession({
      serverHost: 'localhost',
      address: '192.0.2.1',
      callBudget: budget,
      frameBudget: budget,
      nowMs: this.#clock.now(),
    })
    const fakeSocket = { OPEN: 1, readyState: 1, bufferedAmount: 0, send: (frame: string) => socket.deliver(frame) }
    const connection = new TrpcConnection(
      fakeSocket as ServerSocket,
      createFrameStream((frame) => socket.deliver(frame)),
      { session, dependencies: this.#services },
      roomyOptions,
    )
    return {
      receive: (frame) => {
        if (fakeSocket.readyState === fakeSocket.OPEN) connection.receive(Buffer.from(frame))
      },
      close: () => {
        fakeSocket.readyState = 3
        connection.close()
      },
    }
  }

  /** Advances the clock of client and server. */
  passTime(milliseconds: number): void {
    vi.advanceTimersByTime(milliseconds)
    this.#clock.advance(milliseconds)
  }

  /** The remote user joins, or sends its next message. */
  async sendRemoteMessage(): Promise<void> {
    const rooms = this.#rooms
    const admission = this.remoteClaim
      ? null
      : await rooms.join({ room, joinKey: createRandomKey(), requestedAt: 0 }, freeAllowance).catch(() => null)
    this.#remoteRole ??= admission?.joined.role ?? null
    this.remoteClaim ??= admission?.claim ?? null
    if (!this.remoteClaim) return
    const label = this.remoteSeq + 1
    try {
      this.remoteSeq = await rooms.sendMessage(this.remoteClaim, label, encodeMessage({ label, isBad: false }))
    } catch {
      // The next call repeats the message.
    }
  }

  /** Checks at rest that the room agrees with both holders. The remote user never leaves. */
  async expectSeats(local: JoinedEvent | null): Promise<void> {
    const {
      context: { seats },
    } = await this.#store.load(room)
    const { remoteClaim } = this
    if (remoteClaim) expect(seats[remoteClaim.seat]?.epoch, 'epoch of the remote seat').toBe(remoteClaim.epoch)
    if (!local) return
    expect(local.role, 'role of the second holder').not.toBe(this.#remoteRole)
    expect(seats[local.seat], 'seat of a connected page').toMatchObject({ epoch: local.epoch, expiresAt: null })
  }

  /** Drains the server, which asks its clients to reconnect to its successor. */
  drain(): void {
    this.#services.drain.start()
    this.#services.drain = new Drain()
  }

  clearFaults(): void {
    this.acceptMode = 'open'
    this.pendingThrottles = this.pendingStoreFailures = 0
  }

  close(): void {
    for (const stop of this.#stops) stop()
  }

  #takeCallToken(): boolean {
    if (this.pendingThrottles === 0) return true
    this.pendingThrottles -= 1
    return false
  }
}
