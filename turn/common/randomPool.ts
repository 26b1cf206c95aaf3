import { randomBytes } from 'node:crypto'

/** Bytes of one draw. It costs as much as two draws of four bytes. */
const poolBytes = 4096
/** Ports, tokens and transaction ids. Keys are longer, so they never lie in a pool. */
const maxPooledBytes = 16

/**
 * Returns a function like `randomBytes`, which serves up to 16 bytes from a pool. Each byte of the pool is used once
 * and then overwritten. The result is a copy with memory of its own.
 * @param draw a CSPRNG
 */
export function createRandomPool(draw: (bytes: number) => Uint8Array = randomBytes): (bytes: number) => Uint8Array {
  let pool: Uint8Array = new Uint8Array()
  let used = 0
  return (bytes) => {
    if (bytes > maxPooledBytes) return draw(bytes)
    if (used + bytes > pool.length) {
      pool = draw(poolBytes)
      used = 0
    }
    const result = Uint8Array.from(pool.subarray(used, used + bytes))
    pool.fill(0, used, used + bytes)
    used += bytes
    return result
  }
}
