import { parseCidr } from '../common/address.ts'
import { familyOf, formatIp, parseIp, type Family } from '../stun/ip.ts'

/** An inclusive address range, as numbers. */
export interface IpRange {
  readonly family: Family
  readonly first: bigint
  readonly last: bigint
}

/** Parses an address or a CIDR. @throws {Error} that quotes the text */
export function parseRange(cidr: string): IpRange {
  const { ip, prefix } = parseCidr(cidr)
  const family = familyOf(ip)
  const size = 1n << BigInt((family === 4 ? 32 : 128) - prefix)
  const first = (ipToNumber(ip) / size) * size
  return { family, first, last: first + size - 1n }
}

/** Returns the parts of a range that are in none of the others. */
export const subtractRanges = (range: IpRange, others: readonly IpRange[]): IpRange[] =>
  others.reduce((rest, other) => rest.flatMap((part) => subtractRange(part, other)), [range])

/** Returns whether two ranges share an address. */
export const overlaps = (a: IpRange, b: IpRange): boolean =>
  a.family === b.family && a.first <= b.last && b.first <= a.last

function subtractRange(range: IpRange, hole: IpRange): IpRange[] {
  if (!overlaps(range, hole)) return [range]
  const [below, above] = [
    { ...range, last: hole.first - 1n },
    { ...range, first: hole.last + 1n },
  ]
  return [below, above].filter(({ first, last }) => first <= last)
}

/** Returns whether a range holds an address. */
export const isInRange = (range: IpRange, ip: string): boolean =>
  range.family === familyOf(ip) && range.first <= ipToNumber(ip) && ipToNumber(ip) <= range.last

/**
 * Formats a range for turnserver.conf, as `first-last` or as one address.
 * coturn 4.6 compares IPv6 byte by byte. So a range is split into boxes where one byte varies and the others are fixed
 * or free.
 * In coturn, a range from :: includes every IPv4 address, so it starts at the next address.
 * coturn always denies 0.0.0.0 and ::.
 */
export function formatRange({ family, first, last }: IpRange): string[] {
  const shown: string[] = []
  for (let at = first === 0n && (family === 6 || last === 0n) ? 1n : first; at <= last;) {
    const end = endOfBox(at, last)
    shown.push(end === at ? numberToIp(at, family) : `${numberToIp(at, family)}-${numberToIp(end, family)}`)
    at = end + 1n
  }
  return shown
}

/** Returns the end of the largest box from `at`: low bytes free, one byte varying, higher bytes fixed. */
function endOfBox(at: bigint, last: bigint): bigint {
  let size = 1n
  while (at % (size * 256n) === 0n && at + size * 256n - 1n <= last) size *= 256n
  const left = 256n - ((at / size) % 256n)
  const fit = (last - at + 1n) / size
  return at + (left < fit ? left : fit) * size - 1n
}

const ipToNumber = (ip: string): bigint => BigInt(`0x${Buffer.from(parseIp(ip)).toString('hex')}`)

const numberToIp = (number: bigint, family: Family): string =>
  formatIp(Buffer.from(number.toString(16).padStart(family === 4 ? 8 : 32, '0'), 'hex'))
