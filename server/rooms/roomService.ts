import { randomBytes } from 'node:crypto'
import { transition } from 'xstate'
import { room as machine, type RoomEffect, type RoomFact } from '../../machines/room/roomMachine.ts'
import { serverLimits } from '../../machines/protocol/limits.ts'
import { dueAt, seatNames, seatOf } from '../../machines/room/seats.ts'
import type { TraceLine } from '../../machines/protocol/traceLine.ts'
import type { PeerMessage, SeatName } from '../../machines/protocol/messages.ts'
import type { Clock } from '../common/clock.ts'
import { type ArrivalFact, type Entrance, entranceOf, factOf, type Room, type VisitInput } from './admission.ts'
import type { Hold } from './startHold.ts'
import { type Log, tagOf } from '../common/log.ts'
import { Refusal } from '../common/apiError.ts'
import type { Marks, RoomQuota, RoomState, Store, StoredRoom } from './store.ts'
import { lineOfFact, lineOfMessage } from './roomTrace.ts'
import { hashOf, Tokens } from './tokens.ts'
import type { Stay } from './seatClaim.ts'

/** How often a write may be overtaken by others before the room counts as too busy. */
const attempts = 100
/** How often the server looks for what is due in its rooms. */
export const sweepMs = 1_000

export type RoomLimits = { [K in 'roomsTotal' | 'roomsReserved' | 'roomsHeldPerAddress']: number }

type Onlooker = (room: string, line: TraceLine) => void

interface Applied<F extends RoomFact = RoomFact> {
  fact: F
  room: Room
  marks: Marks
  line: TraceLine
}

/** Applies facts to rooms, wherever they live: read, ask the machine, write if nobody else did meanwhile. */
export class Rooms {
  readonly store: Store
  /** Messages that came once more, and were not taken again. */
  repeated = 0
  readonly #clock: Clock
  readonly #log: Log
  readonly #onlookers = new Set<Onlooker>()
  readonly #tokens: Tokens
  readonly #hold: Hold | null
  readonly #limits: RoomLimits

  /**
   * @param tokens by default signed with a secret of this run alone
   * @param hold keeps strangers waiting after a start that knows nothing of the rooms before it
   */
  constructor({ store, clock, log, tokens, hold, limits }: {
    store: Store; clock: Clock; log: Log; tokens?: Tokens; hold?: Hold | null; limits?: RoomLimits | undefined
  }) {
    this.store = store
    this.#clock = clock
    this.#log = log
    this.#tokens = tokens ?? new Tokens([randomBytes(32)])
    this.#hold = hold ?? null
    this.#limits = limits ?? serverLimits
  }

  /**
   * Gives a visitor a seat, or back the one that is theirs. A stranger may have to wait until holders are back; the signal ends that.
   * @param network of the visitor, to which a room that it makes is counted
   */
  async enter(visit: VisitInput, isWelcome: boolean, signal?: AbortSignal, network = ''): Promise<Entrance> {
    const claim = visit.token ? this.#tokens.read(visit.room, visit.token) : null
    const isFormer = visit.former ? this.#tokens.read(visit.room, visit.former) !== null : false
    if (!claim) await this.#hold?.passed(signal)
    let token = ''
    const issue = (seat: SeatName, epoch: number): string => hashOf(token = this.#tokens.issue(visit.room, seat, epoch))
    const decide = (room: Room): ArrivalFact => factOf(room, visit, { isWelcome, claim, isFormer, at: this.#clock.now(), issue })
    const applied = await this.#apply(visit.room, decide, ({ type }) => this.#quotaOf(type, network))
    const seat = applied && seatOf(applied.room.context, hashOf(token))
    if (!seat) throw new Error('the room gave no seat')
    const { room, marks, fact, line } = applied
    return { ...entranceOf(room, visit, token, fact, marks[seat]), line }
  }

  /** Passes a message on to the other seat. Answers how many of this holder's the server has. @param address of the holder */
  async say(stay: Stay, n: number, message: PeerMessage, address?: string): Promise<number> {
    const answer = await this.store.say(stay, n, message, address)
    if (typeof answer === 'string') throw new Refusal(answer)
    if (answer.isNew) await this.#tellMessage(stay, message)
    else this.repeated += 1
    return answer.said
  }

  async report({ room, seat, epoch }: Stay, media: 'flowing' | 'stopped'): Promise<void> {
    await this.#apply(room, () => ({ type: media === 'flowing' ? 'media.flowed' : 'media.stopped', seat, epoch }))
  }

  /**
   * Who has left already, or never came, is gone either way.
   * @param mayReturn the page was closed, perhaps only to be loaded again
   */
  async leave(stay: Stay | undefined, mayReturn: boolean): Promise<void> {
    if (!stay) return
    const { room, seat, epoch } = stay
    await this.#apply(room, () => ({ type: mayReturn ? 'page.closed' : 'holder.left', seat, epoch }))
  }

  /** The socket of a stay is gone. A newer one may have taken over already: the machine knows by the epoch. */
  async close({ room, seat, epoch }: Stay): Promise<void> {
    await this.#apply(room, () => ({ type: 'socket.closed', seat, epoch, at: this.#clock.now() }))
  }

  /** Lets time pass in the rooms where someone is away; returns what stops it. */
  start(): () => void {
    return this.#clock.every(sweepMs, () => {
      this.#passTime().catch((err: unknown) => this.#log.error({ err }, 'rooms could not be swept'))
    })
  }

  async #passTime(): Promise<void> {
    const at = this.#clock.now()
    for (const room of await this.store.due(at)) await this.#apply(room, () => ({ type: 'time.passed', at }))
  }

  /** A holder from before a crash finds room that strangers have to leave. */
  #quotaOf(type: RoomFact['type'], address: string): RoomQuota | undefined {
    const { roomsTotal, roomsReserved, roomsHeldPerAddress } = this.#limits
    if (type === 'visitor.entered') return { address, perAddress: roomsHeldPerAddress, total: roomsTotal - roomsReserved }
    return type === 'holder.restored' ? { address, perAddress: Infinity, total: roomsTotal } : undefined
  }

  /**
   * @param decide throws to refuse; may be asked again when somebody else was quicker
   * @param quotaOf how many rooms there may be for a fact that makes one
   */
  async #apply<F extends RoomFact>(name: string, decide: (room: Room) => F, quotaOf?: (fact: F) => RoomQuota | undefined): Promise<Applied<F> | null> {
    for (let attempt = 0; attempt < attempts; attempt++) {
      const stored = await this.store.load(name)
      const before = revive(stored)
      const fact = decide(before)
      const [room, actions] = transition(machine, before, fact)
      if (room === before) return null
      const marks = await this.store.commit(name, {
        version: stored.version, state: room.value as RoomState, context: room.context,
        dueAt: dueAt(room.context), effects: actions.flatMap(effectOf), quota: quotaOf?.(fact),
      })
      if (marks) {
        this.#note(name, fact, before, room)
        return { fact, room, marks, line: this.#tell(name, lineOfFact(fact, before, room)) }
      }
    }
    throw new Refusal('unavailable')
  }

  #note(name: string, fact: RoomFact, before: Room, after: Room): void {
    const level = fact.type.startsWith('media') && before.value === after.value ? 'debug' : 'info'
    const seat = 'seat' in fact ? fact.seat : undefined
    this.#log[level]({ room: tagOf(name), seat, was: before.value, is: after.value }, fact.type)
  }

  /** Of what crosses the room, its kind alone. What is said about looking on is not told: it would tell of itself. */
  async #tellMessage({ room: name, seat }: Stay, message: PeerMessage): Promise<void> {
    if (message.type === 'watch' || message.type === 'trace') return
    const { state } = await this.store.load(name)
    this.#tell(name, lineOfMessage(message, seat, state))
  }

  /** Calls with every line of every room. Returns its undo. */
  watch(hear: Onlooker): () => void {
    this.#onlookers.add(hear)
    return () => void this.#onlookers.delete(hear)
  }

  /** Tells both holders what happened in their room, should they have asked. */
  #tell(name: string, line: TraceLine): TraceLine {
    for (const hear of this.#onlookers) hear(name, line)
    for (const seat of seatNames) {
      this.store.whisper(name, seat, { type: 'log', line }).catch((err: unknown) => this.#log.error({ err }, 'a line was not told'))
    }
    return line
  }
}

const revive = ({ state, context }: StoredRoom): Room => machine.resolveState({ value: state, context })

/** What `emit` of the machine leaves in the list of actions. */
const effectOf = (action: { type: string; params?: unknown }): RoomEffect[] =>
  action.type === 'xstate.emit' ? [(action.params as { event: RoomEffect }).event] : []
