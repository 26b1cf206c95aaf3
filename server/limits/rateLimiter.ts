import { serverLimits } from '../../machines/protocol/limits.ts'
import { TokenBucket } from './tokenBucket.ts'
import { TokenBuckets } from './tokenBuckets.ts'

/** Allowed failed joins and new rooms. Buckets refill evenly over `windowSeconds`. */
export interface RateLimits {
  /** Failed joins (`full`, `seat-lost`) per address. A socket has a fixed share of them. */
  failedJoins: number
  /** Rooms per address. A socket has a fixed share of them. Guessing room names creates every wrong one. */
  createdRooms: number
  windowSeconds: number
}

const {
  failedJoinsPerAddressPerMinute,
  failedJoinsPerSocketPerMinute,
  newRoomsPerAddressPerMinute,
  newRoomsPerSocketPerMinute,
} = serverLimits

export const defaultRateLimits: RateLimits = {
  failedJoins: failedJoinsPerAddressPerMinute,
  createdRooms: newRoomsPerAddressPerMinute,
  windowSeconds: 60,
}

/** Below this share of its tokens an address admits only sockets without a failure, so each guess costs a socket. */
const scarcityThreshold = 0.5

/** The part of a socket's session that the rate limiter uses. The budgets of a socket are stored on its session. */
interface RateLimitedClient {
  readonly address: string
  /** Tokens for failed joins; null before the first failure. */
  failedJoinBudget: TokenBucket | null
  /** Tokens for new rooms; null before the first room. */
  roomCreationBudget: TokenBucket | null
}

/**
 * Rate limiter per client address: too many failed joins, or too many new rooms, block new joins for a while.
 * A socket reaches its own limit first, so one guessing client does not block the others behind the same address.
 * An address may fail 30 times as often as a socket, and may create 4 times as many rooms.
 */
export class RateLimiter {
  readonly #limits: RateLimits
  readonly #failedJoins: TokenBuckets
  readonly #createdRooms: TokenBuckets

  constructor(limits: RateLimits) {
    const { failedJoins, createdRooms, windowSeconds } = limits
    this.#limits = limits
    this.#failedJoins = new TokenBuckets(failedJoins, failedJoins / windowSeconds)
    this.#createdRooms = new TokenBuckets(createdRooms, createdRooms / windowSeconds)
  }

  /** True if this client may join a room now without a seat token. */
  isAllowed({ address, failedJoinBudget, roomCreationBudget }: RateLimitedClient, nowMs: number): boolean {
    return (
      hasToken(failedJoinBudget, this.#failedJoins.remainingShare(address, nowMs), this.#limits.failedJoins, nowMs) &&
      hasToken(roomCreationBudget, this.#createdRooms.remainingShare(address, nowMs), this.#limits.createdRooms, nowMs)
    )
  }

  /** Call when a join without a valid token failed. Malformed room names do not count. */
  recordFailure(client: RateLimitedClient, nowMs: number): void {
    client.failedJoinBudget ??= this.#createSocketBudget(
      this.#limits.failedJoins,
      failedJoinsPerSocketPerMinute / failedJoinsPerAddressPerMinute,
      nowMs,
    )
    client.failedJoinBudget.take(nowMs)
    this.#failedJoins.take(client.address, nowMs)
  }

  /** Call when a join created a room. */
  recordRoomCreated(client: RateLimitedClient, nowMs: number): void {
    client.roomCreationBudget ??= this.#createSocketBudget(
      this.#limits.createdRooms,
      newRoomsPerSocketPerMinute / newRoomsPerAddressPerMinute,
      nowMs,
    )
    client.roomCreationBudget.take(nowMs)
    this.#createdRooms.take(client.address, nowMs)
  }

  /** Removes addresses whose buckets are full again. */
  prune(nowMs: number): void {
    this.#failedJoins.prune(nowMs)
    this.#createdRooms.prune(nowMs)
  }

  #createSocketBudget(capacity: number, share: number, nowMs: number): TokenBucket {
    const socketCapacity = Math.ceil(capacity * share)
    return new TokenBucket(socketCapacity, socketCapacity / this.#limits.windowSeconds, nowMs)
  }
}

function hasToken(socketBudget: TokenBucket | null, addressShare: number, capacity: number, nowMs: number): boolean {
  if (addressShare * capacity < 1) return false
  return (
    socketBudget === null ||
    socketBudget.isFull(nowMs) ||
    (socketBudget.tokensAt(nowMs) >= 1 && addressShare > scarcityThreshold)
  )
}
