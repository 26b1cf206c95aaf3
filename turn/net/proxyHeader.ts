import { canonicalIp, formatIp, parseFamily, type Address } from '../stun/ip.ts'

/**
 * The PROXY protocol, versions 1 and 2: https://www.haproxy.org/download/3.0/doc/proxy-protocol.txt. nginx sends only
 * version 1. The packages of npm parse one whole buffer, and depend on lodash, hexy or ip-address.
 */

/** A header at the start of a connection. */
export interface ProxyHeader {
  /** Bytes of the header. */
  readonly length: number
  /** The client; null if the proxy speaks for itself, as in a health check, or the client has no known IP address. */
  readonly client: Address | null
}

/** §2.2: the first 12 bytes of version 2. */
const signature = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1')
const fixedBytes = 16

/** §2.1: a line of version 1 has at most 107 bytes with its CRLF. */
const maxLineBytes = 107

/** Longest header of version 2. TLVs with a client certificate take some hundred bytes; the field allows 65,551. */
const maxHeaderBytes = 4096

/** Address families of version 2 over TCP (§2.2), with the bytes of an address. */
const families: Readonly<Record<number, number>> = { 0x11: 4, 0x21: 16 }
/** UNSPEC: the receiver ignores the addresses. */
const unspecified = 0x00
/** A client of the proxy at a Unix socket (§2.2): two paths of 108 bytes, and no IP address. HAProxy ignores them, too. */
const unixStream = 0x31
const unixPathsBytes = 216

/**
 * Parses the first bytes of a connection. All TLVs are skipped.
 * @returns `incomplete` while bytes are missing, and `invalid` for anything that the specification does not allow
 */
export function parseProxyHeader(bytes: Buffer): ProxyHeader | 'incomplete' | 'invalid' {
  if (bytes.length === 0) return 'incomplete'
  return bytes[0] === signature[0] ? parseBinary(bytes) : parseLine(bytes)
}

function parseBinary(bytes: Buffer): ProxyHeader | 'incomplete' | 'invalid' {
  const compared = Math.min(bytes.length, signature.length)
  if (bytes.compare(signature, 0, compared, 0, compared) !== 0) return 'invalid'
  if (bytes.length < fixedBytes) return 'incomplete'
  const [versionAndCommand, family, bodyBytes] = [bytes[12]!, bytes[13]!, bytes.readUInt16BE(14)]
  const length = fixedBytes + bodyBytes
  const isLocal = versionAndCommand === 0x20
  if ((!isLocal && versionAndCommand !== 0x21) || length > maxHeaderBytes) return 'invalid'
  const ipBytes = families[family]
  // With LOCAL, the receiver accepts any family and skips the body.
  const addressBytes = isLocal ? 0 : addressBytesOf(family)
  if (addressBytes > bodyBytes) return 'invalid'
  if (bytes.length < length) return 'incomplete'
  if (!isLocal && !hasWholeTlvs(bytes.subarray(fixedBytes + addressBytes, length))) return 'invalid'
  if (isLocal || ipBytes === undefined) return { length, client: null }
  const ip = canonicalIp(formatIp(bytes.subarray(fixedBytes, fixedBytes + ipBytes)))
  return { length, client: { ip, port: bytes.readUInt16BE(fixedBytes + 2 * ipBytes) } }
}

/** Returns the bytes of both addresses; Infinity for a family that a stream cannot have. */
function addressBytesOf(family: number): number {
  if (family === unspecified) return 0
  if (family === unixStream) return unixPathsBytes
  const ipBytes = families[family]
  return ipBytes === undefined ? Infinity : 2 * ipBytes + 4
}

/** §2.2.1: a TLV is a type of one byte, a length of two bytes, and that many bytes. */
function hasWholeTlvs(bytes: Buffer): boolean {
  let at = 0
  while (at + 3 <= bytes.length) at += 3 + bytes.readUInt16BE(at + 1)
  return at === bytes.length
}

function parseLine(bytes: Buffer): ProxyHeader | 'incomplete' | 'invalid' {
  const text = bytes.toString('latin1', 0, maxLineBytes)
  const prefix = 'PROXY '
  if (!text.startsWith(prefix.slice(0, text.length))) return 'invalid'
  const end = text.indexOf('\r\n')
  if (end < 0) return text.length < maxLineBytes ? 'incomplete' : 'invalid'
  const length = end + 2
  const line = text.slice(prefix.length, end)
  if (/^UNKNOWN( |$)/.test(line)) return { length, client: null }
  const [protocol, source = '', destination = '', sourcePort = '', destinationPort = '', ...others] = line.split(' ')
  const family = protocol === 'TCP4' ? 4 : protocol === 'TCP6' ? 6 : undefined
  const isValid =
    family !== undefined &&
    others.length === 0 &&
    [source, destination].every((ip) => parseFamily(ip) === family && !ip.includes('%')) &&
    [sourcePort, destinationPort].every((port) => /^(0|[1-9]\d{0,4})$/.test(port) && Number(port) <= 65_535)
  return isValid ? { length, client: { ip: canonicalIp(source), port: Number(sourcePort) } } : 'invalid'
}
