import { familyOf, formatIp, parseIp, type Family } from '../stun/ip.ts'

/**
 * A transport address as the words of a `sockaddr`. The fast path compares and copies these numbers. The text exists for
 * the core, which keys by text.
 */
export class BinaryAddress {
  readonly family: Family
  readonly ip: string
  readonly port: number
  /** The port in network order, as a little-endian machine reads it from memory. */
  readonly netPort: number
  /** The address as 32-bit integers in memory order; an IPv4 address has the first one only. */
  readonly word0: number
  readonly word1: number
  readonly word2: number
  readonly word3: number
  /** Key of hash tables: an integer of 30 bits. */
  readonly hash: number

  /** @param ip canonical text without a zone */
  constructor(ip: string, port: number) {
    this.family = familyOf(ip)
    this.ip = ip
    this.port = port
    this.netPort = swapBytes(port)
    const bytes = new Uint8Array(16)
    bytes.set(parseIp(ip))
    const words = new Int32Array(bytes.buffer)
    this.word0 = words[0]!
    this.word1 = words[1]!
    this.word2 = words[2]!
    this.word3 = words[3]!
    this.hash = hashAddress(this.netPort, this.word0, this.word1, this.word2, this.word3)
  }

  /** Returns the address that four words hold. */
  static fromWords(family: Family, netPort: number, words: Int32Array): BinaryAddress {
    const bytes = new Uint8Array(words.slice(0, family === 4 ? 1 : 4).buffer)
    return new BinaryAddress(formatIp(bytes), swapBytes(netPort))
  }
}

/** Converts a port between host order and network order. */
export const swapBytes = (port: number): number => ((port & 0xff) << 8) | (port >> 8)

/** Random odd factors of this thread, one for each word and one for the port. */
const factors = randomInt32s(5)
const [factor0, factor1, factor2, factor3, portFactor] = factors as [number, number, number, number, number]

/**
 * Returns the hash of an address, as an integer of 30 bits, which V8 stores without an object. The factors are secret,
 * so a client cannot choose addresses that share a hash.
 */
export function hashAddress(netPort: number, word0: number, word1: number, word2: number, word3: number): number {
  const sum =
    Math.imul(word0, factor0) +
    Math.imul(word1, factor1) +
    Math.imul(word2, factor2) +
    Math.imul(word3, factor3) +
    Math.imul(netPort, portFactor)
  return sum >>> 2
}

function randomInt32s(count: number): number[] {
  return Array.from(crypto.getRandomValues(new Int32Array(count)), (value) => value | 1)
}
