import { isIP, isIPv6, SocketAddress } from 'node:net'
import { StunError } from './error.ts'

/** A transport address. `ip` is canonical text (RFC 5952) as in node:dgram, so addresses compare as strings. */
export interface Address {
  readonly ip: string
  readonly port: number
}

/** The IP version. */
export type Family = 4 | 6

/** Returns the family of a valid address. */
export const familyOf = (ip: string): Family => (ip.includes(':') ? 6 : 4)

/** Returns the family of an address, with or without a zone; undefined for other text. */
export function parseFamily(text: string): Family | undefined {
  const version = isIP(text)
  return version === 4 || version === 6 ? version : undefined
}

/** Returns whether IP and port are equal. */
export const isSameAddress = (a: Address, b: Address): boolean => a.port === b.port && a.ip === b.ip

/** Formats 4 or 16 bytes as canonical text. */
export function formatIp(bytes: Uint8Array): string {
  if (bytes.length === 4) return `${bytes[0]}.${bytes[1]}.${bytes[2]}.${bytes[3]}`
  const groups = Array.from({ length: 8 }, (_, i) => ((bytes[2 * i]! << 8) | bytes[2 * i + 1]!).toString(16))
  return new SocketAddress({ address: groups.join(':'), family: 'ipv6' }).address
}

/**
 * Parses an IPv4 address to an unsigned 32-bit number. Returns undefined for other text, as node:net does: no zone, no
 * leading zero.
 */
export function parseIpv4(text: string): number | undefined {
  let address = 0
  let octet = -1
  let dots = 0
  for (let i = 0; i < text.length; i++) {
    const digit = text.charCodeAt(i) - 48
    if (digit >= 0 && digit <= 9) {
      if (octet === 0) return undefined
      octet = octet === -1 ? digit : octet * 10 + digit
      if (octet > 255) return undefined
    } else {
      if (text[i] !== '.' || octet === -1) return undefined
      dots++
      address = address * 256 + octet
      octet = -1
    }
  }
  return dots === 3 && octet !== -1 ? address * 256 + octet : undefined
}

/** Parses any spelling of an address, with or without a zone, to 4 or 16 bytes. @throws {StunError} for other text */
export function parseIp(text: string): Uint8Array {
  const bare = text.split('%', 1)[0]!
  const address = parseIpv4(bare)
  if (address !== undefined) return Uint8Array.of(address >>> 24, address >>> 16, address >>> 8, address)
  if (isIPv6(bare)) return parseIpv6(bare)
  throw new StunError('ip', `${text} is not an address`)
}

function parseIpv6(text: string): Uint8Array {
  const [head = [], tail] = text.split('::').map(parseGroups)
  const bytes = new Uint8Array(16)
  bytes.set(head)
  if (tail) bytes.set(tail, 16 - tail.length)
  return bytes
}

function parseGroups(text: string): number[] {
  if (text === '') return []
  return text.split(':').flatMap((group) => {
    if (group.includes('.')) return group.split('.').map(Number)
    const value = parseInt(group, 16)
    return [value >> 8, value & 0xff]
  })
}

/**
 * Returns the canonical text (RFC 5952) of any spelling of an address, without a zone.
 * An IPv4-mapped address (`::ffff:192.0.2.1`) becomes the IPv4 address; a dual-stack socket reports IPv4 clients so.
 * A text that is not an address is returned unchanged.
 */
export function canonicalIp(text: string): string {
  if (!text.includes(':')) return text
  const bare = text.split('%', 1)[0]!
  if (!isIPv6(bare)) return text
  const bytes = parseIpv6(bare)
  return mappedPrefix.every((byte, i) => byte === bytes[i]) ? formatIp(bytes.subarray(12)) : formatIp(bytes)
}

const mappedPrefix = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff]
