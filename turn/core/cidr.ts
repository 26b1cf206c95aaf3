import { BlockList, isIP } from 'node:net'
import { familyOf } from '../stun/ip.ts'

const familyName = (ip: string): 'ipv4' | 'ipv6' => (familyOf(ip) === 4 ? 'ipv4' : 'ipv6')

/** A set of CIDRs. Throws an Error that names the first malformed one. */
export class Ranges {
  // One list each: in a common one `::/3` would hold every IPv4 address, as ::ffff:0:0/96.
  readonly #lists = { ipv4: new BlockList(), ipv6: new BlockList() }

  constructor(cidrs: readonly string[]) {
    for (const cidr of cidrs) this.#add(cidr)
  }

  has(ip: string): boolean {
    const family = familyName(ip)
    return this.#lists[family].check(ip, family)
  }

  #add(cidr: string): void {
    const { ip, prefix } = parseCidr(cidr)
    const family = familyName(ip)
    this.#lists[family].addSubnet(ip, prefix, family)
  }
}

/** `10.0.0.0/8`, or a bare address for itself alone. */
export function parseCidr(cidr: string): { ip: string; prefix: number } {
  const match = /^([^/%]+)(?:\/(\d{1,3}))?$/.exec(cidr)
  const ip = match?.[1] ?? ''
  const most = isIP(ip) === 4 ? 32 : isIP(ip) === 6 ? 128 : -1
  const prefix = match?.[2] === undefined ? most : Number(match[2])
  if (most === -1 || prefix > most) throw new Error(`${JSON.stringify(cidr)} is not a CIDR such as 10.0.0.0/8 or fc00::/7`)
  return { ip, prefix }
}
