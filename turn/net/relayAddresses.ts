import { isLoopbackIp } from '../common/address.ts'
import { localAddresses, type LocalAddress } from '../common/localAddresses.ts'
import type { RelayAddress } from '../core/types.ts'
import { familyOf, type Family } from '../stun/ip.ts'
import type { ExternalIp } from './externalIp.ts'

/** Chooses the local and the advertised address of relays. */
export class RelayAddresses {
  readonly #externals: readonly ExternalIp[]
  readonly #list: () => LocalAddress[]
  #local: readonly LocalAddress[]

  constructor(externals: readonly ExternalIp[], list: () => LocalAddress[] = localAddresses) {
    this.#externals = externals
    this.#list = list
    this.#local = list()
  }

  /** This machine's addresses at the last refresh. */
  get ips(): string[] {
    return this.#local.map(({ ip }) => ip)
  }

  /** Reads the machine's addresses again. @throws the system's error, such as EMFILE; then the old ones stay */
  refresh(): void {
    this.#local = this.#list()
  }

  /** Returns whether this machine has or advertises the address. */
  isOwnAddress(ip: string): boolean {
    return this.#local.some((local) => local.ip === ip) || this.#externals.some(({ publicIp }) => publicIp === ip)
  }

  /**
   * Returns the relay address for a client, or undefined without an address of the family.
   * @param serverIp the address that the client sent to; often 127.0.0.1, which reaches no remote peer
   */
  choose(serverIp: string, family: Family): RelayAddress | undefined {
    const externals = this.#externals.filter((external) => external.family === family)
    // The client reached the external address directly, so it is not behind a NAT.
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
   * True if this machine itself has the external address. The kernel then delivers its packets only to sockets on it.
   * A public address on `lo` does not count: behind a NAT, operators add it there to keep such packets on the machine.
   */
  #isItself(publicIp: string): boolean {
    return this.#local.some(({ ip, isLoopback }) => ip === publicIp && (!isLoopback || isLoopbackIp(ip)))
  }

  /** A single external address needs a single local address; otherwise relays could not find each other locally. */
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
