import type { Socket } from 'node:net'
import { isChannelData } from '../core/channelData.ts'
import { handshakeLimit, NetworkRateLimiter, type RateLimit } from '../core/hashedRateLimiter.ts'
import type { FiveTuple } from '../core/fiveTuple.ts'
import { networkKey } from '../common/address.ts'
import { canonicalIp, type Address } from '../stun/ip.ts'
import { Splitter } from './framing.ts'
import { HandshakeQueue } from './handshakeQueue.ts'
import { describeBindError } from './bindAddresses.ts'
import { ProxyProtocol } from './proxyProtocol.ts'
import { SendQueue } from './sendQueue.ts'
import { ResponsiveTime } from './responsiveTime.ts'
import { StreamTurns } from './streamTurns.ts'
import type { TurnRuntime } from './turnRuntime.ts'

/** A connection without an allocation is closed after this time, counted from accept, before TLS. */
const idleTimeoutMs = 15_000

/** Time between two calls of `sweepIdle`. */
export const sweepIntervalMs = 1000

/** The addresses of a connection. */
export interface ConnectionEnds {
  readonly local: Address
  readonly remote: Address
}

const noBytes = Buffer.alloc(0)
const never = (): boolean => false

/** The TCP and TLS connections of clients. */
export class StreamConnections {
  readonly #runtime: TurnRuntime
  readonly #connections = new Map<
    Socket,
    { readonly key: string; readonly source: string; readonly ends: ConnectionEnds; idleSinceMs: number }
  >()
  /** Number of connections of each source. */
  readonly #countBySource = new Map<string, number>()
  readonly #turns = new StreamTurns()
  readonly #responsiveTime = new ResponsiveTime(sweepIntervalMs)
  readonly #handshakeLimit: RateLimit
  /** Call its `accept` for each accepted connection, before `accept` or `register`. */
  readonly proxyProtocol: ProxyProtocol
  #handshakes: HandshakeQueue | undefined
  #lastId = 0

  /**
   * @param proxySources see `TurnOptions.proxySources`
   * @param limit TLS handshakes of one IPv4 address or IPv6 /64
   */
  constructor(runtime: TurnRuntime, proxySources: readonly string[] = [], limit: RateLimit = handshakeLimit) {
    this.#runtime = runtime
    this.proxyProtocol = new ProxyProtocol(proxySources)
    this.#handshakeLimit = limit
  }

  /** True if packets or TLS handshakes wait for a turn of the event loop. */
  get hasWaiting(): boolean {
    return this.#turns.hasWaiting || this.#handshakes?.hasWaiting === true
  }

  /** The TLS handshakes of connections. Created at the first use, because its tables take 512 KB. */
  get handshakes(): HandshakeQueue {
    const { state, warnings } = this.#runtime
    return (this.#handshakes ??= new HandshakeQueue(
      new NetworkRateLimiter(state.rules.randomBytes(32), this.#handshakeLimit),
      () => {
        state.counters.handshakesRejected++
        warnings.warn('handshakes', {}, 'TLS connection rejected: too many handshakes of its network')
      },
    ))
  }

  /**
   * Serves a TCP connection, or a TLS connection whose handshake the caller completed.
   * @param ends of the client's connection, if `socket` only forwards it
   */
  accept(socket: Socket, ends?: ConnectionEnds): void {
    if (this.register(socket, ends)) this.attach(socket, socket)
  }

  /**
   * Counts a connection until it closes: for its source, for file descriptors, and for `idleTimeoutMs`.
   * Call it on accept, before TLS.
   * @returns false when a limit is reached; then the socket is destroyed
   */
  register(socket: Socket, ends = readEnds(socket)): boolean {
    const source = ends && networkKey(ends.remote.ip)
    if (!source || !this.#reserve(source)) {
      socket.destroy()
      return false
    }
    this.#connections.set(socket, {
      key: `tcp ${++this.#lastId}`,
      source,
      ends,
      idleSinceMs: this.#responsiveTime.elapsedMs,
    })
    socket.setNoDelay(true)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => this.#handleClosed(socket))
    this.#runtime.state.counters.connections = this.#connections.size
    return true
  }

  /**
   * Serves TURN on a registered connection.
   * @param counted the registered socket: the same, or the TCP socket below TLS
   */
  attach(socket: Socket, counted: Socket): void {
    const entry = this.#connections.get(counted)
    if (!entry) return void socket.destroy()
    const sendQueue = new SendQueue(socket, this.#runtime.backlog, () => this.#runtime.countSendQueueDrop())
    if (socket !== counted) socket.on('error', () => socket.destroy())
    this.#receive(socket, {
      key: entry.key,
      transport: 'tcp',
      local: entry.ends.local,
      remote: entry.ends.remote,
      send: (packet) => sendQueue.send(packet),
    })
  }

  /** @param fiveTuple of the socket */
  #receive(socket: Socket, fiveTuple: FiveTuple): void {
    const runtime = this.#runtime
    const splitter = new Splitter()
    const take = (packet: Buffer): void => {
      if (isChannelData(packet)) runtime.relayChannelData(fiveTuple.key, packet)
      else runtime.handlePacket(packet, fiveTuple)
    }
    const network = networkKey(fiveTuple.remote.ip, 48)
    let isWaiting = false
    const readPackets = (hasTime: () => boolean): boolean => {
      if (socket.destroyed) return false
      if (!splitter.push(noBytes, take, hasTime)) socket.destroy()
      else if (splitter.hasMessage) return true
      if (isWaiting) socket.resume()
      isWaiting = false
      return false
    }
    socket.on('data', (chunk: Buffer) => {
      if (!splitter.push(chunk, take, never)) return void socket.destroy()
      if (isWaiting || !splitter.hasMessage || !this.#turns.read(network, readPackets)) return
      // TCP slows a sender whose packets wait.
      isWaiting = true
      socket.pause()
    })
  }

  #reserve(source: string): boolean {
    const {
      state: { rules, counters },
      descriptors,
      warnings,
    } = this.#runtime
    const counted = this.#countBySource.get(source) ?? 0
    if (counted >= rules.quotas.connections) {
      counters.overQuota.connections++
      return false
    }
    if (!descriptors.acquire()) {
      warnings.warn('descriptors', { reason: describeBindError({ code: 'EMFILE' }) }, 'TURN connection rejected')
      return false
    }
    this.#countBySource.set(source, counted + 1)
    return true
  }

  /**
   * Closes idle connections, after reading their pending data from the kernel.
   * @param now on a monotonic clock, in ms
   */
  sweepIdle(now: number): void {
    if (!this.#responsiveTime.tick(now)) return
    const { elapsedMs } = this.#responsiveTime
    for (const [socket, entry] of this.#connections) {
      if (this.#runtime.hasAllocation(entry.key)) entry.idleSinceMs = elapsedMs
      else if (elapsedMs - entry.idleSinceMs >= idleTimeoutMs) setImmediate(() => this.#closeIdle(socket))
    }
  }

  #closeIdle(socket: Socket): void {
    const entry = this.#connections.get(socket)
    if (entry && !this.#runtime.hasAllocation(entry.key)) socket.destroy()
  }

  /** Destroys all connections. */
  close(): void {
    this.proxyProtocol.close()
    for (const socket of this.#connections.keys()) socket.destroy()
  }

  #handleClosed(socket: Socket): void {
    const { key, source } = this.#connections.get(socket)!
    const left = this.#countBySource.get(source)! - 1
    if (left > 0) this.#countBySource.set(source, left)
    else this.#countBySource.delete(source)
    this.#connections.delete(socket)
    this.#runtime.descriptors.release()
    this.#runtime.state.counters.connections = this.#connections.size
    this.#runtime.closeClient(key)
  }
}

const toAddress = (ip: string, port = 0): Address => ({ ip: canonicalIp(ip), port })

/** Returns the addresses of a socket; undefined if it is closed already. */
export function readEnds({ localAddress, localPort, remoteAddress, remotePort }: Socket): ConnectionEnds | undefined {
  if (!localAddress || !remoteAddress) return undefined
  return { local: toAddress(localAddress, localPort), remote: toAddress(remoteAddress, remotePort) }
}
