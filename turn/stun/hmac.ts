import { createHmac, hash } from 'node:crypto'

/** The hashes of HMAC in STUN and TURN. */
export type HmacHash = 'sha1' | 'sha256'

/** Block size of both hashes, in bytes (RFC 2104 §2). */
const blockBytes = 64
const digestBytes = { sha1: 20, sha256: 32 } as const satisfies Record<HmacHash, number>
/** Longer messages are rare: control messages have 100 to 250 bytes. */
const maxScratchBytes = 2048

/**
 * Scratch memory of `computeHmac`: a padded key, then a message or a digest. Each call overwrites the key at its end.
 * `Buffer.allocUnsafe` has a pool, in which other buffers could show a key.
 */
const inner = Buffer.alloc(blockBytes + maxScratchBytes)
const outer = {
  sha1: Buffer.alloc(blockBytes + digestBytes.sha1),
  sha256: Buffer.alloc(blockBytes + digestBytes.sha256),
}
const empty = new Uint8Array()

/**
 * Returns the HMAC of `head` followed by `tail` (RFC 2104). Two one-shot hashes cost less than `createHmac`. That one
 * creates an object with a native context, which the garbage collector must free. The output `binary` is a string. It
 * costs half of the output `buffer`, which is memory outside of the heap.
 * @returns a slice of the pool of `Buffer.from`; to keep it would keep 8 KiB
 */
export function computeHmac(hashName: HmacHash, key: Uint8Array, head: Uint8Array, tail: Uint8Array = empty): Buffer {
  const bytes = head.length + tail.length
  if (key.length > blockBytes || bytes > maxScratchBytes)
    return createHmac(hashName, key).update(head).update(tail).digest()
  inner.set(head, blockBytes)
  inner.set(tail, blockBytes + head.length)
  const last = outer[hashName]
  writePads(key, last)
  last.write(hash(hashName, inner.subarray(0, blockBytes + bytes), 'binary'), blockBytes, 'binary')
  const digest = Buffer.from(hash(hashName, last, 'binary'), 'binary')
  inner.fill(0, 0, blockBytes)
  last.fill(0)
  return digest
}

/** Writes the key XOR ipad before the message, and the key XOR opad before the digest. */
function writePads(key: Uint8Array, last: Buffer): void {
  inner.fill(0x36, key.length, blockBytes)
  last.fill(0x5c, key.length, blockBytes)
  for (let i = 0; i < key.length; i++) {
    inner[i] = key[i]! ^ 0x36
    last[i] = key[i]! ^ 0x5c
  }
}

/** Returns the hash of a text, in memory of its own, to be kept as a key. */
export const computeKey = (hashName: 'md5' | 'sha256', text: string): Uint8Array =>
  Uint8Array.from(Buffer.from(hash(hashName, text, 'binary'), 'binary'))
