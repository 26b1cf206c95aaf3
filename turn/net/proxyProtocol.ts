import { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { AddressSet } from '../common/address.ts'
import { setReadTimeout } from '../common/clock.ts'
import { familyOf, type Address } from '../stun/ip.ts'
import { parseProxyHeader } from './proxyHeader.ts'

/** Timeout for the whole header, in ms. A proxy sends it first, in one packet. */
const headerTimeoutMs = 5_000

/** The name of all Unix sockets in a list of proxies. */
export const unixSource = 'unix'

/**
 * Reads the PROXY protocol of the proxies that use it. Their connections must begin with a header, and no other
 * connection may: a receiver must not guess (§2 of the specification). The socket then has the address of the client.
 */
export class ProxyProtocol {
  readonly #sources: AddressSet
  readonly #hasUnixSource: boolean
  readonly #timeoutMs: number
  /** Clients by the connection of their proxy, for TLS. */
  readonly #clients = new Map<string, Address>()
  readonly #forwarded = new WeakSet<Socket>()
  readonly #waiting = new Set<Socket>()

  /** @param sources addresses and CIDRs of proxies, and `unix` @throws {Error} that quotes a wrong one */
  constructor(sources: readonly string[], timeoutMs = headerTimeoutMs) {
    this.#sources = new AddressSet(sources.filter((source) => source !== unixSource))
    this.#hasUnixSource = sources.includes(unixSource)
    this.#timeoutMs = timeoutMs
  }

  /**
   * Passes a new connection to `next`, after the header if it is one of a proxy. Closes it if the header is wrong or
   * late.
   */
  accept(socket: Socket, next: () => void): void {
    if (!this.#isSource(socket)) return next()
    let bytes: Buffer = Buffer.alloc(0)
    const end = (): void => void socket.destroy()
    const onData = (chunk: Buffer): void => {
      bytes = Buffer.concat([bytes, chunk])
      const header = parseProxyHeader(bytes)
      if (header === 'incomplete') return
      stop()
      if (header === 'invalid') return end()
      socket.pause()
      if (header.length < bytes.length) socket.unshift(bytes.subarray(header.length))
      if (header.client) this.#assign(socket, header.client)
      next()
      // A TLS socket takes the bytes itself, and would lose them to a stream that flows.
      if (socket.listenerCount('data') > 0) socket.resume()
    }
    const stopTimer = setReadTimeout(this.#timeoutMs, end)
    const stop = (): void => {
      stopTimer()
      this.#waiting.delete(socket)
      socket.off('data', onData).off('end', end).off('error', end).off('close', stop)
    }
    this.#waiting.add(socket)
    socket.on('data', onData).on('end', end).on('error', end).on('close', stop)
  }

  /** Gives a TLS socket the client of the connection below it. Call it before the first use of its addresses. */
  inherit(socket: TLSSocket): void {
    const key = connectionKey(socket)
    const client = key === undefined ? undefined : this.#clients.get(key)
    if (client) this.#override(socket, client)
  }

  /** Returns whether the address of a socket is one that a proxy sent. */
  isForwarded(socket: Socket): boolean {
    return this.#forwarded.has(socket)
  }

  /** Closes the connections without a header. */
  close(): void {
    for (const socket of this.#waiting) socket.destroy()
  }

  #isSource({ remoteAddress }: Socket): boolean {
    return remoteAddress === undefined ? this.#hasUnixSource : this.#sources.has(remoteAddress)
  }

  #assign(socket: Socket, client: Address): void {
    const key = connectionKey(socket)
    if (key !== undefined) {
      this.#clients.set(key, client)
      socket.once('close', () => void (this.#clients.get(key) === client && this.#clients.delete(key)))
    }
    this.#override(socket, client)
  }

  /** Every limit and every log line reads the address of the socket, so they need no change. */
  #override(socket: Socket, { ip, port }: Address): void {
    this.#forwarded.add(socket)
    Object.defineProperties(socket, {
      remoteAddress: { value: ip },
      remotePort: { value: port },
      remoteFamily: { value: `IPv${familyOf(ip)}` },
    })
  }
}

/** A TCP socket and the TLS socket on top of it have one key. Undefined at a Unix socket. */
function connectionKey(socket: Socket): string | undefined {
  const peer = peerOf(socket)
  return peer && `${socket.localAddress} ${socket.localPort} ${peer}`
}

/**
 * Returns the address and the port of the peer of a connection, also after it is closed. The peer may be a proxy that
 * sent other ones. It may send the same ones on many connections, as for the requests of one HTTP/2 connection.
 * Undefined at a Unix socket.
 */
export function peerOf(socket: Socket): string | undefined {
  const read = (name: 'remoteAddress' | 'remotePort'): unknown => Reflect.get(Socket.prototype, name, socket)
  const address = read('remoteAddress')
  return address === undefined ? undefined : `${String(address)} ${String(read('remotePort'))}`
}
