import { networkInterfaces } from 'node:os'
import { isLinkLocalIp } from '../address.ts'
import type { RelayAddress } from '../core/core.ts'
import { familyOf, type Family } from '../stun/ip.ts'
import type { External } from './external.ts'

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

  /** Reads the machine's addresses again; tells whether they changed. */
  refresh(): boolean {
    const before = this.#local.map(({ ip }) => ip).join()
    this.#local = this.#list()
    return before !== this.#local.map(({ ip }) => ip).join()
  }

  isOurs(ip: string): boolean {
    return this.#local.some((local) => local.ip === ip) || this.#externals.some(({ outside }) => outside === ip)
  }

  /** @param asked the address that the client sent to, which is often 127.0.0.1, from where no peer can be reached */
  choose(asked: string, family: Family): RelayAddress | undefined {
    const externals = this.#externals.filter((external) => external.family === family)
    const local = this.#localFor(asked, family, externals)
    if (local === undefined) return undefined
    const named = externals.find(({ inside }) => inside === local) ?? externals.find(({ inside }) => inside === undefined)
    return { local, advertised: named?.outside ?? local }
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
