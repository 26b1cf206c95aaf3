import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocketServer, type WebSocket } from 'ws'
import type { Code } from '../../machines/protocol/messages.ts'
import { Buckets } from '../limits/tokenBuckets.ts'
import { Crowd } from './evictionOrder.ts'
import { Ledger } from '../limits/ledger.ts'
import { Door } from './upgradeGuard.ts'
import { FrameQueue } from './frameQueue.ts'
import { Line, type LineRules } from './trpcConnection.ts'
import type { SocketLimits } from '../config/socketLimits.ts'
import { meet } from './createClientSession.ts'
import type { Gate } from '../net/originPolicy.ts'
import { lateMs as late, lookMs, reasonAgainst, type Reason } from './socketHealth.ts'
import type { Proxies } from '../net/trustedProxies.ts'
import { rejections, type Rejection } from '../net/rejection.ts'
import { codeOf } from '../common/apiError.ts'
import type { Services } from '../api/dependencies.ts'
import { Unsent } from './unsentBytes.ts'
import type { Visitor } from '../api/clientSession.ts'

/** How long a socket that is told to close may take. */
const farewellMs = 1_000

/** A browser is about to leave the page (RFC 6455 §7.4.1). Firefox may say so before the page itself can. */
const goingAway = 1001

/** RFC 6455 §7.4.1 and the registry of RFC 6455 §11.7: policy violation, and try again later. */
const closeCodes: Partial<Record<Reason, number>> = { flooding: 1008, crowded: 1013 }

/** The versions that ws speaks: 8 was the last draft of 13. */
const versions = new Set(['8', '13'])

/** RFC 6455 §5.2: what a frame has before its payload, masked, at most; a shorter one has 6 or 8 bytes. */
const headBytes = (payload: number): number => (payload < 126 ? 6 : payload < 65_536 ? 8 : 14)

/** The WebSockets: who may open one, who is at its end, and when it is given up. */
export class Sockets {
  readonly door: Door
  /** Calls that were refused, by code. */
  readonly refused: Partial<Record<Code, number>> = {}
  readonly givenUp: Partial<Record<Reason, number>> = {}
  readonly #visitors = new Map<WebSocket, Visitor>()
  readonly #lines = new Map<WebSocket, Line>()
  readonly #services: Services
  readonly #proxies: Proxies
  readonly #limits: SocketLimits
  readonly #server: WebSocketServer
  readonly #rules: LineRules
  readonly #frames: FrameQueue
  /** Tokens for frames, by address. */
  readonly #frameBuckets: Buckets
  /** Bytes of frames that are unfinished or wait, by address. */
  readonly #unread = new Ledger()
  readonly #unsent: Unsent
  readonly #crowd = new Crowd()
  /** How long, in ms, the event loop did not read the sockets when it should have: nobody is silent in that time. */
  #stalledMs = 0
  #isClosing = false

  constructor(services: Services, gate: Gate, proxies: Proxies, limits: SocketLimits) {
    this.#services = services
    this.door = new Door(services.drain, gate, limits.socketsPerAddress)
    this.#proxies = proxies
    this.#limits = limits
    this.#server = new WebSocketServer({
      noServer: true, clientTracking: false, perMessageDeflate: false, maxPayload: limits.frameBytes,
      maxFragments: limits.fragmentsPerMessage, maxBufferedChunks: limits.chunksPerFrame,
    })
    this.#server.on('wsClientError', (error, stream, incoming) => this.door.turnAway(stream, handshakeRejection(incoming, error)))
    this.#rules = {
      callsPerFrame: limits.callsPerFrame, throttledCallsPerFrame: limits.throttledCallsPerFrame,
      subscriptions: limits.subscriptionsPerSocket, unsentBytes: limits.unsentBytes,
      onRefusal: this.#noteRefusal, onSlow: (socket) => this.#giveUp(socket, 'slow'), onUnsent: this.#noteUnsent,
    }
    this.#unsent = new Unsent(limits)
    const { messageBurst, messagesPerSecond, framesPerCall, socketSharesPerAddress } = limits
    const shares = framesPerCall * socketSharesPerAddress
    this.#frameBuckets = new Buckets(shares * messageBurst, shares * messagesPerSecond)
    this.#frames = new FrameQueue({
      msPerTurn: limits.frameMsPerTurn,
      charge: (address, cost) => this.#frameBuckets.take(address, services.clock.now(), cost),
      read: ({ socket, data }) => this.#lines.get(socket)?.receive(data),
      onHeld: (address, bytes) => this.#unread.add(address, bytes),
    })
  }

  get count(): number {
    return this.#visitors.size
  }

  /** What waits for all of them to take it. */
  get unsentBytes(): number {
    return [...this.#visitors.keys()].reduce((sum, { bufferedAmount }) => sum + bufferedAmount, 0)
  }

  /** Why a WebSocket would not open for this request; null: it would. */
  readonly refusalOf = (incoming: IncomingMessage): Rejection | null =>
    this.door.refusalOf(incoming, meet(incoming, this.#proxies, this.#limits, this.#now()).address)
    ?? (this.#isFull() && !this.#crowd.pick(this.#visitors) ? rejections.serverFull : null)

  /** For the server's `upgrade` event. */
  readonly upgrade = (incoming: IncomingMessage, stream: Duplex, head: Buffer): void => {
    stream.on('error', ignore)
    const visitor = meet(incoming, this.#proxies, this.#limits, this.#now())
    const refusal = this.door.refusalOf(incoming, visitor.address) ?? (this.#makeRoom() ? null : rejections.serverFull)
    if (refusal) this.door.turnAway(stream, refusal)
    else this.#server.handleUpgrade(incoming, stream, head, (socket) => this.#open(socket, visitor, stream))
  }

  /** Looks after all sockets at once; returns what stops it. */
  start(): () => void {
    const stop = this.#services.clock.every(lookMs, (lateMs) => {
      this.#stalledMs += lateMs
      // What waits in the kernel counts. The event loop reads it before it comes to what is immediate.
      if (lateMs > late) setImmediate(() => this.#sweep())
      else this.#sweep()
    })
    return () => {
      stop()
      this.#frames.close()
    }
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

  #isFull(): boolean {
    return this.count >= this.#limits.socketsTotal
  }

  /** Closes a socket without a seat where there are too many. False: each has a seat. */
  #makeRoom(): boolean {
    if (!this.#isFull()) return true
    const socket = this.#crowd.pick(this.#visitors)
    if (!socket) return false
    this.#giveUp(socket, 'crowded')
    socket.terminate()
    return true
  }

  #open(socket: WebSocket, visitor: Visitor, stream: Duplex): void {
    const line = new Line(socket, { visitor, services: this.#services }, this.#rules)
    const leave = this.door.enter(visitor.address)
    this.#visitors.set(socket, visitor)
    this.#lines.set(socket, line)
    const mayGoOn = ({ length }: Buffer): boolean => this.#mayGoOn(socket, visitor, length)
    socket.on('error', this.#noteError).on('ping', mayGoOn).on('pong', mayGoOn)
    socket.on('message', (data) => {
      // As `binaryType` has it.
      const frame = data as Buffer
      visitor.hear(this.#now())
      if (mayGoOn(frame)) this.#frames.take({ socket, address: visitor.address, cost: this.#costOf(frame.length), data: frame })
    })
    // Behind the listener of ws, which has read as many frames from the chunk as are whole.
    stream.on('data', ({ length }: Buffer) => this.#noteUnread(socket, visitor, length))
    socket.on('close', (code) => {
      // Who is told to go says the same word back.
      visitor.hasGone = code === goingAway && !this.#isClosing
      this.#visitors.delete(socket)
      this.#lines.delete(socket)
      this.#unread.add(visitor.address, -visitor.unreadBytes)
      visitor.unreadBytes = 0
      this.#frames.forget(socket)
      this.#unsent.forget(socket)
      leave()
      line.close()
    })
  }

  /** Time in ms for judging sockets. It stands still while the event loop does not read them. */
  #now(): number {
    return this.#services.clock.now() - this.#stalledMs
  }

  #sweep(): void {
    const at = this.#now()
    for (const [socket, visitor] of this.#visitors) this.#check(socket, visitor, at)
    this.#unsent.refresh()
    const now = this.#services.clock.now()
    this.#frameBuckets.prune(now)
    this.#services.throttle.prune(now)
  }

  /** Tokens of a frame: one, and one more for each 4 KiB. */
  #costOf(bytes: number): number {
    return 1 + Math.floor(bytes / this.#limits.bytesPerFrameToken)
  }

  /** Every frame costs tokens of its socket, whatever it is. */
  #mayGoOn(socket: WebSocket, visitor: Visitor, bytes: number): boolean {
    visitor.readBytes += bytes + headBytes(bytes)
    if (socket.readyState !== socket.OPEN) return false
    if (visitor.frames.take(this.#services.clock.now(), this.#costOf(bytes))) return true
    this.#giveUp(socket, 'flooding')
    return false
  }

  /**
   * Counts what a socket has sent of a message that is not whole yet. The heads of fragments are not known, so this may be too much,
   * but after a whole message it is no more than the chunk in which that ended.
   */
  #noteUnread(socket: WebSocket, visitor: Visitor, bytes: number): void {
    const left = Math.max(0, visitor.unreadBytes + bytes - visitor.readBytes)
    const unread = visitor.readBytes > 0 ? Math.min(left, bytes) : left
    visitor.readBytes = 0
    this.#unread.add(visitor.address, unread - visitor.unreadBytes)
    visitor.unreadBytes = unread
    const { unreadBytesPerAddress, unreadBytesTotal } = this.#limits
    const isOver = this.#unread.of(visitor.address) > unreadBytesPerAddress || this.#unread.total > unreadBytesTotal
    if (isOver && (unread > 0 || this.#frames.isWaiting(socket))) this.#giveUp(socket, 'flooding')
  }

  readonly #noteUnsent: LineRules['onUnsent'] = (socket, { visitor }) => {
    const worst = this.#unsent.note(socket, visitor.address)
    if (worst) this.#giveUp(worst, 'slow')
  }

  #check(socket: WebSocket, visitor: Visitor, at: number): void {
    if (socket.readyState !== socket.OPEN) return this.#part(socket, visitor)
    // We do not read it at the moment.
    if (this.#frames.isWaiting(socket)) return visitor.hear(at)
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
    if (reason in closeCodes) socket.close(closeCodes[reason])
    else socket.terminate()
  }

  /** ws has closed the socket already. Errors of the connection itself are no fault of anybody. */
  readonly #noteError = ({ code }: Error & { code?: string }): void => {
    if (code?.startsWith('WS_ERR_')) this.givenUp.malformed = (this.givenUp.malformed ?? 0) + 1
  }

  readonly #noteRefusal: LineRules['onRefusal'] = ({ services }, error, path) => {
    const code = codeOf(error)
    this.refused[code] = (this.refused[code] ?? 0) + 1
    if (code === 'internal') services.log.error({ err: error.cause ?? error, path }, 'call failed')
    else services.log.debug({ code }, 'call refused')
  }
}

/** Why ws does not open a WebSocket for a request that is welcome otherwise. */
function handshakeRejection({ method, headers }: IncomingMessage, { message }: Error): Rejection {
  if (method !== 'GET') return rejections.wrongMethod
  if (!versions.has(headers['sec-websocket-version'] ?? '') && /Version/.test(message)) return rejections.wrongVersion
  return rejections.badHandshake(message)
}

const ignore = (): void => undefined
