import type { SeatName } from '../machines/wire.ts'
import type { Bucket } from './bucket.ts'
import { Refusal } from './refusal.ts'

/** A seat as one socket holds it: what it does counts as long as the epoch is the seat's newest. */
export interface Stay {
  readonly room: string
  readonly seat: SeatName
  readonly epoch: number
}

/** Who is at the other end of one socket. There may be thousands, so this holds what is needed and no more. */
export class Visitor {
  /** The `Host` that was asked for: the name under which this server is known to them. */
  readonly host: string
  /** Where they come from, as far as it counts for the throttle. */
  readonly address: string
  /** They sit at the server's own machine. */
  readonly isLocal: boolean
  readonly bucket: Bucket
  subscriptions = 0
  /** When something was last heard of them; whether they said anything at all; when they were asked if they are there. */
  heardAt: number
  hasSpoken = false
  askedAt: number | null = null
  #stays: Stay[] = []

  constructor({ host, address, isLocal, bucket, at }: { host: string; address: string; isLocal: boolean; bucket: Bucket; at: number }) {
    this.host = host
    this.address = address
    this.isLocal = isLocal
    this.bucket = bucket
    this.heardAt = at
  }

  findStay(room: string): Stay | undefined {
    return this.#stays.find((stay) => stay.room === room)
  }

  /** For what is done from a seat: without one there is nothing to do it from. */
  stayIn(room: string): Stay {
    const stay = this.findStay(room)
    if (!stay) throw new Refusal('not-ready')
    return stay
  }

  /** One stay per room: a newer visit of the same socket takes the place of the older. */
  enter(stay: Stay): void {
    this.#stays = [...this.#stays.filter(({ room }) => room !== stay.room), stay]
  }

  exit(stay: Stay): void {
    this.#stays = this.#stays.filter((other) => other !== stay)
  }
}
