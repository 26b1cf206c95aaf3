import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { TRPCError } from '@trpc/server'
import { getWSConnectionHandler } from '@trpc/server/adapters/ws'
import { WebSocketServer, type WebSocket } from 'ws'
import { Bucket } from './bucket.ts'
import { isLoopback, isLoopbackHost, parseHost, plainAddress } from './host.ts'
import type { SocketLimits } from './limits.ts'
import type { Gate } from './origin.ts'
import { codeOf } from './refusal.ts'
import { appRouter } from './router.ts'
import type { Services } from './services.ts'
import { throttleKey } from './throttle.ts'
import { Visitor } from './visitor.ts'

const sweepMs = 1_000
/** Frames that are no call (pings, garbage) may come too, but not without end. */
const framesPerCall = 4
/** How long a socket that is told to close may take. */
const farewellMs = 1_000

/**
 * tRPC keeps the upgrade request for as long as the socket lives, headers and all. It reads this much of it:
 * one for all sockets saves a tenth of their memory.
 */
const request = { url: '/trpc', headers: {} } as IncomingMessage

/** The WebSockets: who may open one, who is at its end, and when it is given up. */
export class Sockets {
  readonly #visitors = new Map<WebSocket, Visitor>()
  readonly #services: Services
  readonly #gate: Gate
  readonly #limits: SocketLimits
  readonly #server: WebSocketServer
  readonly #serve: (socket: WebSocket, request: IncomingMessage) => void

  constructor(services: Services, gate: Gate, limits: SocketLimits) {
    this.#services = services
    this.#gate = gate
    this.#limits = limits
    this.#server = new WebSocketServer({
      noServer: true, clientTracking: false, perMessageDeflate: false, maxPayload: limits.frameBytes,
    })
    this.#serve = getWSConnectionHandler({
      wss: this.#server,
      router: appRouter,
      maxBatchSize: limits.callsPerFrame,
      createContext: ({ res }) => ({ visitor: this.#visitorOf(res), services }),
      onError: ({ error, type, path, ctx }) => this.#note(error, type, path, ctx?.visitor),
    })
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
    const address = plainAddress(incoming.socket.remoteAddress ?? '')
    return new Visitor({
      host: host?.host ?? '', address: throttleKey(address), isLocal: isLoopback(address) && host !== null && isLoopbackHost(host),
      calls: new Bucket(messageBurst, messagesPerSecond, at),
      frames: new Bucket(framesPerCall * messageBurst, framesPerCall * messagesPerSecond, at),
      at,
    })
  }

  #open(socket: WebSocket, visitor: Visitor): void {
    this.#visitors.set(socket, visitor)
    socket.on('error', ignore)
    socket.on('message', () => {
      const at = this.#services.clock.now()
      visitor.hear(at)
      if (!visitor.frames.take(at)) socket.terminate()
    })
    socket.on('close', () => this.#visitors.delete(socket))
    this.#serve(socket, request)
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

  #visitorOf(socket: WebSocket): Visitor {
    const visitor = this.#visitors.get(socket)
    if (!visitor) throw new Error('a socket without a visitor')
    return visitor
  }

  #note(error: TRPCError, type: string, path: string | undefined, visitor: Visitor | undefined): void {
    const code = codeOf(error, type)
    if (visitor) void this.#services.throttle.note(visitor.address, code)
    // What is no call is a broken frame or a lost connection.
    if (code === 'internal' && type !== 'unknown') this.#services.log.error({ err: error.cause ?? error, path }, 'call failed')
    else this.#services.log.debug({ code, type }, 'call refused')
  }
}

const ignore = (): void => undefined
