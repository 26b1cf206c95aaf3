import { networkInterfaces } from 'node:os'
import { isLinkLocalIp, isLoopbackIp } from '../common/address.ts'
import type { RelayAddress } from '../core/types.ts'
import { familyOf, type Family } from '../stun/ip.ts'
import type { ExternalIp } from './externalIp.ts'

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
  readonly #externals: readonly ExternalIp[]
  readonly #list: () => LocalAddress[]
  #local: readonly LocalAddress[]

  constructor(externals: readonly ExternalIp[], list: () => LocalAddress[] = localAddresses) {
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

  isOwnAddress(ip: string): boolean {
    return this.#local.some((local) => local.ip === ip) || this.#externals.some(({ publicIp }) => publicIp === ip)
  }

  /** @param serverIp the address that the client sent to, which is often 127.0.0.1, from where no peer can be reached */
  choose(serverIp: string, family: Family): RelayAddress | undefined {
    const externals = this.#externals.filter((external) => external.family === family)
    // Packets to an external address arrive there as they are, so no NAT is in front of it.
    if (externals.some(({ publicIp }) => publicIp === serverIp)) return { local: serverIp, advertised: serverIp }
    const local = this.#localFor(serverIp, family, externals)
    if (local === undefined) return undefined
    const external =
      externals.find(({ privateIp: privateIps }) => privateIps === local) ??
      externals.find(({ privateIp: privateIps }) => privateIps === undefined)
    if (external && this.#isItself(external.publicIp))
      return { local: external.publicIp, advertised: external.publicIp }
    return { local, advertised: external?.publicIp ?? local }
  }

  /**
   * An external address that this machine has: the kernel delivers its packets to sockets of that address only. A public address on
   * `lo` is none, because behind a NAT it is put there so that packets to it do not leave the machine.
   */
  #isItself(publicIp: string): boolean {
    return this.#local.some(({ ip, isLoopback }) => ip === publicIp && (!isLoopback || isLoopbackIp(ip)))
  }

  /** One external name for all means one address behind it, or our relays could not tell each other apart inside. */
  #localFor(serverIp: string, family: Family, externals: readonly ExternalIp[]): string | undefined {
    const ofFamily = this.#local.filter(({ ip }) => familyOf(ip) === family)
    const open = ofFamily.filter(({ isLoopback }) => !isLoopback)
    const privateIps = externals.map((external) => external.privateIp).filter((ip) => ip !== undefined)
    const isFixed = externals.some((external) => external.privateIp === undefined)
    const fits = isFixed
      ? undefined
      : open.find(({ ip }) => ip === serverIp && (privateIps.length === 0 || privateIps.includes(ip)))
    return (fits ?? open.find(({ ip }) => privateIps.includes(ip)) ?? open[0] ?? ofFamily[0])?.ip
  }
}
