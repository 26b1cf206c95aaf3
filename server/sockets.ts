import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocketServer, type WebSocket } from 'ws'
import type { Code } from '../machines/wire.ts'
import { Door } from './door.ts'
import { Line, type LineRules } from './line.ts'
import type { SocketLimits } from './limits.ts'
import { meet } from './meet.ts'
import type { Gate } from './origin.ts'
import { lookMs, reasonAgainst, type Reason } from './patience.ts'
import type { Proxies } from './proxies.ts'
import { codeOf } from './refusal.ts'
import type { Services } from './services.ts'
import type { Visitor } from './visitor.ts'

/** How long a socket that is told to close may take. */
const farewellMs = 1_000

/** A browser is about to leave the page (RFC 6455 §7.4.1). Firefox may say so before the page itself can. */
const goingAway = 1001

/** What one message may be cut into, by its sender or on its way: a piece costs more memory than the byte that it may hold. */
const pieces = { maxFragments: 256, maxBufferedChunks: 1_024 }

/** The WebSockets: who may open one, who is at its end, and when it is given up. */
export class Sockets {
  readonly door: Door
  /** Calls that were refused, by code. */
  readonly refused: Partial<Record<Code, number>> = {}
  readonly givenUp: Partial<Record<Reason, number>> = {}
  readonly #visitors = new Map<WebSocket, Visitor>()
  readonly #services: Services
  readonly #proxies: Proxies
  readonly #limits: SocketLimits
  readonly #server: WebSocketServer
  readonly #rules: LineRules
  #isClosing = false

  constructor(services: Services, gate: Gate, proxies: Proxies, limits: SocketLimits) {
    this.#services = services
    this.door = new Door(services.drain, gate, limits.socketsPerAddress)
    this.#proxies = proxies
    this.#limits = limits
    this.#server = new WebSocketServer({
      noServer: true, clientTracking: false, perMessageDeflate: false, maxPayload: limits.frameBytes, ...pieces,
    })
    this.#rules = {
      callsPerFrame: limits.callsPerFrame, subscriptions: limits.subscriptionsPerSocket, unsentBytes: limits.unsentBytes,
      onRefusal: this.#noteRefusal, onSlow: (socket) => this.#giveUp(socket, 'slow'),
    }
  }

  get count(): number {
    return this.#visitors.size
  }

  /** What waits for all of them to take it. */
  get unsentBytes(): number {
    return [...this.#visitors.keys()].reduce((sum, { bufferedAmount }) => sum + bufferedAmount, 0)
  }

  /** For the server's `upgrade` event. */
  readonly upgrade = (incoming: IncomingMessage, stream: Duplex, head: Buffer): void => {
    stream.on('error', ignore)
    const visitor = meet(incoming, this.#proxies, this.#limits, this.#services.clock.now())
    const refusal = this.door.refusalOf(incoming, visitor.address)
    if (refusal) this.door.turnAway(stream, refusal)
    else this.#server.handleUpgrade(incoming, stream, head, (socket) => this.#open(socket, visitor))
  }

  /** Looks after all sockets at once; returns what stops it. */
  start(): () => void {
    return this.#services.clock.every(lookMs, () => {
      for (const [socket, visitor] of this.#visitors) this.#check(socket, visitor, this.#services.clock.now())
    })
  }

  /** Closes them all, and resolves when they are. */
  async close(): Promise<void> {
    this.#isClosing = true
    const sockets = [...this.#visitors.keys()]
    const closed = sockets.map((socket) => new Promise<void>((resolve) => socket.once('close', () => resolve())))
    for (const socket of sockets) socket.close(goingAway)
    const force = setTimeout(() => sockets.forEach((socket) => socket.terminate()), farewellMs)
    await Promise.all(closed)
    clearTimeout(force)
  }

  #open(socket: WebSocket, visitor: Visitor): void {
    const line = new Line(socket, { visitor, services: this.#services }, this.#rules)
    const leave = this.door.enter(visitor.address)
    this.#visitors.set(socket, visitor)
    const mayGoOn = (): boolean => this.#mayGoOn(socket, visitor)
    socket.on('error', ignore).on('ping', mayGoOn).on('pong', mayGoOn)
    socket.on('message', (data, isBinary) => {
      visitor.hear(this.#services.clock.now())
      if (mayGoOn()) line.receive(data, isBinary)
    })
    socket.on('close', (code) => {
      // Who is told to go says the same word back.
      visitor.hasGone = code === goingAway && !this.#isClosing
      this.#visitors.delete(socket)
      leave()
      line.close()
    })
  }

  /** Every frame costs a drop, whatever it is. */
  #mayGoOn(socket: WebSocket, { frames }: Visitor): boolean {
    if (socket.readyState !== socket.OPEN) return false
    if (frames.take(this.#services.clock.now())) return true
    this.#giveUp(socket, 'flooding')
    return false
  }

  #check(socket: WebSocket, visitor: Visitor, at: number): void {
    if (socket.readyState !== socket.OPEN) return this.#part(socket, visitor)
    const reason = reasonAgainst(socket, visitor, this.#limits, at)
    if (reason) return this.#giveUp(socket, reason)
    if (visitor.askedAt !== null || at - visitor.heardAt < this.#limits.serverPing) return
    visitor.askedAt = at
    // tRPC's own word for it, that its client answers: a page that is frozen is not there, though its browser is.
    socket.send('PING')
  }

  /** Who was told to go has a second at least to say good-bye. */
  #part(socket: WebSocket, visitor: Visitor): void {
    if (visitor.isParting) socket.terminate()
    visitor.isParting = true
  }

  /** Only who still reads is told why. */
  #giveUp(socket: WebSocket, reason: Reason): void {
    this.givenUp[reason] = (this.givenUp[reason] ?? 0) + 1
    this.#services.log.debug({ reason }, 'socket given up')
    if (reason === 'flooding') socket.close(1008)
    else socket.terminate()
  }

  readonly #noteRefusal: LineRules['onRefusal'] = ({ visitor, services }, error, path) => {
    const code = codeOf(error)
    this.refused[code] = (this.refused[code] ?? 0) + 1
    void services.throttle.note(visitor.address, code)
    if (code === 'internal') services.log.error({ err: error.cause ?? error, path }, 'call failed')
    else services.log.debug({ code }, 'call refused')
  }
}

const ignore = (): void => undefined
