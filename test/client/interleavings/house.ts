import { vi } from 'vitest'
import type { WebSocket as ServerSocket } from 'ws'
import { makeKey } from '../../../client/common/randomKey.ts'
import type { PeerMessage, SeatName } from '../../../machines/protocol/messages.ts'
import { Drain } from '../../../server/common/drain.ts'
import { Line } from '../../../server/ws/trpcConnection.ts'
import { createLog } from '../../../server/common/log.ts'
import { Rooms } from '../../../server/rooms/roomService.ts'
import type { Services } from '../../../server/api/dependencies.ts'
import { Visitor } from '../../../server/api/clientSession.ts'
import type { Stay } from '../../../server/rooms/seatClaim.ts'
import { ManualClock } from '../../server/clock.ts'
import { messageOf } from './post.ts'
import { type Far, type Host, type Pace, Socket } from './socket.ts'
import { FrailStore, type Hearing, HeedfulRooms } from './witness.ts'

export const room = 'den'

/** The real server behind sockets whose frames are scheduled, and somebody at its other seat. */
export class House implements Host {
  welcome: Host['welcome'] = 'open'
  readonly sockets: Socket[] = []
  /** Calls still to be refused. */
  throttled = 0
  /** Writes still to fail. */
  broken = 0
  readonly ear = new Map<SeatName, Hearing>()
  readonly heard: PeerMessage[] = []
  readonly #clock = new ManualClock()
  readonly #services: Services
  /** For the guest: nobody takes down what it says. */
  readonly #rooms: Rooms
  readonly #stops: (() => void)[]
  #guest: Stay | null = null
  #said = 0

  constructor() {
    const [clock, log] = [this.#clock, createLog('silent')]
    const store = new FrailStore(clock, this)
    this.#rooms = new Rooms({ store, clock, log })
    const rooms = new HeedfulRooms({ store, clock, log }, this)
    this.#services = {
      rooms, log, clock, drain: new Drain(), inspects: false,
      throttle: { isWelcome: () => true, noteFailure: () => undefined, noteRoom: () => undefined } as unknown as Services['throttle'],
      ice: { configFor: () => ({ iceServers: [], lifetimeMs: 3_600_000 }) },
    }
    this.#stops = [rooms.start(), () => void store.close()]
  }

  /** The class that the page's code makes its sockets with. */
  webSocket(pace: Pace): typeof WebSocket {
    const { sockets } = this
    const connect = (): Host => this
    return class extends Socket {
      constructor() {
        super(connect(), pace, `socket ${sockets.length + 1}`)
        sockets.push(this)
      }
    } as unknown as typeof WebSocket
  }

  connect(socket: Socket): Far {
    const calls = { take: () => this.#mayCall() } as unknown as Visitor['calls']
    const visitor = new Visitor({ host: 'localhost', address: '192.0.2.1', calls, frames: calls, at: this.#clock.now() })
    const near = { OPEN: 1, readyState: 1, bufferedAmount: 0, send: (frame: string) => socket.deliver(frame) }
    const rules = {
      callsPerFrame: 10, throttledCallsPerFrame: 100, subscriptions: 8, unsentBytes: 1e9,
      onSlow: () => undefined, onUnsent: () => undefined, onRefusal: () => undefined,
    }
    const line = new Line(near as unknown as ServerSocket, { visitor, services: this.#services }, rules)
    return {
      hear: (frame) => { if (near.readyState === near.OPEN) line.receive(Buffer.from(frame)) },
      end: () => {
        near.readyState = 3
        line.close()
      },
    }
  }

  /** Time for everybody. */
  pass(milliseconds: number): void {
    vi.advanceTimersByTime(milliseconds)
    this.#clock.pass(milliseconds)
  }

  /** The one at the other seat comes, or says the next thing. */
  async speak(): Promise<void> {
    const rooms = this.#rooms
    this.#guest ??= await rooms.enter({ room, key: makeKey(), asked: 0 }, true).then(({ stay }) => stay, () => null)
    if (!this.#guest) return
    const label = this.#said + 1
    this.#said = await rooms.say(this.#guest, label, messageOf({ label, isBad: false })).catch(() => this.#said)
  }

  /** The server goes, and another takes its place: who is there is asked to come again. */
  drain(): void {
    this.#services.drain.start()
    this.#services.drain = new Drain()
  }

  heal(): void {
    this.welcome = 'open'
    this.throttled = this.broken = 0
  }

  close(): void {
    for (const stop of this.#stops) stop()
  }

  #mayCall(): boolean {
    if (this.throttled === 0) return true
    this.throttled -= 1
    return false
  }
}
