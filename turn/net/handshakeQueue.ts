import type { Socket } from 'node:net'
import { networkKey } from '../common/address.ts'
import type { NetworkRateLimiter } from '../core/hashedRateLimiter.ts'
import { canonicalIp } from '../stun/ip.ts'
import { peekFirstBytes } from './firstBytes.ts'

/** Timeout for the whole ClientHello, in ms. Clients send it at once. */
const clientHelloTimeoutMs = 5_000

/** A longer ClientHello starts its handshake before it is complete. Browsers send about 1,800 bytes. */
const maxPeekedBytes = 8 * 1024

/** A connection whose ClientHello has arrived. */
interface Handshake {
  readonly socket: Socket
  readonly start: () => void
}

/**
 * Limits the CPU of TLS handshakes: one takes as long as a hundred relayed packets. Each IPv4 address, IPv6 /64 and
 * IPv6 /48 has a rate. Excess connections are closed before TLS. The event loop starts one handshake a turn, and
 * networks take turns. So a burst does not delay the packets and handshakes of others.
 */
export class HandshakeQueue {
  /** Connections closed at the limit. */
  rejectedCount = 0
  readonly #limiter: NetworkRateLimiter
  readonly #onRejected: () => void
  readonly #isExempt: (ip: string) => boolean
  readonly #onHttp: ((socket: Socket) => void) | undefined
  /** By network (IPv4 address or IPv6 /48), in the order of turns. */
  readonly #waiting = new Map<string, Handshake[]>()

  /**
   * @param onRejected called for each connection that is closed at the limit
   * @param isExempt true for an address without a limit, such as a reverse proxy
   * @param onHttp receives a connection that begins with an HTTP request; without it such a connection is closed
   */
  constructor(
    limiter: NetworkRateLimiter,
    onRejected: () => void,
    isExempt: (ip: string) => boolean = () => false,
    onHttp?: (socket: Socket) => void,
  ) {
    this.#limiter = limiter
    this.#onRejected = onRejected
    this.#isExempt = isExempt
    this.#onHttp = onHttp
  }

  /** True if a handshake waits for a turn of the event loop. */
  get hasWaiting(): boolean {
    return this.#waiting.size > 0
  }

  /**
   * Adds an accepted TCP connection. It is closed without TLS if its network has exceeded its rate. The same holds for
   * other first bytes than TLS, and without a ClientHello after 5 s. Only a ClientHello and an HTTP request count.
   * @param start passes the socket to a TLS server; called at most once
   */
  add(socket: Socket, start: () => void): void {
    const { remoteAddress } = socket
    if (!remoteAddress) return void socket.destroy()
    const ip = canonicalIp(remoteAddress)
    if (this.#isExempt(ip)) return start()
    if (!this.#limiter.hasToken(ip, performance.now())) return this.#reject(socket)
    // While the handshake waits, the socket has no other listener.
    socket.on('error', () => socket.destroy())
    peekFirstBytes(socket, clientHelloTimeoutMs, classifyFirstBytes, (protocol) => {
      if (protocol === 'other' || (protocol === 'http' && !this.#onHttp)) socket.destroy()
      else if (!this.#limiter.take(ip, performance.now())) this.#reject(socket)
      else if (protocol === 'http') this.#onHttp?.(socket)
      else this.#enqueue(networkKey(ip, 48), { socket, start })
    })
  }

  #reject(socket: Socket): void {
    this.rejectedCount++
    socket.destroy()
    this.#onRejected()
  }

  #enqueue(network: string, handshake: Handshake): void {
    if (this.#waiting.size === 0) setImmediate(this.#startNext)
    const handshakes = this.#waiting.get(network)
    if (handshakes) handshakes.push(handshake)
    else this.#waiting.set(network, [handshake])
  }

  readonly #startNext = (): void => {
    const [first] = this.#waiting
    if (!first) return
    const [network, [next, ...rest]] = first
    this.#waiting.delete(network)
    if (rest.length > 0) this.#waiting.set(network, rest)
    if (this.#waiting.size > 0) setImmediate(this.#startNext)
    if (next && !next.socket.destroyed) next.start()
  }
}

/** Returns the protocol of a stream; undefined while bytes are missing. An HTTP request begins with a capital letter. */
function classifyFirstBytes(bytes: Buffer): 'tls' | 'http' | 'other' | undefined {
  const first = bytes[0] ?? 0
  if (first >= 0x41 && first <= 0x5a) return 'http'
  const isTls = isClientHello(bytes)
  return isTls === undefined ? undefined : isTls ? 'tls' : 'other'
}

/**
 * Returns whether the first record of a stream is a whole TLS handshake record (RFC 8446 §5.1).
 * @returns undefined while bytes are missing
 */
function isClientHello(bytes: Buffer): boolean | undefined {
  if (bytes.length > 0 && bytes[0] !== 0x16) return false
  if (bytes.length > 1 && bytes[1] !== 3) return false
  if (bytes.length < 5) return undefined
  return bytes.length >= Math.min(5 + bytes.readUInt16BE(3), maxPeekedBytes) ? true : undefined
}
