import { randomBytes } from 'node:crypto'
import { networkKey } from '../../turn/index.ts'
import type { TokenBucket } from '../limits/tokenBucket.ts'
import { ApiError } from '../common/apiError.ts'
import type { Access } from '../net/trustedProxies.ts'
import type { SeatClaim } from '../rooms/seatClaim.ts'
import type { LobbyVisit } from '../rooms/preparations.ts'

type ClientSessionOptions = Pick<ClientSession, 'serverHost' | 'address' | 'callBudget' | 'frameBudget'> & {
  access?: Access
  nowMs: number
}

/** The state of one socket's client. There may be thousands, so a session holds as little as possible. */
export class ClientSession {
  /** Host and port by which the client knows this server (trustedProxies.ts). */
  readonly serverHost: string
  readonly access: Access
  /** The client's rate limit key: an IPv4 address or an IPv6 /64. */
  readonly address: string
  readonly callBudget: TokenBucket
  readonly frameBudget: TokenBucket
  lastMessageAt: number
  hasSentMessage = false
  /** When the last unanswered ping was sent; null while none is pending. */
  pingSentAt: number | null = null
  /** When the send buffer became congested; null while it is not. */
  backpressuredSince: number | null = null
  /** Bytes of an incomplete message. */
  partialMessageBytes = 0
  /** Bytes of the complete frames read since the last TCP chunk. */
  completeFrameBytes = 0
  /** Tokens for failed joins and for new rooms (rateLimiter.ts); null before the first. */
  failedJoinBudget: TokenBucket | null = null
  roomCreationBudget: TokenBucket | null = null
  isClosing = false
  /** The socket is closed. */
  isClosed = false
  /** The browser closed the socket because it leaves the page (code 1001). */
  hasLeftPage = false
  /** The newest running visit of a room. Only it may prepare a connection. */
  lobbyVisit: LobbyVisit | null = null
  #relayId: string | null = null
  #networkPrefix: string | null = null
  #claims: SeatClaim[] = []
  #pendingJoin: Promise<unknown> | null = null

  constructor({ serverHost, access = 'direct', address, callBudget, frameBudget, nowMs }: ClientSessionOptions) {
    this.serverHost = serverHost
    this.access = access
    this.address = address
    this.callBudget = callBudget
    this.frameBudget = frameBudget
    this.lastMessageAt = nowMs
  }

  /** Call for each received message. Clears the pending ping. */
  recordMessage(nowMs: number): void {
    this.lastMessageAt = nowMs
    this.hasSentMessage = true
    this.pingSentAt = null
  }

  /** Identifies this socket to the relay, which counts quotas by it. All credentials of the socket share this id. */
  get relayId(): string {
    return (this.#relayId ??= randomBytes(9).toString('base64url'))
  }

  /** The client's network, for limits on shared resources: an IPv4 address or an IPv6 /48. */
  get networkPrefix(): string {
    return (this.#networkPrefix ??= networkKey(this.address.replace(/\/64$/, ''), 48))
  }

  /** True while this socket holds a seat, in any room. Such a socket gets the longer TURN credentials. */
  get hasSeat(): boolean {
    return this.#claims.length > 0
  }

  /** The seat that this socket claims in a room. */
  findSeat(room: string): SeatClaim | undefined {
    return this.#claims.find((claim) => claim.room === room)
  }

  /** Waits for a pending join, so that a client can leave a room that it is still joining. Never rejects. */
  async awaitSeat(room: string): Promise<SeatClaim | undefined> {
    await this.#pendingJoin?.catch(() => undefined)
    return this.findSeat(room)
  }

  /** @throws {ApiError} `not-joined` without a seat in this room */
  requireSeat(room: string): SeatClaim {
    const claim = this.findSeat(room)
    if (!claim) throw new ApiError('not-joined')
    return claim
  }

  /** Adds the seat that a join gives. A newer join of the same room replaces the older claim. */
  async trackJoin<E extends { claim: SeatClaim }>(joining: Promise<E>): Promise<E> {
    const pendingJoin = (this.#pendingJoin = joining)
    try {
      const admission = await joining
      this.#claims = [...this.#claims.filter(({ room }) => room !== admission.claim.room), admission.claim]
      return admission
    } finally {
      if (this.#pendingJoin === pendingJoin) this.#pendingJoin = null
    }
  }

  /** Removes a claim. A newer claim of the same room stays. */
  releaseSeat(claim: SeatClaim): void {
    this.#claims = this.#claims.filter((other) => other !== claim)
  }
}
