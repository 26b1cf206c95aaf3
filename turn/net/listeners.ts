import { setTimeout as pause } from 'node:timers/promises'
import type { Transport } from '../common/options.ts'
import type { RelayAddresses } from './relayAddresses.ts'
import { isWildcardHost } from '../common/address.ts'
import { describeBindError, resolveBindAddresses, type BindAddresses } from './bindAddresses.ts'
import type { TurnRuntime } from './turnRuntime.ts'
import type { StreamConnections } from './streamConnections.ts'
import { listenTcp } from './tcp.ts'
import type { TlsServers } from './tls.ts'
import type { Listener } from './udpEngine.ts'

/** Host, port and transports to listen on. */
export interface ListenOptions {
  readonly host: string | undefined
  readonly port: number
  readonly transports: readonly (Transport | 'tls')[]
  /** True if other threads listen for UDP on the same port. */
  readonly isPortShared?: boolean
}

/**
 * A new IPv6 address cannot be bound until duplicate address detection ends (RFC 4862 §5.4), after about two seconds.
 */
const tentativeRetry = { tries: 20, intervalMs: 250 } as const

/**
 * Listens for all transports on one port. UDP has a socket for each address, so a response leaves from the address that
 * received the request. An accepted TCP connection knows its own address.
 */
export class Listeners {
  readonly #runtime: TurnRuntime
  readonly #streams: StreamConnections
  readonly #addresses: Pick<RelayAddresses, 'ips'>
  readonly #tls: TlsServers | undefined
  readonly #options: ListenOptions
  /** By transport and address. */
  readonly #bound = new Map<string, Listener>()
  #isBinding = false
  #isClosed = false

  constructor(
    runtime: TurnRuntime,
    streams: StreamConnections,
    addresses: Pick<RelayAddresses, 'ips'>,
    wanted: ListenOptions,
    tls?: TlsServers,
  ) {
    this.#runtime = runtime
    this.#streams = streams
    this.#addresses = addresses
    this.#options = wanted
    this.#tls = tls
  }

  /** The bound port, or the configured one before `open`. */
  get port(): number {
    return [...this.#bound.values()][0]?.address.port ?? this.#options.port
  }

  /** The bound addresses; a wildcard stays a wildcard. */
  get addresses(): string[] {
    return [...this.#bound.values()].map(({ address }) => address.ip)
  }

  /**
   * Binds all listeners. With port 0 it retries until one free port fits all transports.
   * Rejects with nothing bound when the port is not available.
   */
  async open(): Promise<void> {
    for (let tries = this.#options.port === 0 ? 20 : 1; ; tries--) {
      try {
        await this.#openAll(await resolveBindAddresses(this.#options.host, this.#addresses.ips))
        return
      } catch (error) {
        await this.#closeAll()
        if (tries <= 1) throw error
      }
    }
  }

  /**
   * With a wildcard host, binds new addresses and retries failed ones. Called each second.
   * A removed address stays bound, and works again when it returns.
   */
  async bindMissing(): Promise<void> {
    if (this.#isBinding || this.#isClosed || !isWildcardHost(this.#options.host)) return
    this.#isBinding = true
    try {
      const hosts = await resolveBindAddresses(this.#options.host, this.#addresses.ips)
      for (const [transport, ip] of this.#missing(hosts))
        await this.#bind(transport, ip).catch((error: unknown) => this.#warn(transport, ip, error))
    } finally {
      this.#isBinding = false
    }
  }

  /** Closes all listeners. May be called twice. */
  async close(): Promise<void> {
    this.#isClosed = true
    await this.#closeAll()
  }

  async #closeAll(): Promise<void> {
    const listeners = [...this.#bound.values()]
    this.#bound.clear()
    await Promise.all(listeners.map((listener) => listener.close()))
  }

  /** With a wildcard host, a failed bind is not fatal. The exception is port 0, which must be free at every address. */
  async #openAll(hosts: BindAddresses): Promise<void> {
    let failure: Error | undefined
    for (const [transport, ip] of this.#missing(hosts)) {
      try {
        await (hosts.isWildcardHost ? this.#bind(transport, ip) : this.#bindWhenReady(transport, ip))
      } catch (error) {
        const isFatal =
          !hosts.isWildcardHost || transport !== 'udp' || (this.#options.port === 0 && !isAddressUnavailable(error))
        failure ??= new Error(this.#describeError(transport, ip, error), { cause: error })
        if (isFatal) throw failure
        this.#warn(transport, ip, error)
      }
    }
    const hasUdp = ({ udp }: BindAddresses): boolean =>
      !this.#options.transports.includes('udp') || udp.some((ip) => this.#bound.has(`udp ${ip}`))
    if (!hasUdp(hosts)) throw failure ?? new Error('cannot listen: this machine has no address to bind')
  }

  /** Wanted transports and addresses that are not bound. */
  #missing({ tcp, udp }: BindAddresses): (readonly [transport: Transport | 'tls', ip: string])[] {
    const all = [
      ...tcp.map((ip) => ['tcp', ip] as const),
      ...tcp.map((ip) => ['tls', ip] as const),
      ...udp.map((ip) => ['udp', ip] as const),
    ]
    return all.filter(([transport, ip]) => this.#options.transports.includes(transport) && !this.#has(transport, ip))
  }

  /** A stream socket at `::` accepts IPv4 too. */
  #has(transport: Transport | 'tls', ip: string): boolean {
    return this.#bound.has(`${transport} ${ip}`) || (ip === '0.0.0.0' && this.#bound.has(`${transport} ::`))
  }

  /** Retries while an address is listed but cannot be bound, which means that it is tentative. */
  async #bindWhenReady(transport: Transport | 'tls', ip: string): Promise<void> {
    for (let tries = tentativeRetry.tries; ; tries--) {
      try {
        return await this.#bind(transport, ip)
      } catch (error) {
        if (tries <= 1 || !isAddressUnavailable(error) || !this.#addresses.ips.includes(ip)) throw error
        await pause(tentativeRetry.intervalMs)
      }
    }
  }

  /** Rejects with the system's error. */
  async #bind(transport: Transport | 'tls', ip: string): Promise<void> {
    const listener = await this.#listen(transport, ip, this.port)
    if (this.#isClosed) return listener.close()
    this.#bound.set(`${transport} ${ip}`, listener)
  }

  #listen(transport: Transport | 'tls', ip: string, port: number): Promise<Listener> {
    if (transport === 'udp') return this.#runtime.udp.listen(this.#runtime, ip, port, this.#options.isPortShared)
    // A machine without IPv6 at start already listens at 0.0.0.0.
    const at = { ip, port, ipv6Only: this.#bound.has(`${transport} 0.0.0.0`) }
    return transport === 'tcp' ? listenTcp(this.#runtime, this.#streams, at) : this.#tls!.listen(at)
  }

  #warn(transport: Transport | 'tls', ip: string, error: unknown): void {
    const fields = { transport, ip, port: this.port, reason: describeBindError(error) }
    if (isAddressUnavailable(error)) this.#runtime.log.debug(fields, 'failed to bind new address')
    else this.#runtime.warnings.warn(`listen ${transport} ${ip}`, fields, 'failed to bind new address')
  }

  #describeError = (transport: Transport | 'tls', ip: string, error: unknown): string =>
    `cannot listen on ${transport.toUpperCase()} ${ip} port ${this.port}: ${describeBindError(error)}`
}

/** True if the address is tentative, or was removed between listing and binding. */
const isAddressUnavailable = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'EADDRNOTAVAIL'
