import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocketServer, type WebSocket } from 'ws'
import type { Code } from '../machines/wire.ts'
import { Bucket } from './bucket.ts'
import { isLoopback, isLoopbackHost, parseHost } from './host.ts'
import { Line, type LineRules } from './line.ts'
import type { SocketLimits } from './limits.ts'
import type { Gate } from './origin.ts'
import type { Proxies } from './proxies.ts'
import { codeOf } from './refusal.ts'
import type { Services } from './services.ts'
import { throttleKey } from './throttle.ts'
import { Visitor } from './visitor.ts'

const sweepMs = 1_000
/** Frames that are no call (pings, garbage) may come too, but not without end. */
const framesPerCall = 4
/** How long a socket that is told to close may take. */
const farewellMs = 1_000

/** The WebSockets: who may open one, who is at its end, and when it is given up. */
export class Sockets {
  /** Calls that were refused, by code. */
  readonly refused: Partial<Record<Code, number>> = {}
  readonly #visitors = new Map<WebSocket, Visitor>()
  readonly #services: Services
  readonly #gate: Gate
  readonly #proxies: Proxies
  readonly #limits: SocketLimits
  readonly #server: WebSocketServer
  readonly #rules: LineRules

  constructor(services: Services, gate: Gate, proxies: Proxies, limits: SocketLimits) {
    this.#services = services
    this.#gate = gate
    this.#proxies = proxies
    this.#limits = limits
    this.#server = new WebSocketServer({
      noServer: true, clientTracking: false, perMessageDeflate: false, maxPayload: limits.frameBytes,
    })
    this.#rules = { callsPerFrame: limits.callsPerFrame, subscriptions: limits.subscriptionsPerSocket, onRefusal: this.#noteRefusal }
  }

  get count(): number {
    return this.#visitors.size
  }

  /** For the server's `upgrade` event. */
  readonly upgrade = (incoming: IncomingMessage, stream: Duplex, head: Buffer): void => {
    stream.on('error', ignore)
    const refusal = this.#services.drain.isOn ? '503 Service Unavailable' : this.#gate(incoming)
    if (refusal) stream.end(`HTTP/1.1 ${refusal}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
    else this.#server.handleUpgrade(incoming, stream, head, (socket) => this.#open(socket, this.#meet(incoming)))
  }

  /** Looks after all sockets at once; returns what stops it. */
  start(): () => void {
    return this.#services.clock.every(sweepMs, () => {
      for (const [socket, visitor] of this.#visitors) this.#check(socket, visitor, this.#services.clock.now())
    })
  }

  /** Closes them all, and resolves when they are. */
  async close(): Promise<void> {
    const sockets = [...this.#visitors.keys()]
    const closed = sockets.map((socket) => new Promise<void>((resolve) => socket.once('close', () => resolve())))
    for (const socket of sockets) socket.close(1001)
    const force = setTimeout(() => sockets.forEach((socket) => socket.terminate()), farewellMs)
    await Promise.all(closed)
    clearTimeout(force)
  }

  #meet(incoming: IncomingMessage): Visitor {
    const { messageBurst, messagesPerSecond } = this.#limits
    const at = this.#services.clock.now()
    const host = parseHost(incoming.headers.host)
    const address = this.#proxies.callerOf(incoming)
    const isNear = isLoopback(address) && !this.#proxies.hides(incoming)
    return new Visitor({
      host: host?.host ?? '', address: throttleKey(address), isLocal: isNear && host !== null && isLoopbackHost(host),
      calls: new Bucket(messageBurst, messagesPerSecond, at),
      frames: new Bucket(framesPerCall * messageBurst, framesPerCall * messagesPerSecond, at),
      at,
    })
  }

  #open(socket: WebSocket, visitor: Visitor): void {
    const line = new Line(socket, { visitor, services: this.#services }, this.#rules)
    this.#visitors.set(socket, visitor)
    socket.on('error', ignore)
    socket.on('message', (data, isBinary) => {
      const at = this.#services.clock.now()
      visitor.hear(at)
      if (visitor.frames.take(at)) line.receive(data, isBinary)
      else socket.close(1008)
    })
    socket.on('close', () => {
      this.#visitors.delete(socket)
      line.close()
    })
  }

  /** A socket is given up when it says nothing at first, does not answer, or does not take what it is sent. */
  #check(socket: WebSocket, visitor: Visitor, at: number): void {
    const { firstMessage, serverPing, serverPatience, unsentBytes } = this.#limits
    const isSilent = !visitor.hasSpoken && at - visitor.heardAt >= firstMessage
    const isGone = visitor.askedAt !== null && at - visitor.askedAt >= serverPatience
    if (isSilent || isGone || socket.bufferedAmount > unsentBytes) return socket.terminate()
    if (visitor.askedAt !== null || at - visitor.heardAt < serverPing) return
    visitor.askedAt = at
    // tRPC's own word for it, that its client answers: a page that is frozen is not there, though its browser is.
    socket.send('PING')
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
