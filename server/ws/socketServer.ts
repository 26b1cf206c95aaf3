import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocketServer, type WebSocket } from 'ws'
import type { ErrorCode } from '../../machines/protocol/messages.ts'
import { EvictionOrder } from '../limits/evictionOrder.ts'
import { UpgradeGuard, handshakeRejection } from './upgradeGuard.ts'
import { FrameMeter } from './frameMeter.ts'
import { TrpcConnection, type TrpcConnectionOptions } from './trpcConnection.ts'
import type { Limits } from '../../machines/protocol/limits.ts'
import { createClientSession } from './createClientSession.ts'
import type { OriginCheck } from '../net/originPolicy.ts'
import {
  lateSweepMs as late,
  sweepIntervalMs,
  disconnectReason,
  type DisconnectReason,
  type SocketTimeouts,
} from './socketHealth.ts'
import type { TrustedProxies } from '../net/trustedProxies.ts'
import { rejections, type Rejection } from '../net/rejection.ts'
import { toErrorCode } from '../common/apiError.ts'
import { Histogram } from '../common/histogram.ts'
import type { Dependencies } from '../api/dependencies.ts'
import { SendBuffers } from './sendBuffers.ts'
import { WriteBatch } from './writeBatch.ts'
import type { ClientSession } from '../api/clientSession.ts'

/** Timeout of the close handshake, in ms. */
const closeTimeoutMs = 1_000

/** The browser is leaving the page (RFC 6455 §7.4.1). Firefox may send this code before the page can send `leave`. */
const goingAway = 1001

/** RFC 6455 §7.4.1 and the registry of §11.7: policy violation (1008), service restart (1012), try again later (1013). */
const closeCodes: Partial<Record<DisconnectReason, number>> = { rate_limit: 1008, lease_lost: 1012, evicted: 1013 }

/** From 0.5 ms, without load, to 10 s: a page reconnects after 9 s without an answer. In seconds. */
const acknowledgementBoundsSeconds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 2.5, 10]

/** All WebSockets: opens them after the upgrade checks, sweeps their health, and disconnects them. */
export class SocketServer {
  readonly upgradeGuard: UpgradeGuard
  /** API errors sent, by error code. */
  readonly apiErrors: Partial<Record<ErrorCode, number>> = {}
  /** From the arrival of a `room.send` to its response, in seconds: waiting, parsing and storing. */
  readonly acknowledgementSeconds = new Histogram(acknowledgementBoundsSeconds)
  /** Sockets that the server closed, by reason. */
  readonly disconnects: Partial<Record<DisconnectReason, number>> = {}
  readonly #sessions = new Map<WebSocket, ClientSession>()
  readonly #connections = new Map<WebSocket, TrpcConnection>()
  readonly #dependencies: Dependencies
  readonly #proxies: TrustedProxies
  readonly #limits: Limits
  readonly #timeouts: SocketTimeouts
  readonly #wsServer: WebSocketServer
  readonly #connectionOptions: TrpcConnectionOptions
  readonly #frames: FrameMeter
  readonly #sendBuffers: SendBuffers
  /** Sockets without a seat. A returning seat holder lacks a seat for one round trip only, so it is never the oldest. */
  readonly #evictionOrder = new EvictionOrder<WebSocket>({
    list: () => this.#sessions.keys(),
    getNetwork: (socket) => this.#sessions.get(socket)!.networkPrefix,
    canEvict: (socket) => socket.readyState === socket.OPEN && this.#sessions.get(socket)?.hasSeat === false,
  })
  /** Total stall of the event loop, in ms. It does not count towards timeouts of clients. */
  #stalledMs = 0
  #isClosing = false

  constructor(
    dependencies: Dependencies,
    checkOrigin: OriginCheck,
    proxies: TrustedProxies,
    limits: Limits,
    timeouts: SocketTimeouts,
  ) {
    this.#dependencies = dependencies
    this.upgradeGuard = new UpgradeGuard(dependencies.drain, checkOrigin, limits)
    this.#proxies = proxies
    this.#limits = limits
    this.#timeouts = timeouts
    this.#wsServer = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: limits.frameBytes,
      maxFragments: limits.fragmentsPerMessage,
      maxBufferedChunks: limits.chunksPerFrame,
    })
    this.#wsServer.on('wsClientError', (error, stream, incoming) =>
      this.upgradeGuard.reject(stream, handshakeRejection(incoming, error)),
    )
    this.#connectionOptions = {
      requestsPerFrame: limits.requestsPerFrame,
      throttledRequestsPerFrame: limits.throttledRequestsPerFrame,
      maxSubscriptions: limits.subscriptionsPerSocket,
      unsentBytesPerSocket: limits.unsentBytesPerSocket,
      onApiError: this.#onApiError,
      onBackpressure: (socket) => this.#disconnect(socket, 'backpressure'),
      onCorked: new WriteBatch().add,
      onBuffered: this.#onBuffered,
      onAcknowledged: (delayMs) => this.acknowledgementSeconds.observe(delayMs / 1000),
    }
    this.#sendBuffers = new SendBuffers(limits)
    this.#frames = new FrameMeter({
      clock: dependencies.clock,
      limits,
      onFrame: (socket, data, receivedAtMs) => this.#connections.get(socket)?.receive(data, receivedAtMs),
    })
  }

  /** Open sockets. */
  get count(): number {
    return this.#sessions.size
  }

  /** Bytes in the send buffers of all sockets. */
  get bufferedBytes(): number {
    return [...this.#sessions.keys()].reduce((sum, { bufferedAmount }) => sum + bufferedAmount, 0)
  }

  /** Why an upgrade of this request would be rejected; null if it would succeed. Changes no state. */
  readonly checkUpgrade = (incoming: IncomingMessage): Rejection | null =>
    this.upgradeGuard.check(incoming, createClientSession(incoming, this.#proxies, this.#limits, this.#now())) ??
    (this.#isFull() && !this.#evictionOrder.next() ? rejections.serverFull : null)

  /** Listener for the `upgrade` event of the HTTP server. */
  readonly upgrade = (incoming: IncomingMessage, stream: Duplex, head: Buffer): void => {
    stream.on('error', ignore)
    const session = createClientSession(incoming, this.#proxies, this.#limits, this.#now())
    const rejection = this.upgradeGuard.check(incoming, session) ?? (this.#evictIfFull() ? null : rejections.serverFull)
    if (rejection) this.upgradeGuard.reject(stream, rejection)
    else this.#wsServer.handleUpgrade(incoming, stream, head, (socket) => this.#open(socket, session, stream))
  }

  /** Starts the health sweep of all sockets; returns a function that stops it. */
  start(): () => void {
    const stop = this.#dependencies.clock.every(sweepIntervalMs, (lateMs) => {
      this.#stalledMs += lateMs
      // Data in the kernel's buffers counts as received. The event loop reads it before it runs immediates.
      if (lateMs > late) setImmediate(() => this.#sweep())
      else this.#sweep()
    })
    return () => {
      stop()
      this.#frames.close()
    }
  }

  /** Disconnects all sockets. Their clients reconnect. */
  disconnectAll(reason: DisconnectReason): void {
    for (const socket of [...this.#sessions.keys()]) this.#disconnect(socket, reason)
  }

  /** Closes all sockets; resolves when they are closed. */
  async close(): Promise<void> {
    this.#isClosing = true
    const sockets = [...this.#sessions.keys()]
    const closed = sockets.map((socket) => new Promise<void>((resolve) => socket.once('close', () => resolve())))
    for (const socket of sockets) socket.close(goingAway)
    const force = setTimeout(() => sockets.forEach((socket) => socket.terminate()), closeTimeoutMs)
    await Promise.all(closed)
    clearTimeout(force)
  }

  #isFull(): boolean {
    return this.count >= this.#limits.socketsTotal
  }

  /** At the limit, closes a socket without a seat. Returns false if every socket has a seat. */
  #evictIfFull(): boolean {
    if (!this.#isFull()) return true
    const socket = this.#evictionOrder.next()
    if (!socket) return false
    this.#disconnect(socket, 'evicted')
    socket.terminate()
    return true
  }

  #open(socket: WebSocket, session: ClientSession, stream: Duplex): void {
    const connection = new TrpcConnection(
      socket,
      stream,
      { session, dependencies: this.#dependencies },
      this.#connectionOptions,
    )
    const releaseSlot = this.upgradeGuard.acquire(session)
    this.#sessions.set(socket, session)
    this.#connections.set(socket, connection)
    const chargeFrame = ({ length }: Buffer): boolean => this.#chargeFrame(socket, session, length)
    socket.on('error', this.#onSocketError).on('ping', chargeFrame).on('pong', chargeFrame)
    socket.on('message', (data) => {
      // The default `binaryType` of ws is `nodebuffer`.
      const frame = data as Buffer
      session.recordMessage(this.#now())
      if (chargeFrame(frame)) this.#frames.enqueue(socket, session, frame)
    })
    // Runs after the listener of ws, which has read all complete frames of the chunk.
    stream.on('data', ({ length }: Buffer) => {
      const largest = this.#frames.recordChunk(socket, session, length)
      if (largest) this.#disconnect(largest, 'rate_limit')
    })
    socket.on('close', (code) => {
      // When the server closes a socket, the client echoes the code.
      session.isClosed = true
      session.hasLeftPage = code === goingAway && !this.#isClosing
      this.#sessions.delete(socket)
      this.#connections.delete(socket)
      this.#frames.remove(socket, session)
      this.#sendBuffers.remove(socket)
      releaseSlot()
      connection.close()
    })
  }

  /** Time in ms for socket timeouts. It stops while the event loop is blocked. */
  #now(): number {
    return this.#dependencies.clock.now() - this.#stalledMs
  }

  #sweep(): void {
    const nowMs = this.#now()
    for (const [socket, session] of this.#sessions) this.#checkHealth(socket, session, nowMs)
    this.#sendBuffers.refresh()
    const bucketNowMs = this.#dependencies.clock.now()
    this.#frames.prune(bucketNowMs)
    this.#dependencies.rateLimiter.prune(bucketNowMs)
  }

  /** Charges a frame of any type to its socket. Disconnects the socket and returns false if its budget is empty. */
  #chargeFrame(socket: WebSocket, session: ClientSession, bytes: number): boolean {
    const hasBudget = this.#frames.charge(session, bytes)
    if (socket.readyState !== socket.OPEN) return false
    if (!hasBudget) this.#disconnect(socket, 'rate_limit')
    return hasBudget
  }

  readonly #onBuffered: TrpcConnectionOptions['onBuffered'] = (socket, { session }) => {
    const largest = this.#sendBuffers.record(socket, session.networkPrefix)
    if (largest) this.#disconnect(largest, 'backpressure')
  }

  #checkHealth(socket: WebSocket, session: ClientSession, nowMs: number): void {
    if (socket.readyState !== socket.OPEN) return this.#finishClosing(socket, session)
    // The server does not read a paused socket.
    if (this.#frames.isWaiting(socket)) return session.recordMessage(nowMs)
    const reason = disconnectReason(socket, session, this.#limits, this.#timeouts, nowMs)
    if (reason) return this.#disconnect(socket, reason)
    if (session.pingSentAt !== null || nowMs - session.lastMessageAt < this.#timeouts.serverPingIntervalMs) return
    session.pingSentAt = nowMs
    // A ping of tRPC, not of WebSocket: the page must answer it. The browser would answer for a frozen page.
    socket.send('PING')
  }

  /** After `close()` a client has at least one second to finish the close handshake. */
  #finishClosing(socket: WebSocket, session: ClientSession): void {
    if (session.isClosing) socket.terminate()
    session.isClosing = true
  }

  /** Sends a close code only for reasons for which the client still reads. */
  #disconnect(socket: WebSocket, reason: DisconnectReason): void {
    this.disconnects[reason] = (this.disconnects[reason] ?? 0) + 1
    this.#dependencies.log.debug({ reason }, 'socket disconnected')
    if (reason in closeCodes) socket.close(closeCodes[reason])
    else socket.terminate()
  }

  /** Counts protocol errors; ws has already closed the socket. Errors of the TCP connection are ignored. */
  readonly #onSocketError = ({ code }: Error & { code?: string }): void => {
    if (code?.startsWith('WS_ERR_')) this.disconnects.protocol_error = (this.disconnects.protocol_error ?? 0) + 1
  }

  readonly #onApiError: TrpcConnectionOptions['onApiError'] = ({ dependencies }, error, path) => {
    const code = toErrorCode(error)
    this.apiErrors[code] = (this.apiErrors[code] ?? 0) + 1
    if (code === 'internal') dependencies.log.error({ err: error.cause ?? error, path }, 'procedure failed')
    else dependencies.log.debug({ code }, 'procedure rejected')
  }
}

const ignore = (): void => undefined
