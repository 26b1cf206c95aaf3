import type { HangupMessageReason, PeerMessage } from '../../machines/protocol/messages.ts'
import type { CallFailureReason } from '../../machines/protocol/vocabulary.ts'
import type { RoomMachineEvent } from '../../machines/room/roomEvents.ts'
import type { Clock } from '../common/clock.ts'
import { Histogram } from '../common/histogram.ts'
import type { RoomSnapshot } from './admission.ts'

/** The kind of a join, by its event: a new visitor, a holder with its token, or one of a lost room. */
const joinKinds = {
  'visitor.joined': 'new',
  'holder.resumed': 'resumed',
  'holder.restored': 'restored',
} as const satisfies { [Type in RoomMachineEvent['type']]?: string }

/** From 100 ms, a prepared connection, to one minute, several attempts of ICE; in seconds. */
const setupBoundsSeconds = [0.1, 0.25, 0.5, 1, 1.5, 2, 3, 5, 10, 20, 60]

/** A call that has not connected for this long, in ms, is not counted. Another server may have written its end. */
const maxSetupMs = 600_000

/** Counts joins, relayed messages and calls. A call begins when a new visitor takes the second seat of a room. */
export class RoomCounters {
  readonly joins = { new: 0, resumed: 0, restored: 0 }
  /** Relayed messages by type, without duplicates. */
  readonly messages: Partial<Record<PeerMessage['type'], number>> = {}
  /**
   * `connected`: both pages reported media. `left`: a person left before that. `lost`: a seat expired before that.
   */
  readonly calls = { connected: 0, left: 0, lost: 0 }
  /** Calls that a page gave up, by reason. Both pages of a call may report one. */
  readonly failures: Record<CallFailureReason | HangupMessageReason, number> = { failed: 0, lost: 0, unsupported: 0 }
  /** From the second join until both pages reported media, in seconds. */
  readonly setupSeconds = new Histogram(setupBoundsSeconds)
  /** Start times of the calls that have not connected yet, in ms, by room. */
  readonly #startedAtMs = new Map<string, number>()
  readonly #clock: Pick<Clock, 'now'>

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock
  }

  /** Counts a relayed message. A page whose browser has no peer connection says so when it hangs up. */
  recordMessage(message: PeerMessage): void {
    this.messages[message.type] = (this.messages[message.type] ?? 0) + 1
    if (message.type === 'hangup' && message.reason) this.failures[message.reason]++
  }

  /** Counts a failed call that a page reports. */
  recordFailure(reason: CallFailureReason): void {
    this.failures[reason]++
  }

  /** Counts a committed transition of a room. */
  recordTransition(name: string, { type }: RoomMachineEvent, before: RoomSnapshot, after: RoomSnapshot): void {
    if (type in joinKinds) this.joins[joinKinds[type as keyof typeof joinKinds]]++
    if (type === 'visitor.joined' && after.value === 'ready') this.#start(name)
    if (before.value === after.value) return
    const startedAtMs = this.#startedAtMs.get(name)
    if (startedAtMs === undefined || after.value === 'ready') return
    this.#startedAtMs.delete(name)
    if (after.value === 'full') {
      this.calls.connected++
      this.setupSeconds.observe((this.#clock.now() - startedAtMs) / 1000)
    } else this.calls[type === 'time.passed' ? 'lost' : 'left']++
  }

  #start(name: string): void {
    const nowMs = this.#clock.now()
    this.#startedAtMs.delete(name)
    this.#startedAtMs.set(name, nowMs)
    for (const [oldest, startedAtMs] of this.#startedAtMs) {
      if (nowMs - startedAtMs <= maxSetupMs) return
      this.#startedAtMs.delete(oldest)
    }
  }

  /** Number of calls that have not connected yet. */
  get startingCount(): number {
    return this.#startedAtMs.size
  }
}
