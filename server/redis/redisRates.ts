import { RateLimiterMemory, RateLimiterRedis, type RateLimiterAbstract } from 'rate-limiter-flexible'
import { serverLimits } from '../../machines/protocol/limits.ts'
import type { Clock } from '../common/clock.ts'
import {
  type SharedRate,
  type SharedRateLimits,
  type SharedRateName,
  type SharedRates,
  sharedRatesPerMinute,
} from '../limits/sharedRates.ts'
import type { RedisConnection } from './connection.ts'
import type { RoomKeyring } from './roomKeys.ts'

const windowSeconds = 60

/** Creates the rate limits that all nodes of a Redis share. While Redis is down, each node counts alone. */
export function createRedisRates(
  connection: RedisConnection,
  keyring: RoomKeyring,
  clock: Clock,
  limits: SharedRateLimits = serverLimits,
): SharedRates {
  const rates = Object.entries(sharedRatesPerMinute(limits)).map(([name, points]) => {
    const limiter = new RateLimiterRedis({
      storeClient: connection.client,
      rejectIfRedisNotReady: true,
      keyPrefix: `duet:rate:${name}`,
      points,
      duration: windowSeconds,
      insuranceLimiter: new RateLimiterMemory({ points, duration: windowSeconds }),
    })
    return [name, new RedisRate(limiter, keyring, clock)]
  })
  return Object.fromEntries(rates) as Record<SharedRateName, SharedRate>
}

/** One rate limit in fixed windows of a minute, which begin with the first event of a key. */
class RedisRate implements SharedRate {
  readonly #limiter: RateLimiterAbstract
  readonly #keyring: RoomKeyring
  readonly #clock: Clock
  /** The state after the last event here, oldest first. */
  readonly #known = new Map<string, { share: number; untilMs: number }>()

  constructor(limiter: RateLimiterAbstract, keyring: RoomKeyring, clock: Clock) {
    this.#limiter = limiter
    this.#keyring = keyring
    this.#clock = clock
  }

  remainingShare(key: string): number {
    const known = this.#known.get(key)
    return known && known.untilMs > this.#clock.now() ? known.share : 1
  }

  async take(key: string): Promise<boolean> {
    try {
      const { consumedPoints, msBeforeNext } = await this.#limiter.penalty(this.#keyring.pseudonymOf(key))
      const share = 1 - consumedPoints / this.#limiter.points
      this.#remember(key, share, this.#clock.now() + msBeforeNext)
      return share >= 0
    } catch {
      // Neither Redis nor the insurance counted. The limit of this node still holds.
      return true
    }
  }

  #remember(key: string, share: number, untilMs: number): void {
    this.#known.delete(key)
    this.#known.set(key, { share, untilMs })
    const nowMs = this.#clock.now()
    for (const [oldest, { untilMs: end }] of this.#known) {
      if (end > nowMs && this.#known.size <= serverLimits.addressesPerTable) return
      this.#known.delete(oldest)
    }
  }
}
