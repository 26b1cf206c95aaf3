import { BlockList, isIP } from 'node:net'

/** Addresses that belong together. */
export class Network {
  readonly #list = new BlockList()

  /** @param parts addresses and CIDRs; throws an Error that says which is neither */
  constructor(parts: readonly string[]) {
    for (const part of parts) this.#add(part)
  }

  /** False for what is no address. */
  has(address: string): boolean {
    const [bare = ''] = address.split('%')
    return isIP(bare) !== 0 && this.#list.check(bare, familyOf(bare))
  }

  #add(part: string): void {
    const [, address = '', bits] = /^([^/%]+)(?:\/(\d{1,3}))?$/.exec(part) ?? []
    if (isIP(address) === 0) throw new Error(`${JSON.stringify(part)} is no address and no CIDR such as 10.0.0.0/8`)
    this.#list.addSubnet(address, Number(bits ?? (isIP(address) === 4 ? 32 : 128)), familyOf(address))
  }
}

const familyOf = (address: string) => (isIP(address) === 4 ? 'ipv4' : 'ipv6')

/** This machine, and networks that the internet does not lead to (RFC 1122, 1918, 3927, 4193, 4291). */
export const nearby = new Network([
  '127.0.0.0/8', '::1', '10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '169.254.0.0/16', 'fc00::/7', 'fe80::/10',
])
