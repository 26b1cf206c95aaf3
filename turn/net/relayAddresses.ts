import { networkInterfaces } from 'node:os'
import { isLinkLocalIp, isLoopbackIp } from '../common/address.ts'
import type { RelayAddress } from '../core/types.ts'
import { familyOf, type Family } from '../stun/ip.ts'
import type { External } from './externalIp.ts'

export interface LocalAddress {
  readonly ip: string
  readonly isLoopback: boolean
}

/** This machine's addresses now. Link-local ones are left out: they need a zone, which no candidate carries. */
export const localAddresses = (): LocalAddress[] =>
  Object.values(networkInterfaces())
    .flatMap((all) => all ?? [])
    .filter(({ address }) => !isLinkLocalIp(address))
    .map(({ address, internal }) => ({ ip: address, isLoopback: internal }))

/** Where relays are bound and how they are called. */
export class RelayAddresses {
  readonly #externals: readonly External[]
  readonly #list: () => LocalAddress[]
  #local: readonly LocalAddress[]

  constructor(externals: readonly External[], list: () => LocalAddress[] = localAddresses) {
    this.#externals = externals
    this.#list = list
    this.#local = list()
  }

  /** This machine's addresses when they were last read. */
  get ips(): string[] {
    return this.#local.map(({ ip }) => ip)
  }

  /** Reads the machine's addresses again. @throws the system's error, such as EMFILE; the old ones stay then */
  refresh(): void {
    this.#local = this.#list()
  }

  isOurs(ip: string): boolean {
    return this.#local.some((local) => local.ip === ip) || this.#externals.some(({ outside }) => outside === ip)
  }

  /** @param asked the address that the client sent to, which is often 127.0.0.1, from where no peer can be reached */
  choose(asked: string, family: Family): RelayAddress | undefined {
    const externals = this.#externals.filter((external) => external.family === family)
    // Packets to an external address arrive there as they are, so no NAT is in front of it.
    if (externals.some(({ outside }) => outside === asked)) return { local: asked, advertised: asked }
    const local = this.#localFor(asked, family, externals)
    if (local === undefined) return undefined
    const named = externals.find(({ inside }) => inside === local) ?? externals.find(({ inside }) => inside === undefined)
    if (named && this.#isItself(named.outside)) return { local: named.outside, advertised: named.outside }
    return { local, advertised: named?.outside ?? local }
  }

  /**
   * An external address that this machine has: the kernel delivers its packets to sockets of that address only. A public address on
   * `lo` is none, because behind a NAT it is put there so that packets to it do not leave the machine.
   */
  #isItself(outside: string): boolean {
    return this.#local.some(({ ip, isLoopback }) => ip === outside && (!isLoopback || isLoopbackIp(ip)))
  }

  /** One external name for all means one address behind it, or our relays could not tell each other apart inside. */
  #localFor(asked: string, family: Family, externals: readonly External[]): string | undefined {
    const ofFamily = this.#local.filter(({ ip }) => familyOf(ip) === family)
    const open = ofFamily.filter(({ isLoopback }) => !isLoopback)
    const inside = externals.map((external) => external.inside).filter((ip) => ip !== undefined)
    const isFixed = externals.some((external) => external.inside === undefined)
    const fits = isFixed ? undefined : open.find(({ ip }) => ip === asked && (inside.length === 0 || inside.includes(ip)))
    return (fits ?? open.find(({ ip }) => inside.includes(ip)) ?? open[0] ?? ofFamily[0])?.ip
  }
}
