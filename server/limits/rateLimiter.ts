import { serverLimits } from '../../machines/protocol/limits.ts'
import { Bucket } from './tokenBucket.ts'
import { Buckets } from './tokenBuckets.ts'

/** What strangers may do before they are throttled. The tokens come back evenly over `perSeconds`. */
export interface ThrottleLimits {
  /** Refused seats (`full`, `seat-lost`) of one address; a socket has its share of them. */
  failures: number
  /** Rooms that one address makes by entering them; a socket has its share of them. To look for a room means to make all the others. */
  rooms: number
  perSeconds: number
}

const { guessesPerAddress, guessesPerSocket, roomsPerAddress, roomsPerSocket } = serverLimits

export const throttleLimits: ThrottleLimits = { failures: guessesPerAddress, rooms: roomsPerAddress, perSeconds: 60 }

/** From here on an address has only tokens for sockets that have not failed before: each further guess takes a socket of its own. */
const scarceShare = 0.5

/** What the throttle knows of one socket, and what it keeps there. */
interface Guesser {
  readonly address: string
  /** Its refused seats; null before the first. */
  guesses: Bucket | null
  /** The rooms that it made; null before the first. */
  roomsMade: Bucket | null
}

/**
 * Keeps strangers from guessing rooms and seats, and from filling the house. Limits bite the socket first, so that one who guesses
 * does not lock out the others behind the same address; the address has thirty times as much.
 */
export class Throttle {
  readonly #limits: ThrottleLimits
  readonly #failures: Buckets
  readonly #rooms: Buckets

  constructor(limits: ThrottleLimits) {
    const { failures, rooms, perSeconds } = limits
    this.#limits = limits
    this.#failures = new Buckets(failures, failures / perSeconds)
    this.#rooms = new Buckets(rooms, rooms / perSeconds)
  }

  /** True where a stranger may ask for a seat now. @param at in ms */
  isWelcome({ address, guesses, roomsMade }: Guesser, at: number): boolean {
    return hasToken(guesses, this.#failures.share(address, at), this.#limits.failures, at)
      && hasToken(roomsMade, this.#rooms.share(address, at), this.#limits.rooms, at)
  }

  /** A stranger was refused a seat in a room whose name is well-formed. */
  noteFailure(visitor: Guesser, at: number): void {
    visitor.guesses ??= this.#shareOf(this.#limits.failures, guessesPerSocket / guessesPerAddress, at)
    visitor.guesses.take(at)
    this.#failures.take(visitor.address, at)
  }

  /** A stranger made a room by entering it. */
  noteRoom(visitor: Guesser, at: number): void {
    visitor.roomsMade ??= this.#shareOf(this.#limits.rooms, roomsPerSocket / roomsPerAddress, at)
    visitor.roomsMade.take(at)
    this.#rooms.take(visitor.address, at)
  }

  /** Forgets addresses whose allowance is whole again. */
  prune(at: number): void {
    this.#failures.prune(at)
    this.#rooms.prune(at)
  }

  #shareOf(size: number, share: number, at: number): Bucket {
    const own = Math.ceil(size * share)
    return new Bucket(own, own / this.#limits.perSeconds, at)
  }
}

function hasToken(own: Bucket | null, share: number, size: number, at: number): boolean {
  if (share * size < 1) return false
  return own === null || own.isFull(at) || (own.level(at) >= 1 && share > scarceShare)
}
