import type { RoomMachineEvent } from '../../machines/room/roomEvents.ts'
import { takenSeats } from '../../machines/room/seats.ts'
import { serverLimits, type Limits } from '../../machines/protocol/limits.ts'
import type { RoomView } from '../../machines/protocol/messages.ts'
import { ApiError } from '../common/apiError.ts'
import type { Clock } from '../common/clock.ts'
import type { SharedRate, SharedRates } from '../limits/sharedRates.ts'
import { TokenBuckets } from '../limits/tokenBuckets.ts'
import { type RoomSnapshot, viewPreparation } from './admission.ts'
import type { SeatClaim } from './seatClaim.ts'
import type { PreparationOffer, Store } from './store.ts'

/** Interval of the sweep of token buckets, in ms. */
const sweepIntervalMs = 60_000

/** A running visit, as far as it prepares a connection. */
export interface LobbyVisit {
  readonly room: string
  /** SHA-256 of the join key of a visitor that asks; null for a visitor that only looks. */
  readonly keyHash: string | null
  /** Hash of the visitor's network. */
  readonly source: string
  /** The attempt that this visit has, and the holder's offer; null without one. */
  current: { id: number; offer?: string | undefined } | null
  /** The visit has ended. */
  isOver: boolean
  /** Call after a change of `current`. */
  notify(): void
}

export type PreparationLimits = Pick<Limits, 'preparationsPerRoomPerMinute'>

/** The part of the room service that preparations use. */
interface Rooms {
  readonly store: Store
  load(room: string): Promise<RoomSnapshot>
  /** Resolves with the room after the event; null if the event changed nothing. */
  apply(room: string, event: RoomMachineEvent): Promise<RoomSnapshot | null>
  /** Ends the attempt with this id, also after an outage of the store. */
  endPreparation(room: string, id: number): Promise<void>
}

/**
 * Relays the descriptions of preparations between the waiting holder and one visitor in the lobby. The room machine
 * decides which visitor has the attempt. Each attempt has one offer and one answer.
 */
export class Preparations {
  readonly #rooms: Rooms
  readonly #clock: Clock
  /** Tokens for requests, by room. */
  readonly #requests: TokenBuckets
  readonly #sharedRequests: SharedRate | undefined
  /** One token for the offer and one for the answer of an attempt. */
  readonly #descriptions = new TokenBuckets(1, 1 / 600)

  /** @param rates the limit of requests of all servers together */
  constructor(
    rooms: Rooms,
    clock: Clock,
    { preparationsPerRoomPerMinute }: PreparationLimits = serverLimits,
    rates?: Pick<SharedRates, 'preparations'>,
  ) {
    this.#sharedRequests = rates?.preparations
    this.#rooms = rooms
    this.#clock = clock
    this.#requests = new TokenBuckets(preparationsPerRoomPerMinute, preparationsPerRoomPerMinute / 60)
  }

  /** The preparation as this visit sees it now. */
  async view(visit: LobbyVisit): Promise<RoomView['preparation']> {
    const { keyHash, source, current } = visit
    return viewPreparation(await this.#rooms.load(visit.room), { keyHash, source }, current, this.#clock.now())
  }

  /**
   * Starts an attempt for this visit. Does nothing if the visitor may not have one now.
   * @throws {ApiError} `throttled`
   */
  async request(visit: LobbyVisit): Promise<void> {
    const { room, keyHash, source } = visit
    const event = { type: 'preparation.requested', keyHash, source, at: this.#clock.now() } as const
    if (!(await this.#rooms.load(room)).can(event)) return
    if (!this.#requests.take(room, event.at) || (await this.#sharedRequests?.take(room)) === false)
      throw new ApiError('throttled')
    const after = await this.#rooms.apply(room, event)
    const id = after?.context.door.preparation?.id
    if (id === undefined) return
    visit.current = { id }
    if (visit.isOver) return this.endByVisitor(visit)
    visit.notify()
  }

  /**
   * Relays the holder's offer to the visitor of this attempt.
   * @throws {ApiError} `throttled` for a second offer
   */
  async offer({ room, seat, epoch }: SeatClaim, id: number, sdp: string): Promise<void> {
    const { context } = await this.#rooms.load(room)
    if (context.seats[seat]?.epoch !== epoch || context.door.preparation?.id !== id) return
    this.#takeDescription(`${room} ${id} offer`)
    await this.#rooms.store.publishOffer(room, { id, sdp })
  }

  /**
   * Relays the visitor's answer to the waiting holder.
   * @throws {ApiError} `throttled` for a second answer
   */
  async answer({ room, current }: LobbyVisit, id: number, sdp: string): Promise<void> {
    const { context } = await this.#rooms.load(room)
    const [holder] = takenSeats(context)
    if (!holder || current?.id !== id || current.offer === undefined || context.door.preparation?.id !== id) return
    this.#takeDescription(`${room} ${id} answer`)
    await this.#rooms.store.publishTransient(room, holder, { type: 'preparation.answered', preparation: id, sdp })
  }

  /** Ends the attempt of the waiting holder. Does nothing if it has ended. */
  async endByHolder({ room, seat, epoch }: SeatClaim, id: number): Promise<void> {
    const { context } = await this.#rooms.load(room)
    if (context.seats[seat]?.epoch === epoch) await this.#rooms.apply(room, { type: 'preparation.ended', id })
  }

  /** Call when a visit ends. */
  async leave(visit: LobbyVisit): Promise<void> {
    visit.isOver = true
    await this.endByVisitor(visit)
  }

  /** Ends the attempt of this visit, if it has one. */
  async endByVisitor(visit: LobbyVisit): Promise<void> {
    const { current } = visit
    visit.current = null
    if (current) await this.#rooms.endPreparation(visit.room, current.id)
  }

  /** Starts the sweep of full token buckets; returns a function that stops it. */
  start(): () => void {
    return this.#clock.every(sweepIntervalMs, () => {
      for (const buckets of [this.#requests, this.#descriptions]) buckets.prune(this.#clock.now())
    })
  }

  #takeDescription(name: string): void {
    if (!this.#descriptions.take(name, this.#clock.now())) throw new ApiError('throttled')
  }
}

/** Stores an offer with the visit that it is for. Ignores an offer to another visit. */
export function receiveOffer(visit: LobbyVisit, { id, sdp }: PreparationOffer): void {
  if (visit.current?.id !== id) return
  visit.current = { id, offer: sdp }
  visit.notify()
}
