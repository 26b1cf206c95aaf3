import type { Transport } from '../options.ts'
import { bindWords, hostsOf, type Hosts } from './hosts.ts'
import type { Shell } from './shell.ts'
import type { Streams } from './stream.ts'
import { listenTcp } from './tcp.ts'
import type { TlsServers } from './tls.ts'
import { listenUdp, type Listener } from './udp.ts'

export interface Wanted {
  readonly host: string | undefined
  readonly port: number
  readonly transports: readonly (Transport | 'tls')[]
  /** Other threads listen for UDP at the same port. */
  readonly isShared?: boolean
}

/**
 * Both transports at one port. UDP is bound at each address by itself, so that an answer leaves from the address that was
 * asked; an accepted TCP connection knows its own.
 */
export class Listeners {
  readonly #shell: Shell
  readonly #streams: Streams
  readonly #tls: TlsServers | undefined
  readonly #wanted: Wanted
  /** By transport and address. */
  readonly #bound = new Map<string, Listener>()
  #isFollowing = false

  constructor(shell: Shell, streams: Streams, wanted: Wanted, tls?: TlsServers) {
    this.#shell = shell
    this.#streams = streams
    this.#wanted = wanted
    this.#tls = tls
  }

  get port(): number {
    return [...this.#bound.values()][0]?.address.port ?? this.#wanted.port
  }

  get addresses(): string[] {
    return [...this.#bound.values()].map(({ address }) => address.ip)
  }

  /** Rejects, with nothing bound, when the port cannot be had; a free one (0) is looked for until both transports fit. */
  async open(): Promise<void> {
    for (let tries = this.#wanted.port === 0 ? 20 : 1; ; tries--) {
      try {
        await this.#bindAll(await hostsOf(this.#wanted.host))
        return
      } catch (error) {
        await this.close()
        if (tries <= 1) throw error
      }
    }
  }

  /** Binds what addresses the machine got since. Those that went stay bound: they may come back. */
  async follow(): Promise<void> {
    if (this.#isFollowing) return
    this.#isFollowing = true
    try {
      const hosts = await hostsOf(this.#wanted.host)
      if (hosts.isWildcard) await this.#bindAll(hosts)
    } catch (error) {
      this.#shell.log.warn({ err: error }, 'new address not served')
    } finally {
      this.#isFollowing = false
    }
  }

  async close(): Promise<void> {
    const listeners = [...this.#bound.values()]
    this.#bound.clear()
    await Promise.all(listeners.map((listener) => listener.close()))
  }

  async #bindAll({ tcp, udp, isWildcard }: Hosts): Promise<void> {
    for (const ip of tcp) await this.#bind('tcp', ip, isWildcard)
    for (const ip of tcp) await this.#bind('tls', ip, isWildcard)
    for (const ip of udp) await this.#bind('udp', ip, isWildcard)
    if (this.#bound.size === 0) throw new Error('cannot listen: this machine has no address that could be bound')
  }

  async #bind(transport: Transport | 'tls', ip: string, isWildcard: boolean): Promise<void> {
    const key = `${transport} ${ip}`
    if (this.#bound.has(key) || !this.#wanted.transports.includes(transport)) return
    const { port } = this
    try {
      this.#bound.set(key, await this.#listen(transport, ip, port))
    } catch (error) {
      const words = `cannot listen on ${transport.toUpperCase()} ${ip} port ${port}: ${bindWords(error)}`
      // An address may go, or not be ready, between being listed and being bound.
      const isGone = isWildcard && (error as NodeJS.ErrnoException).code === 'EADDRNOTAVAIL'
      if (!isGone) throw new Error(words, { cause: error })
      this.#shell.log.debug({ ip }, words)
    }
  }
  #listen(transport: Transport | 'tls', ip: string, port: number): Promise<Listener> {
    if (transport === 'udp') return listenUdp(this.#shell, ip, port, this.#wanted.isShared)
    return transport === 'tcp' ? listenTcp(this.#streams, ip, port) : this.#tls!.listen(ip, port)
  }
}
