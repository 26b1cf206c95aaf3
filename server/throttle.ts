import { isIPv6 } from 'node:net'
import { RateLimiterMemory } from 'rate-limiter-flexible'
import type { Code } from '../machines/wire.ts'

export interface ThrottleLimits {
  failures: number
  perSeconds: number
  blockSeconds: number
}

export const throttleLimits: ThrottleLimits = { failures: 30, perSeconds: 60, blockSeconds: 60 }

/** What one who looks for rooms or seats that are not theirs runs into. */
const failures: ReadonlySet<Code> = new Set<Code>(['bad-room', 'full', 'seat-lost'])

/** Keeps an address from guessing: after too many failures its strangers are not let in for a while. */
export class Throttle {
  readonly #limiter: RateLimiterMemory
  readonly #most: number

  constructor({ failures: most, perSeconds, blockSeconds }: ThrottleLimits) {
    this.#most = most
    this.#limiter = new RateLimiterMemory({ points: most, duration: perSeconds, blockDuration: blockSeconds })
  }

  async isWelcome(address: string): Promise<boolean> {
    const counted = await this.#limiter.get(address)
    return (counted?.consumedPoints ?? 0) < this.#most
  }

  async note(address: string, code: Code): Promise<void> {
    if (!failures.has(code)) return
    await this.#limiter.consume(address).catch(() => undefined)
  }
}

/** The part of an address that one household has: all of IPv4, the first 64 bits of IPv6. */
export function throttleKey(address: string): string {
  if (!isIPv6(address)) return address
  const [head = '', tail] = address.split('%')[0]?.split('::') ?? []
  const groups = head === '' ? [] : head.split(':')
  const rest = tail ? tail.split(':').length : 0
  const zeros = tail === undefined ? 0 : 8 - groups.length - rest
  return [...groups, ...Array<string>(zeros).fill('0'), ...(tail ? tail.split(':') : [])]
    .slice(0, 4).map((group) => parseInt(group, 16).toString(16)).join(':')
}
