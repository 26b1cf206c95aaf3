import { randomBytes } from 'node:crypto'
import { transition } from 'xstate'
import { roomMachine as machine } from '../../machines/room/roomMachine.ts'
import type { RoomEffect, RoomMachineEvent } from '../../machines/room/roomEvents.ts'
import { serverLimits, type Limits } from '../../machines/protocol/limits.ts'
import { timeouts } from '../../machines/protocol/timeouts.ts'
import { mayAsk } from '../../machines/room/door.ts'
import { nextDeadline, type RoomContext, seatNames, findSeatByToken } from '../../machines/room/seats.ts'
import type { TraceEntry } from '../../machines/protocol/traceEntry.ts'
import { createRelayEntry } from '../../machines/protocol/trace/relayedMessage.ts'
import type { PeerMessage, RoomView, SeatName } from '../../machines/protocol/messages.ts'
import type { RoomPolicy } from '../../machines/protocol/vocabulary.ts'
import type { Clock } from '../common/clock.ts'
import type { SharedRates } from '../limits/sharedRates.ts'
import { TokenBuckets } from '../limits/tokenBuckets.ts'
import {
  type AdmissionContext,
  type ArrivalEvent,
  type Admission,
  buildAdmission,
  admissionEvent,
  type RoomSnapshot,
  type JoinRequest,
  type VisitorIdentity,
  viewRoom,
} from './admission.ts'
import type { Hold } from './startupHold.ts'
import { type Log, roomTag } from '../common/log.ts'
import { ApiError, isUnavailable } from '../common/apiError.ts'
import type { Awaitable } from '../common/eventSink.ts'
import { Notifier } from '../common/notifier.ts'
import { PendingEvents } from './pendingEvents.ts'
import { endsOfNewConnections } from './unconfirmedConnections.ts'
import type {
  AppendResult,
  LostConnection,
  MailboxStates,
  RoomChange,
  RoomQuota,
  RoomState,
  Store,
  StoredRoom,
} from './store.ts'
import { RoomCounters } from './roomCounters.ts'
import { traceRoomEvent, type TraceListener, type TraceRelay } from './roomTrace.ts'
import { hashToken, SeatTokens, type TokenPayload } from './tokens.ts'
import type { SeatClaim } from './seatClaim.ts'

/** Write conflicts after which a transition fails with `unavailable`. */
const maxCommitAttempts = 100
/** Interval of the sweep for expired seats, in ms. */
export const expirySweepIntervalMs = 1_000

export type RoomLimits = Pick<
  Limits,
  | 'roomsTotal'
  | 'roomsReserved'
  | 'roomsHeldPerNetwork'
  | 'roomsRestoredPerNetwork'
  | 'asksPerRoomPerMinute'
  | 'asksPerNetworkPerMinute'
>

type AskRates = Pick<SharedRates, 'asks' | 'networkAsks'>

interface Transition<F extends RoomMachineEvent = RoomMachineEvent> {
  event: F
  before: RoomSnapshot
  room: RoomSnapshot
  mailboxes: MailboxStates
  traceEntry: TraceEntry
}

/** Applies events to rooms in the store: read, compute the transition, write unless the version changed meanwhile. */
export class RoomService {
  readonly store: Store
  /** Joins, relayed messages and calls. */
  readonly counters: RoomCounters
  /** Duplicate messages dropped (client retried after a lost acknowledgement). */
  duplicates = 0
  readonly #clock: Clock
  readonly #log: Log
  readonly #traceListeners = new Set<TraceListener>()
  readonly #traceRelay: TraceRelay | undefined
  readonly #tokens: SeatTokens
  readonly #hold: Hold | null
  readonly #limits: RoomLimits
  readonly #defaultPolicy: RoomPolicy
  /** Tokens for asks, by room. */
  readonly #asks: TokenBuckets
  /** The same, by room and network. */
  readonly #networkAsks: TokenBuckets
  readonly #rates: AskRates | undefined
  /** Ends of connections that the store could not take. */
  readonly #pendingEvents = new PendingEvents((room, event, appliesTo) =>
    this.#transition(room, ({ context }) => (appliesTo?.(context) === false ? null : event)),
  )

  /**
   * @param tokens default: signed with a random secret of this run
   * @param hold delays new joins after a crash, or after the store lost writes
   * @param defaultPolicy of a new room whose creator selects none; `open` without it
   * @param rates the limits of asks of all servers together
   * @param traceRelay for the listeners of other servers
   */
  constructor({
    store,
    clock,
    log,
    tokens,
    hold,
    limits,
    defaultPolicy,
    rates,
    traceRelay,
  }: {
    store: Store
    clock: Clock
    log: Log
    tokens?: SeatTokens
    hold?: Hold | null
    limits?: RoomLimits | undefined
    defaultPolicy?: RoomPolicy | undefined
    rates?: AskRates | undefined
    traceRelay?: TraceRelay | undefined
  }) {
    this.store = store
    this.counters = new RoomCounters(clock)
    this.#clock = clock
    this.#log = log
    this.#tokens = tokens ?? new SeatTokens([randomBytes(32)])
    this.#hold = hold ?? null
    this.#limits = limits ?? serverLimits
    this.#defaultPolicy = defaultPolicy ?? 'open'
    this.#rates = rates
    this.#traceRelay = traceRelay
    const { asksPerRoomPerMinute, asksPerNetworkPerMinute } = this.#limits
    this.#asks = new TokenBuckets(asksPerRoomPerMinute, asksPerRoomPerMinute / 60)
    this.#networkAsks = new TokenBuckets(asksPerNetworkPerMinute, asksPerNetworkPerMinute / 60)
  }

  /**
   * Gives a visitor a seat, or its own seat back. After a crash new visitors wait for holders; `signal` ends the wait.
   * @param allowance returns the rate limits of the client; called after the wait
   * @param networkPrefix of the client; a new room counts towards it
   * @throws {ApiError} `full`, `ask-first`, `locked`, `throttled`, `seat-lost`, `server-full` or `unavailable`
   */
  async join(
    request: JoinRequest,
    allowance: () => Pick<AdmissionContext, 'mayJoin' | 'mayCreateRoom'>,
    signal?: AbortSignal,
    networkPrefix = '',
  ): Promise<Admission> {
    const tokenPayload = await this.#verifyToken(request)
    const hadSeat = request.formerToken ? this.#tokens.verify(request.room, request.formerToken) !== null : false
    if (!tokenPayload && this.#hold) {
      // A shared store may have lost its writes just now. It finds out when it loads the room.
      await this.store.load(request.room)
      await this.#hold.wait(networkPrefix, signal)
    }
    if (request.preparation !== undefined)
      await this.#waitForAdmission(request.room, hashToken(request.joinKey), signal)
    let token = ''
    const issueToken = (seat: SeatName, epoch: number): string =>
      hashToken((token = this.#tokens.issue(request.room, seat, epoch)))
    const decide = (room: RoomSnapshot): ArrivalEvent =>
      admissionEvent(room, request, {
        ...allowance(),
        tokenPayload,
        hadSeat,
        nowMs: this.#clock.now(),
        defaultPolicy: this.#defaultPolicy,
        issueToken,
      })
    const transitioned = await this.#transition(request.room, decide, ({ type }) => this.#quotaFor(type, networkPrefix))
    const seat = transitioned && findSeatByToken(transitioned.room.context, hashToken(token))
    if (!seat) throw new Error('the room assigned no seat')
    const { before, room, mailboxes, event, traceEntry } = transitioned
    return { ...buildAdmission(room, request, token, event, mailboxes[seat], before), traceEntry }
  }

  /** The payload of the presented token; null without a valid one. */
  async #verifyToken({ room, token }: JoinRequest): Promise<TokenPayload | null> {
    const payload = token ? this.#tokens.verify(room, token) : null
    const { restoredEpoch } = payload ? await this.store.load(room) : {}
    // Several nodes issue tokens of a shared store, so the epoch tells whether the store knows the token.
    return payload && restoredEpoch !== undefined
      ? { ...payload, isFromThisRun: payload.epoch > restoredEpoch }
      : payload
  }

  /**
   * Waits while a visitor at the door joins before its admission is known here. The holder admits it over the prepared
   * connection, too, which may be faster than the holder's request to the server.
   */
  async #waitForAdmission(room: string, keyHash: string, signal?: AbortSignal): Promise<void> {
    const isAsking = async (): Promise<boolean> => {
      const { visitor } = (await this.load(room)).context.door
      return visitor?.keyHash === keyHash && !visitor.isAdmitted
    }
    if (!(await isAsking())) return
    const notifier = new Notifier()
    const stopWatching = await this.store.watch(room, notifier.notify)
    let isDue = false
    const stopTimer = this.#clock.every(timeouts.admissionWaitMs, () => {
      isDue = true
      notifier.notify()
    })
    signal?.addEventListener('abort', notifier.notify, { once: true })
    try {
      while (!isDue && !signal?.aborted && (await isAsking())) await notifier.wait()
    } finally {
      stopTimer()
      stopWatching()
    }
  }

  /**
   * Relays a message to the other seat. Resolves to the number of acknowledged messages. May be called again with the
   * same `seq`: a duplicate is only acknowledged.
   * @param address of the sender
   * @throws {ApiError} `seat-lost`, `out-of-order` or `throttled`
   */
  sendMessage(claim: SeatClaim, seq: number, message: PeerMessage, address?: string): Awaitable<number> {
    const ack = this.store.appendMessage(claim, seq, message, address)
    return ack instanceof Promise
      ? ack.then((result) => this.#recordMessage(claim, message, result))
      : this.#recordMessage(claim, message, ack)
  }

  #recordMessage(claim: SeatClaim, message: PeerMessage, ack: AppendResult): Awaitable<number> {
    if (typeof ack === 'string') throw new ApiError(ack)
    if (!ack.isNew) this.duplicates += 1
    else {
      this.counters.recordMessage(message)
      if (this.#isTraced) return this.#notifyOfMessage(claim, message).then(() => ack.acked)
    }
    return ack.acked
  }

  /** Records whether media from the other seat arrives. */
  async reportMedia({ room, seat, epoch }: SeatClaim, mediaFlow: 'flowing' | 'stopped'): Promise<void> {
    await this.#transition(room, () => ({
      type: mediaFlow === 'flowing' ? 'media.started' : 'media.stopped',
      seat,
      epoch,
      at: this.#clock.now(),
    }))
  }

  /**
   * Frees the seat. Without a claim, or after an earlier `leave`, it does nothing.
   * @param pageClosing true if the page was closed; the seat is kept briefly, because the page may be reloading
   */
  async leave(claim: SeatClaim | undefined, pageClosing: boolean): Promise<void> {
    if (!claim) return
    const { room, seat, epoch } = claim
    if (pageClosing) await this.#pendingEvents.apply(room, { type: 'page.closing', seat, epoch })
    else await this.apply(room, { type: 'holder.left', seat, epoch })
  }

  /**
   * Call when the socket of a claim closes. If a newer socket holds the seat, the machine ignores the older epoch.
   * While the store is unavailable, the event waits.
   */
  async disconnect({ room, seat, epoch }: SeatClaim): Promise<void> {
    await this.#pendingEvents.apply(room, { type: 'socket.closed', seat, epoch, at: this.#clock.now() })
  }

  /** Ends a connection of a node that died. May be called again. */
  async endConnection({ room, place, epoch }: LostConnection): Promise<void> {
    const at = this.#clock.now()
    if (place === 'door') await this.apply(room, { type: 'visitor.disconnected', visit: epoch, at })
    else if (place === 'preparation') await this.apply(room, { type: 'preparation.ended', id: epoch })
    else await this.apply(room, { type: 'socket.closed', seat: place, epoch, at })
  }

  /** The room as a visitor without a seat sees it now. */
  async view(name: string, visitor: VisitorIdentity | null): Promise<RoomView> {
    const stored = await this.store.load(name)
    const view = viewRoom(restoreSnapshot(stored), visitor, this.#clock.now())
    return view.occupancy === 'empty' ? { ...view, policy: this.#defaultPolicy } : view
  }

  /**
   * Asks the waiting holder for admission. A repeated ask with the same key reconnects the visitor to the door.
   * @returns the number of this visit, for `leaveDoor`; null if the visitor cannot ask now, which `view` explains
   * @throws {ApiError} `throttled` if too many visitors asked at this door
   */
  async ask(name: string, visitor: VisitorIdentity, visitorName: string): Promise<number | null> {
    const ask = { type: 'visitor.asked', ...visitor, name: visitorName, at: this.#clock.now() } as const
    const { context } = restoreSnapshot(await this.store.load(name))
    const isNew = context.door.visitor === null && mayAsk(context.door, ask)
    if (isNew && !(await this.#takeAsk(name, visitor.source, ask.at))) throw new ApiError('throttled')
    const transitioned = await this.#transition(name, () => ask)
    return transitioned?.room.context.door.visitor?.visit ?? null
  }

  async #takeAsk(name: string, source: string, nowMs: number): Promise<boolean> {
    if (!this.#networkAsks.take(source, nowMs) || !this.#asks.take(name, nowMs)) return false
    return !this.#rates || ((await this.#rates.networkAsks.take(source)) && this.#rates.asks.take(name))
  }

  /**
   * Call when a visit ends.
   * @param isGone true if the visitor cancelled or closed the page; otherwise the door is kept for a short grace period
   */
  async leaveDoor(name: string, visit: number, isGone: boolean): Promise<void> {
    const at = this.#clock.now()
    await this.#pendingEvents.apply(
      name,
      isGone ? { type: 'visitor.withdrew', visit } : { type: 'visitor.disconnected', visit, at },
    )
  }

  /** Ends a preparation. While the store is unavailable, the event waits. */
  async endPreparation(name: string, id: number): Promise<void> {
    await this.#pendingEvents.apply(name, { type: 'preparation.ended', id })
  }

  /** Answers the request of a visitor. Does nothing if that visitor is not at the door any more. */
  async answerVisitor({ room, seat, epoch }: SeatClaim, visitorId: number, isAdmitted: boolean): Promise<void> {
    await this.#transition(room, () => ({
      type: isAdmitted ? 'visitor.admitted' : 'visitor.declined',
      seat,
      epoch,
      visitorId,
      at: this.#clock.now(),
    }))
  }

  /** Changes the policy of the room. */
  async setPolicy({ room, seat, epoch }: SeatClaim, policy: RoomPolicy): Promise<void> {
    await this.#transition(room, () => ({ type: 'policy.changed', seat, epoch, policy }))
  }

  /** The room now. */
  async load(name: string): Promise<RoomSnapshot> {
    return restoreSnapshot(await this.store.load(name))
  }

  /** Applies an event. Resolves with the room after it; null if the event changed nothing. */
  async apply(name: string, event: RoomMachineEvent): Promise<RoomSnapshot | null> {
    return (await this.#transition(name, () => event))?.room ?? null
  }

  /** Starts the sweep for expired seats; returns a function that stops it. */
  start(): () => void {
    return this.#clock.every(expirySweepIntervalMs, () => {
      this.#expireSeats().catch((err: unknown) =>
        this.#log[isUnavailable(err) ? 'debug' : 'error']({ err }, 'room expiry sweep failed'),
      )
    })
  }

  async #expireSeats(): Promise<void> {
    const nowMs = this.#clock.now()
    for (const asks of [this.#asks, this.#networkAsks]) asks.prune(nowMs)
    await this.#pendingEvents.retry()
    for (const room of await this.store.roomsDue(nowMs))
      await this.#transition(room, () => ({ type: 'time.passed', at: nowMs }))
  }

  /** Some rooms are reserved for holders that return after a crash. */
  #quotaFor(type: RoomMachineEvent['type'], networkPrefix: string): RoomQuota | undefined {
    const { roomsTotal, roomsReserved, roomsHeldPerNetwork, roomsRestoredPerNetwork } = this.#limits
    if (type === 'visitor.joined')
      return { networkPrefix, perNetwork: roomsHeldPerNetwork, total: roomsTotal - roomsReserved }
    return type === 'holder.restored'
      ? { networkPrefix, perNetwork: roomsRestoredPerNetwork, total: roomsTotal }
      : undefined
  }

  /**
   * Returns null if the event does not change the room.
   * @param decide throws to reject, and returns null to change nothing; called again after a write conflict
   * @param quotaFor the room quota for an event that creates a room
   */
  async #transition<F extends RoomMachineEvent>(
    name: string,
    decide: (room: RoomSnapshot) => F | null,
    quotaFor?: (event: F) => RoomQuota | undefined,
  ): Promise<Transition<F> | null> {
    for (let attempt = 0; attempt < maxCommitAttempts; attempt++) {
      const stored = await this.store.load(name)
      const before = restoreSnapshot(stored)
      const event = decide(before)
      if (!event) return null
      const [room, actions] = transition(machine, before, event)
      if (room === before) return null
      const mailboxes = await this.#commit(name, before.context, {
        version: stored.version,
        state: room.value as RoomState,
        context: room.context,
        dueAtMs: nextDeadline(room.context),
        effects: actions.flatMap(emittedEffects),
        quota: quotaFor?.(event),
      })
      if (mailboxes) {
        this.#logTransition(name, event, before, room)
        this.counters.recordTransition(name, event, before, room)
        return {
          event,
          before,
          room,
          mailboxes,
          traceEntry: this.#publishTrace(name, traceRoomEvent(event, before, room)),
        }
      }
    }
    throw new ApiError('unavailable')
  }

  /** If the answer is lost, the page may try again. Until then nobody holds the connections that the write added. */
  async #commit(name: string, before: RoomContext, change: RoomChange): Promise<MailboxStates | null> {
    const findEnds = () => endsOfNewConnections(before, change.context, this.#clock.now())
    try {
      const mailboxes = await this.store.commit(name, change)
      if (mailboxes && this.#pendingEvents.count > 0) this.#pendingEvents.cancel(name, findEnds())
      return mailboxes
    } catch (error) {
      if (isUnavailable(error)) this.#pendingEvents.add(name, findEnds())
      throw error
    }
  }

  #logTransition(name: string, event: RoomMachineEvent, before: RoomSnapshot, after: RoomSnapshot): void {
    const level = event.type.startsWith('media') && before.value === after.value ? 'debug' : 'info'
    const seat = 'seat' in event ? event.seat : undefined
    this.#log[level]({ room: roomTag(name), seat, from: before.value, to: after.value }, event.type)
  }

  /** Calls the trace listeners with the type of a relayed message. Pages derive this entry themselves. */
  async #notifyOfMessage({ room: name, seat }: SeatClaim, message: PeerMessage): Promise<void> {
    const entry = createRelayEntry(message, seat, (await this.store.load(name)).state)
    if (entry) this.#notifyTraceListeners(name, entry)
  }

  get #isTraced(): boolean {
    return this.#traceListeners.size > 0 || this.#traceRelay?.hasListeners === true
  }

  #notifyTraceListeners(name: string, entry: TraceEntry): void {
    for (const listener of this.#traceListeners) listener(name, entry)
    this.#traceRelay?.publish(name, entry)
  }

  /** Calls the listener with every trace entry of every room, at all servers. Returns a function that unsubscribes. */
  subscribeToTraces(listener: TraceListener): () => void {
    this.#traceListeners.add(listener)
    const stop = this.#traceRelay?.listen(listener)
    return () => {
      this.#traceListeners.delete(listener)
      stop?.()
    }
  }

  /** Publishes a trace entry to the listeners and to both seats. */
  #publishTrace(name: string, entry: TraceEntry): TraceEntry {
    this.#notifyTraceListeners(name, entry)
    for (const seat of seatNames) {
      this.store
        .publishTransient(name, seat, { type: 'room.trace', entry })
        .catch((err: unknown) =>
          this.#log[isUnavailable(err) ? 'debug' : 'error']({ err }, 'failed to publish trace entry'),
        )
    }
    return entry
  }
}

const restoreSnapshot = ({ state, context }: StoredRoom): RoomSnapshot =>
  machine.resolveState({ value: state, context })

/** The effects that the machine emitted. XState lists each as an `xstate.emit` action. */
const emittedEffects = (action: { type: string; params?: unknown }): RoomEffect[] =>
  action.type === 'xstate.emit' ? [(action.params as { event: RoomEffect }).event] : []
