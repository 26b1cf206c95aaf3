import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Address } from '../stun/ip.ts'

export const nonceLifetime = 600_000

/** Stateless: eight hex digits of Unix seconds, then a MAC of them with the client's address, under a key of this run. */
export class Nonces {
  readonly #key: Uint8Array

  constructor(key: Uint8Array) {
    this.#key = key
  }

  make(client: Address, now: number): string {
    const time = Math.floor(now / 1000).toString(16).padStart(8, '0')
    return time + this.#mac(client, time)
  }

  isFresh(nonce: string, client: Address, now: number): boolean {
    const time = nonce.slice(0, 8)
    const age = now - parseInt(time, 16) * 1000
    return age >= 0 && age < nonceLifetime && isSame(nonce.slice(8), this.#mac(client, time))
  }

  #mac({ ip, port }: Address, time: string): string {
    return createHmac('sha256', this.#key).update(`${ip} ${port} ${time}`).digest('base64url').slice(0, 22)
  }
}

function isSame(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)]
  return left.length === right.length && timingSafeEqual(left, right)
}
