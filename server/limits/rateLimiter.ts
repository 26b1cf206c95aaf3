import { serverLimits, type Limits } from '../../machines/protocol/limits.ts'
import { TokenBucket } from './tokenBucket.ts'
import { TokenBuckets } from './tokenBuckets.ts'

type JoinLimits = Pick<
  Limits,
  | 'failedJoinsPerSocketPerMinute'
  | 'failedJoinsPerAddressPerMinute'
  | 'newRoomsPerSocketPerMinute'
  | 'newRoomsPerAddressPerMinute'
>

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
  readonly #limits: JoinLimits
  readonly #failedJoins: TokenBuckets
  readonly #createdRooms: TokenBuckets

  constructor(limits: JoinLimits = serverLimits) {
    const { failedJoinsPerAddressPerMinute, newRoomsPerAddressPerMinute } = limits
    this.#limits = limits
    this.#failedJoins = new TokenBuckets(failedJoinsPerAddressPerMinute, failedJoinsPerAddressPerMinute / 60)
    this.#createdRooms = new TokenBuckets(newRoomsPerAddressPerMinute, newRoomsPerAddressPerMinute / 60)
  }

  /** True if this client may join a room now without a seat token. */
  isAllowed({ address, failedJoinBudget, roomCreationBudget }: RateLimitedClient, nowMs: number): boolean {
    const { failedJoinsPerAddressPerMinute, newRoomsPerAddressPerMinute } = this.#limits
    const failedJoinShare = this.#failedJoins.remainingShare(address, nowMs)
    const createdRoomShare = this.#createdRooms.remainingShare(address, nowMs)
    return (
      hasToken(failedJoinBudget, failedJoinShare, failedJoinsPerAddressPerMinute, nowMs) &&
      hasToken(roomCreationBudget, createdRoomShare, newRoomsPerAddressPerMinute, nowMs)
    )
  }

  /** Call when a join without a valid token failed. Malformed room names do not count. */
  recordFailure(client: RateLimitedClient, nowMs: number): void {
    client.failedJoinBudget ??= createSocketBudget(this.#limits.failedJoinsPerSocketPerMinute, nowMs)
    client.failedJoinBudget.take(nowMs)
    this.#failedJoins.take(client.address, nowMs)
  }

  /** Call when a join created a room. */
  recordRoomCreated(client: RateLimitedClient, nowMs: number): void {
    client.roomCreationBudget ??= createSocketBudget(this.#limits.newRoomsPerSocketPerMinute, nowMs)
    client.roomCreationBudget.take(nowMs)
    this.#createdRooms.take(client.address, nowMs)
  }

  /** Removes addresses whose buckets are full again. */
  prune(nowMs: number): void {
    this.#failedJoins.prune(nowMs)
    this.#createdRooms.prune(nowMs)
  }
}

const createSocketBudget = (perMinute: number, nowMs: number): TokenBucket =>
  new TokenBucket(perMinute, perMinute / 60, nowMs)

function hasToken(socketBudget: TokenBucket | null, addressShare: number, capacity: number, nowMs: number): boolean {
  if (addressShare * capacity < 1) return false
  return (
    socketBudget === null ||
    socketBudget.isFull(nowMs) ||
    (socketBudget.tokensAt(nowMs) >= 1 && addressShare > scarcityThreshold)
  )
}
