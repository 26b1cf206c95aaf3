import { createCipheriv, createDecipheriv, createHmac, timingSafeEqual } from 'node:crypto'
import { hashTags, shardCount } from './hashTags.ts'

/** 128 bits: two rooms never share an id. */
const idBytes = 16
const idCharacters = Math.ceil((idBytes * 8) / 6)
/** Of rooms, and of pseudonyms. */
const maxCachedNames = 10_000

/** The keys of a room. */
export interface RoomKeys {
  /** HMAC of the name. */
  readonly id: string
  /** The id and the encrypted name: any node with the same secret can read the name. */
  readonly ref: string
  /** The key of the hash. The functions derive the other keys of the room from it. */
  readonly room: string
}

/** The prefix of all keys of a shard. */
const shardPrefix = (shard: number): string => `duet:{${hashTags[shard]}}:`

/** The key of the hash of a room. @param id of the room */
export const roomKeyOf = (id: string): string =>
  `${shardPrefix(Buffer.from(id, 'base64url').readUInt16BE(0) % shardCount)}r:${id}`

/**
 * Derives keys from room names, which are capabilities: a dump of Redis contains no name in clear. The encryption is
 * deterministic: the HMAC of the name is its initialization vector, as in RFC 5297 §2.6 (SIV).
 */
export class RoomKeyring {
  readonly #macKey: Buffer
  readonly #cipherKey: Buffer
  readonly #cache = new Map<string, RoomKeys>()
  readonly #pseudonyms = new Map<string, string>()

  /** @param key 256 bits, the same at all nodes */
  constructor(key: Buffer) {
    const derive = (purpose: string): Buffer => createHmac('sha256', key).update(purpose).digest()
    this.#macKey = derive('room id')
    this.#cipherKey = derive('room name')
  }

  /** The keys of a room. */
  keysOf(name: string): RoomKeys {
    const known = this.#cache.get(name)
    if (known) return known
    const mac = this.#macOf(name)
    const cipher = createCipheriv('aes-256-ctr', this.#cipherKey, mac)
    const id = mac.toString('base64url')
    const ref = id + Buffer.concat([cipher.update(name), cipher.final()]).toString('base64url')
    const keys = { id, ref, room: roomKeyOf(id) }
    if (this.#cache.size >= maxCachedNames) this.#cache.clear()
    this.#cache.set(name, keys)
    return keys
  }

  /** The name of a room; null if another secret encrypted it. */
  nameOf(ref: string): string | null {
    const mac = Buffer.from(ref.slice(0, idCharacters), 'base64url')
    if (mac.length !== idBytes) return null
    const decipher = createDecipheriv('aes-256-ctr', this.#cipherKey, mac)
    const encrypted = Buffer.from(ref.slice(idCharacters), 'base64url')
    const name = Buffer.concat([decipher.update(encrypted), decipher.final()]).toString()
    return timingSafeEqual(this.#macOf(name), mac) ? name : null
  }

  /** A pseudonym of an address or a name for limits, so that a dump of Redis holds none. */
  pseudonymOf(name: string): string {
    const known = this.#pseudonyms.get(name)
    if (known) return known
    const pseudonym = this.#macOf(`network ${name}`).toString('base64url')
    if (this.#pseudonyms.size >= maxCachedNames) this.#pseudonyms.clear()
    this.#pseudonyms.set(name, pseudonym)
    return pseudonym
  }

  #macOf(text: string): Buffer {
    return createHmac('sha256', this.#macKey).update(text).digest().subarray(0, idBytes)
  }
}
