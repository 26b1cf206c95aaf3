import { randomBytes } from 'node:crypto'
import { networkKey } from '../../turn/index.ts'
import type { Bucket } from '../limits/tokenBucket.ts'
import { Refusal } from '../common/apiError.ts'
import type { Stay } from '../rooms/seatClaim.ts'

type VisitorStart = Pick<Visitor, 'host' | 'address' | 'calls' | 'frames'> & { at: number }

/** Who is at the other end of one socket. There may be thousands, so this holds what is needed and no more. */
export class Visitor {
  /** Host and port by which the visitor knows this server (trustedProxies.ts). */
  readonly host: string
  /** Where they come from, as far as it counts for the throttle. */
  readonly address: string
  readonly calls: Bucket
  readonly frames: Bucket
  heardAt: number
  hasSpoken = false
  /** When they were asked whether they are still there; null while they need not be. */
  askedAt: number | null = null
  /** Since when they do not take what they are sent. */
  cloggedAt: number | null = null
  /** Bytes of a message that is not whole yet. */
  unreadBytes = 0
  /** Bytes of the messages that were read since the last chunk. */
  readBytes = 0
  /** Its refused seats and the rooms that it made (rateLimiter.ts); null before the first. */
  guesses: Bucket | null = null
  roomsMade: Bucket | null = null
  isParting = false
  /** Their browser closed the socket because it leaves the page. */
  hasGone = false
  #relayId: string | null = null
  #stays: Stay[] = []
  #entering: Promise<unknown> | null = null

  constructor({ host, address, calls, frames, at }: VisitorStart) {
    this.host = host
    this.address = address
    this.calls = calls
    this.frames = frames
    this.heardAt = at
  }

  hear(at: number): void {
    this.heardAt = at
    this.hasSpoken = true
    this.askedAt = null
  }

  /** Names this socket to the relay, whose quotas count by it: the same for all credentials that the socket is given. */
  get relayId(): string {
    return this.#relayId ??= randomBytes(9).toString('base64url')
  }

  /** The address as far as it counts for what everybody shares: an IPv4 address or an IPv6 /48. */
  get network(): string {
    return networkKey(this.address.replace(/\/64$/, ''), 48)
  }

  get hasSeat(): boolean {
    return this.#stays.length > 0
  }

  findStay(room: string): Stay | undefined {
    return this.#stays.find((stay) => stay.room === room)
  }

  /** For one who leaves while they enter: that is what they leave. */
  async awaitStay(room: string): Promise<Stay | undefined> {
    await this.#entering?.catch(() => undefined)
    return this.findStay(room)
  }

  /** For what is done from a seat: without one there is nothing to do it from. */
  stayIn(room: string): Stay {
    const stay = this.findStay(room)
    if (!stay) throw new Refusal('not-ready')
    return stay
  }

  /** One stay per room: a newer visit of the same socket takes the place of the older. */
  async enter<E extends { stay: Stay }>(entry: Promise<E>): Promise<E> {
    const entering = this.#entering = entry
    try {
      const entrance = await entry
      this.#stays = [...this.#stays.filter(({ room }) => room !== entrance.stay.room), entrance.stay]
      return entrance
    } finally {
      if (this.#entering === entering) this.#entering = null
    }
  }

  exit(stay: Stay): void {
    this.#stays = this.#stays.filter((other) => other !== stay)
  }
}
