import { serverLimits, type Limits } from '../../machines/protocol/limits.ts'
import { TokenBucket } from './tokenBucket.ts'
import { AddressBuckets, type ClientAddress, type SharedAddressRates } from './addressBuckets.ts'
import type { SharedRates } from './sharedRates.ts'

type JoinLimits = Pick<
  Limits,
  | 'failedJoinsPerSocketPerMinute'
  | 'failedJoinsPerAddressPerMinute'
  | 'newRoomsPerSocketPerMinute'
  | 'newRoomsPerAddressPerMinute'
  | 'addressBudgetsPerSite'
>

/**
 * Below this share of the tokens, of an address or its network, only sockets without a failure may join. Each guess
 * then costs a socket.
 */
const scarcityThreshold = 0.5

/** The part of a socket's session that the rate limiter uses. The budgets of a socket are stored on its session. */
interface RateLimitedClient extends ClientAddress {
  /** Tokens for failed joins; null before the first failure. */
  failedJoinBudget: TokenBucket | null
  /** Tokens for new rooms; null before the first room. */
  roomCreationBudget: TokenBucket | null
}

/**
 * Rate limiter per client address and IPv6 /48. Too many failed joins block joins for a while. Too many new rooms block
 * further new rooms only: a visitor still joins a room that exists. A blocked new room counts as a failed join, because
 * its error shows that the room does not exist.
 * A socket reaches its own limit first, so one guessing client does not block the others behind the same address.
 * An address may fail 30 times as often as a socket, and may create 4 times as many rooms. Concurrent joins are all
 * admitted with the last token. They leave a debt, so the rate holds.
 */
export class RateLimiter {
  readonly #limits: JoinLimits
  readonly #failedJoins: AddressBuckets
  readonly #createdRooms: AddressBuckets

  /** @param rates the limits of all servers together */
  constructor(limits: JoinLimits = serverLimits, rates?: SharedRates) {
    const createBuckets = (perMinute: number, shared?: SharedAddressRates): AddressBuckets =>
      new AddressBuckets({ capacity: perMinute, tokensPerSecond: perMinute / 60 }, limits.addressBudgetsPerSite, shared)
    this.#limits = limits
    this.#failedJoins = createBuckets(
      limits.failedJoinsPerAddressPerMinute,
      rates && { ofAddress: rates.failedJoins, ofSite: rates.failedJoinsOfSite },
    )
    this.#createdRooms = createBuckets(
      limits.newRoomsPerAddressPerMinute,
      rates && { ofAddress: rates.newRooms, ofSite: rates.newRoomsOfSite },
    )
  }

  /** True if this client may join a room now without a seat token. */
  mayJoin(client: RateLimitedClient, nowMs: number): boolean {
    return hasToken(client.failedJoinBudget, this.#failedJoins, client, nowMs)
  }

  /** True if this client may create a room now. */
  mayCreateRoom(client: RateLimitedClient, nowMs: number): boolean {
    return hasToken(client.roomCreationBudget, this.#createdRooms, client, nowMs)
  }

  /** Call when a join without a valid token failed, or when a new room was blocked. Malformed room names do not count. */
  recordFailure(client: RateLimitedClient, nowMs: number): void {
    client.failedJoinBudget ??= createSocketBudget(this.#limits.failedJoinsPerSocketPerMinute, nowMs)
    client.failedJoinBudget.charge(nowMs)
    this.#failedJoins.charge(client, nowMs)
  }

  /** Call when a join created a room. */
  recordRoomCreated(client: RateLimitedClient, nowMs: number): void {
    client.roomCreationBudget ??= createSocketBudget(this.#limits.newRoomsPerSocketPerMinute, nowMs)
    client.roomCreationBudget.charge(nowMs)
    this.#createdRooms.charge(client, nowMs)
  }

  /** Removes addresses whose buckets are full again. */
  prune(nowMs: number): void {
    this.#failedJoins.prune(nowMs)
    this.#createdRooms.prune(nowMs)
  }
}

const createSocketBudget = (perMinute: number, nowMs: number): TokenBucket =>
  new TokenBucket(perMinute, perMinute / 60, nowMs)

function hasToken(
  socketBudget: TokenBucket | null,
  addressBudgets: AddressBuckets,
  client: ClientAddress,
  nowMs: number,
): boolean {
  if (!addressBudgets.hasToken(client, nowMs)) return false
  return (
    socketBudget === null ||
    socketBudget.isFull(nowMs) ||
    (socketBudget.tokensAt(nowMs) >= 1 && addressBudgets.remainingShare(client, nowMs) > scarcityThreshold)
  )
}
