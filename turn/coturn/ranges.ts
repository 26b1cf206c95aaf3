import { parseCidr } from '../common/address.ts'
import { familyOf, formatIp, parseIp, type Family } from '../stun/ip.ts'

/** All addresses from the first to the last, as numbers. */
export interface IpRange {
  readonly family: Family
  readonly first: bigint
  readonly last: bigint
}

export function parseRange(cidr: string): IpRange {
  const { ip, prefix } = parseCidr(cidr)
  const family = familyOf(ip)
  const size = 1n << BigInt((family === 4 ? 32 : 128) - prefix)
  const first = (ipToNumber(ip) / size) * size
  return { family, first, last: first + size - 1n }
}

/** What is in a range and in none of the others. */
export const subtractRanges = (range: IpRange, others: readonly IpRange[]): IpRange[] =>
  others.reduce((rest, other) => rest.flatMap((part) => subtractRange(part, other)), [range])

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

export const isInRange = (range: IpRange, ip: string): boolean =>
  range.family === familyOf(ip) && range.first <= ipToNumber(ip) && ipToNumber(ip) <= range.last

/**
 * As turnserver.conf has it: `first-last`, or one address. coturn 4.6 compares IPv6 byte by byte, so that each range is cut
 * where all bytes but one are fixed or free. And what begins at :: begins before every IPv4 address there: it begins at the next
 * one. 0.0.0.0 and :: themselves are closed to coturn without being told.
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

/** The largest box from here: the low bytes run free, one byte runs on, those above it are fixed. */
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
