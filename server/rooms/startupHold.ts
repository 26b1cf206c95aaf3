import { serverLimits, type Limits } from '../../machines/protocol/limits.ts'
import type { Clock } from '../common/clock.ts'
import { ApiError } from '../common/apiError.ts'
import { AddressUsage } from '../limits/addressUsage.ts'
import { EvictionOrder } from '../limits/evictionOrder.ts'

/**
 * How long joins without a seat token wait after a crash, in ms. The rooms of the previous run are unknown then.
 * The hold exceeds the longest reconnect delay of a page (7 s, `timeouts.reconnectDelaysMs`), so holders return first.
 */
export const startupHoldMs = 10_000

/**
 * Joins that continue in one turn of the event loop when the hold ends: 0.1 ms each. Rate limits count between turns,
 * so they admit at most this many joins too many.
 */
const joinsPerTurn = 10

export type HoldLimits = Pick<Limits, 'waitingJoins' | 'waitingJoinsPerNetwork'>

/** Delays new joins while holders return. */
export interface Hold {
  wait(network: string, signal?: AbortSignal): Promise<void>
}

interface WaitingJoin {
  /** An IPv4 address or an IPv6 /48. */
  readonly network: string
  resolve(): void
  reject(): void
}

/**
 * Delays new joins after the start. At the total limit a new join evicts the oldest one of the network with the most.
 * Joins with a seat token never wait.
 */
export class StartupHold implements Hold {
  #isHolding = true
  /** Oldest first. */
  readonly #waiting = new Set<WaitingJoin>()
  readonly #countByNetwork = new AddressUsage()
  readonly #limits: HoldLimits
  readonly #stopTimer: () => void
  readonly #evictionOrder = new EvictionOrder<WaitingJoin>({
    list: () => this.#waiting,
    getNetwork: ({ network }) => network,
    canEvict: (join) => this.#waiting.has(join),
  })

  constructor(clock: Clock, durationMs = startupHoldMs, limits: HoldLimits = serverLimits) {
    this.#limits = limits
    this.#stopTimer = clock.every(durationMs, () => this.release())
  }

  /**
   * Resolves when the hold ends.
   * @param network an IPv4 address or an IPv6 /48
   * @throws {ApiError} `unavailable` if the signal aborts first, if too many joins of the network wait, or if this one
   * is evicted
   */
  wait(network: string, signal?: AbortSignal): Promise<void> {
    if (!this.#isHolding) return Promise.resolve()
    if (signal?.aborted || this.#countByNetwork.usedBy(network) >= this.#limits.waitingJoinsPerNetwork)
      return Promise.reject(new ApiError('unavailable'))
    if (this.#waiting.size >= this.#limits.waitingJoins) this.#evictionOrder.next()?.reject()
    return new Promise((resolve, reject) => {
      const end = (settle: () => void) => (): void => {
        if (!this.#waiting.delete(join)) return
        this.#countByNetwork.add(network, -1)
        signal?.removeEventListener('abort', join.reject)
        settle()
      }
      const join: WaitingJoin = {
        network,
        resolve: end(resolve),
        reject: end(() => reject(new ApiError('unavailable'))),
      }
      this.#waiting.add(join)
      this.#countByNetwork.add(network, 1)
      signal?.addEventListener('abort', join.reject, { once: true })
    })
  }

  /** Ends the hold, also before its time. Waiting joins continue in the order of their arrival. May be called again. */
  release(): void {
    this.#stopTimer()
    if (!this.#isHolding) return
    this.#isHolding = false
    this.#continueJoins()
  }

  #continueJoins(): void {
    let count = 0
    for (const join of this.#waiting) {
      if (count++ === joinsPerTurn) return void setImmediate(() => this.#continueJoins())
      join.resolve()
    }
  }
}

/** Delays new joins after each loss of writes of a store that several servers share. */
export class LossHold implements Hold {
  #current: { lossMs: number; hold: StartupHold } | null = null
  readonly #clock: Clock
  readonly #readLossMs: () => number
  readonly #durationMs: number
  readonly #limits: HoldLimits

  /**
   * @param clock of the store
   * @param readLossMs returns the time of the last loss, in ms of the clock; 0 without one
   */
  constructor(clock: Clock, readLossMs: () => number, durationMs = startupHoldMs, limits: HoldLimits = serverLimits) {
    this.#clock = clock
    this.#readLossMs = readLossMs
    this.#durationMs = durationMs
    this.#limits = limits
  }

  /** Resolves when no hold lasts any more. @throws as `StartupHold.wait` does */
  async wait(network: string, signal?: AbortSignal): Promise<void> {
    let lossMs: number
    do {
      lossMs = this.#readLossMs()
      const restMs = lossMs + this.#durationMs - this.#clock.now()
      if (lossMs === 0 || restMs <= 0) return
      if (this.#current?.lossMs !== lossMs)
        this.#current = { lossMs, hold: new StartupHold(this.#clock, restMs, this.#limits) }
      await this.#current.hold.wait(network, signal)
    } while (lossMs !== this.#readLossMs())
  }

  /** Ends the hold, also before its time. */
  release(): void {
    this.#current?.hold.release()
  }
}
