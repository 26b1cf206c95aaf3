import { serverLimits } from '../../machines/protocol/limits.ts'
import { getMessageTraits } from '../../machines/protocol/messageTraits.ts'
import type { PeerMessage, RoomEvent, SeatName } from '../../machines/protocol/messages.ts'
import { otherSeat } from '../../machines/room/seats.ts'
import { ApiError } from '../common/apiError.ts'
import type { Clock } from '../common/clock.ts'
import type { Log } from '../common/log.ts'
import type { SharedRateLimits, SharedRates } from '../limits/sharedRates.ts'
import { vacantRules } from '../rooms/mailbox.ts'
import type { MailboxLimits } from '../rooms/mailboxBytes.ts'
import type { SeatClaim } from '../rooms/seatClaim.ts'
import type {
  AppendResult,
  LostConnection,
  MailboxStates,
  Position,
  PreparationOffer,
  ReadResult,
  RoomChange,
  RoomState,
  Store,
  StoredRoom,
} from '../rooms/store.ts'
import { type Answer, FencedError, RedisConnection } from './connection.ts'
import type { FunctionName } from './functions.ts'
import { LocalSeats } from './localSeats.ts'
import { MailboxUsage } from './mailboxUsage.ts'
import { type LeaseHandlers, nodesKey, NodeLease } from './nodeLease.ts'
import { createRedisRates } from './redisRates.ts'
import { RedisTraceRelay } from './redisTraceRelay.ts'
import {
  commitArguments,
  commitTimeUs,
  eventArguments,
  parseConnection,
  parseMailboxes,
  parseReading,
  parseRoom,
  splitMailboxId,
} from './roomCodec.ts'
import { RoomKeyring } from './roomKeys.ts'
import { RoomQuotas } from './roomQuotas.ts'
import { allShards, shardsOf } from './shards.ts'

/** In this time every reader reads from Redis once, even without a wake-up. */
const refreshIntervalMs = 5_000
const refreshTurns = 10
/** Interval of the check of reservations, and of the report of filled mailboxes, in ms. */
const auditIntervalMs = 1_000
/** Time in ms in which one node ends the connections of a dead node, before another one tries. */
const reapLockMs = 10_000

/** The owner of a store reacts to these. */
export interface StoreHandlers {
  /** Ends a connection that a dead node had. May be called again for the same connection. */
  endConnection(connection: LostConnection): Promise<void>
  /** This node lost its lease: other nodes end its connections, so its sockets have to close. */
  onLeaseLost(): void
}

/** A store in Redis 7 or Valkey that several nodes share. While Redis is down its methods throw `unavailable`. */
export class RedisStore implements Store {
  /** Estimated heap of mailboxes in this process. */
  readonly mailboxBytes = 0
  /** Reads that needed no call of Redis. */
  servedReads = 0
  /** Reads of Redis. */
  remoteReads = 0
  /** Trace entries between nodes. */
  readonly traceRelay: RedisTraceRelay
  readonly #connection: RedisConnection
  readonly #keyring: RoomKeyring
  readonly #lease: NodeLease
  readonly #quotas: RoomQuotas
  readonly #usage: MailboxUsage
  readonly #local = new LocalSeats()
  readonly #names = new Map<string, string>()
  readonly #clock: Clock
  readonly #log: Log
  readonly #leaseHandlers: LeaseHandlers = {
    onLost: () => void this.#onLeaseLost(),
    onLoss: () => void this.#onLoss(),
    onDead: (node) => void this.#reap(node),
  }
  #handlers: StoreHandlers = { endConnection: async () => undefined, onLeaseLost: () => undefined }
  #stopFunctions: (() => void)[] = []
  #turn = 0

  private constructor(
    connection: RedisConnection,
    keyring: RoomKeyring,
    clock: Clock,
    log: Log,
    limits: MailboxLimits,
  ) {
    this.#connection = connection
    this.#keyring = keyring
    this.#clock = clock
    this.#log = log
    this.#lease = new NodeLease(connection, clock, log)
    this.traceRelay = new RedisTraceRelay(connection, keyring, this.#lease, () => {
      void this.#lease.renew(this.#leaseHandlers)
    })
    this.#quotas = new RoomQuotas(connection, keyring)
    this.#usage = new MailboxUsage(connection, keyring, () => ({
      mailboxBytesPerNetwork: limits.mailboxBytesPerNetwork,
      mailboxBytesTotal: limits.mailboxBytesTotal * this.nodeCount,
    }))
  }

  /**
   * Connects to Redis. If Redis does not answer within two seconds, the store connects later by itself.
   * @param urls one URL or path of a Unix socket; several are nodes of a Redis Cluster
   * @param key 256 bits from which the keys of rooms derive, the same at all nodes
   * @param clock of this process
   * @param limits bytes of mailboxes; the total is that of one node
   */
  static async open(
    urls: readonly string[],
    key: Buffer,
    clock: Clock,
    log: Log,
    limits: MailboxLimits = serverLimits,
  ): Promise<RedisStore> {
    const connection = new RedisConnection(urls, log)
    const store = new RedisStore(connection, new RoomKeyring(key), clock, log, limits)
    await connection.waitUntilReady(2_000)
    await store.#start()
    return store
  }

  /** The time that all nodes share, for deadlines of rooms. */
  get clock(): Clock {
    return this.#lease.clock
  }

  /** False if Redis has not answered for five seconds. */
  get isAvailable(): boolean {
    return this.#lease.isHeld
  }

  /** The time of `clock` when Redis began without its last writes, in ms; 0 without a known loss. */
  get lossMs(): number {
    return this.#lease.lossMs
  }

  /** Living nodes, this one included. */
  get nodeCount(): number {
    return this.#lease.living.length
  }

  /** Commands that failed, by reason. */
  get errors(): Readonly<Record<string, number>> {
    return this.#connection.errors
  }

  /** Creates the rate limits that all nodes share. */
  createRates(limits?: SharedRateLimits): SharedRates {
    return createRedisRates(this.#connection, this.#keyring, this.#clock, limits)
  }

  /** Sets the reactions. Call it once, before any join. */
  setHandlers(handlers: StoreHandlers): void {
    this.#handlers = handlers
  }

  async load(name: string): Promise<StoredRoom> {
    const room = parseRoom(await this.#call('load', name, []))
    // This part of the store was first used after the last renewal. The next one finds out whether writes are lost.
    if ((room.restoredEpoch ?? 0) > this.#lease.redisTimeMs) await this.#lease.renew(this.#leaseHandlers)
    return room
  }

  async commit(name: string, change: RoomChange): Promise<MailboxStates | null> {
    const { id, ref } = this.#keyring.keysOf(name)
    const { quota } = change
    if (change.version === 0 && quota && change.state !== 'empty')
      await this.#quotas.reserve(id, { ...quota, total: quota.total * this.nodeCount })
    const node = await this.#lease.acquire(this.#leaseHandlers)
    const answer = await this.#call('commit', name, commitArguments(ref, node, change))
    if (!Array.isArray(answer)) return null
    if (change.state === 'empty') await this.#quotas.release(id, commitTimeUs(answer)).catch(this.#ignoreOutage)
    return parseMailboxes(answer)
  }

  async appendMessage(
    { room, seat, epoch }: SeatClaim,
    seq: number,
    message: PeerMessage,
    address = '',
  ): Promise<AppendResult> {
    const rule = getMessageTraits(message).isTransient ? 'transient' : vacantRules[message.type]
    const connection = 'connection' in message ? message.connection : ''
    if (rule !== 'transient' && this.#usage.isThrottled(address)) return 'throttled'
    const event = eventArguments({ type: 'message', message })
    const answer = await this.#call('send', room, [seat, epoch, seq, this.#lease.node, ...event, rule, connection])
    if (!Array.isArray(answer)) return answer as 'seat-lost' | 'out-of-order'
    const [acked, isNew, bytes = 0] = answer as [number, number, number?]
    if (bytes > 0) this.#usage.record(this.#keyring.keysOf(room).id, otherSeat(seat), address, bytes, event[0].length)
    return { acked, isNew: isNew === 1 }
  }

  async read({ room, seat, epoch }: SeatClaim, { mailboxId, seq }: Position): Promise<ReadResult> {
    const { id } = this.#keyring.keysOf(room)
    const local = this.#local.find(id, seat)
    const events = local?.take(mailboxId, epoch, seq)
    if (events) {
      this.servedReads++
      return { type: 'events', events }
    }
    this.remoteReads++
    const wakeUps = local?.wakeUps
    const answer = await this.#call('read', room, [seat, epoch, ...splitMailboxId(mailboxId), seq])
    if (Array.isArray(answer) && answer[0] === 'events' && local?.wakeUps === wakeUps)
      local?.store(mailboxId, seq, answer[2] as string[])
    return parseReading(answer, seq)
  }

  async subscribe(
    { room, seat, epoch }: SeatClaim,
    notify: () => void,
    onTransientEvent?: (event: RoomEvent) => void,
  ): Promise<() => void> {
    return this.#local.subscribe(this.#keyring.keysOf(room).id, seat, { epoch, notify, onTransientEvent })
  }

  async watch(room: string, notify: () => void, onOffer?: (offer: PreparationOffer) => void): Promise<() => void> {
    const { id } = this.#keyring.keysOf(room)
    const receive = onOffer && ((text: string) => onOffer(JSON.parse(text) as PreparationOffer))
    const unwatch = this.#local.watch(id, { notify, onOffer: receive })
    const stop = (): void => {
      if (!unwatch()) return
      this.#names.delete(id)
      this.#call('unwatch', room, [this.#lease.node]).catch(this.#ignoreOutage)
    }
    this.#names.set(id, room)
    try {
      await this.#call('watch', room, [this.#lease.node])
    } catch (error) {
      stop()
      throw error
    }
    return stop
  }

  async publishOffer(room: string, offer: PreparationOffer): Promise<void> {
    await this.#call('offer', room, [JSON.stringify(offer)])
  }

  async publishTransient(room: string, seat: SeatName, event: RoomEvent): Promise<void> {
    await this.#call('whisper', room, [seat, JSON.stringify(event)])
  }

  /** Each room is due at one of the living nodes. */
  async roomsDue(nowMs: number): Promise<string[]> {
    const shards = shardsOf(this.#lease.node, this.#lease.living)
    const refs = await this.#connection.callShards('due', shards, (tag) => `duet:{${tag}}:due`, [nowMs])
    return refs.flat().flatMap((ref) => this.#keyring.nameOf(String(ref)) ?? [])
  }

  async countRooms(): Promise<number> {
    const { created, ready, full } = await this.countRoomsByState()
    return created + ready + full
  }

  async countRoomsByState(): Promise<Record<Exclude<RoomState, 'empty'>, number>> {
    const sums = await this.#connection.callShards('count', allShards, (tag) => `duet:{${tag}}:counts`)
    const sumOf = (at: number): number =>
      sums.reduce<number>((sum, counts) => sum + Number((counts as Answer[])[at]), 0)
    return { created: sumOf(0), ready: sumOf(1), full: sumOf(2) }
  }

  /** Ends the lease when the last calls have ended. Another node ends the connections that are left. */
  async close(): Promise<void> {
    for (const stop of this.#stopFunctions) stop()
    await this.#lease.end().catch(this.#ignoreOutage)
    await this.#connection.close()
  }

  async #start(): Promise<void> {
    this.#connection.onWakeUp = (payload) => this.#deliver(payload)
    this.#connection.onSubscribed = () => this.#refreshAll()
    await this.#connection.subscribe(this.#lease.node)
    await this.#lease.renew(this.#leaseHandlers)
    this.#stopFunctions = [
      this.#lease.start(this.#leaseHandlers),
      this.#clock.every(refreshIntervalMs / refreshTurns, () => {
        this.#turn = (this.#turn + 1) % refreshTurns
        this.#local.refresh(this.#turn, refreshTurns)
        if (this.#turn === 0) this.#refreshWatches()
      }),
      this.#clock.every(auditIntervalMs, () => {
        this.#quotas.audit().catch(this.#ignoreOutage)
        this.#usage.report().catch(this.#ignoreOutage)
      }),
    ]
  }

  #deliver(payload: string): void {
    const place = payload.indexOf('|') + 1
    if (payload.startsWith('x|', place)) this.traceRelay.deliver(payload.slice(place + 2))
    else this.#local.deliver(payload)
  }

  async #onLeaseLost(): Promise<void> {
    this.#handlers.onLeaseLost()
    await this.#connection.subscribe(this.#lease.node).catch(this.#ignoreOutage)
    this.#refreshWatches()
  }

  /** Mailboxes have new ids, so each page joins again on its socket. */
  async #onLoss(): Promise<void> {
    await this.#connection.subscribe(this.#lease.node).catch(this.#ignoreOutage)
    this.#refreshAll()
  }

  #refreshAll(): void {
    this.#local.refresh(0, 1)
    this.#refreshWatches()
  }

  /** Watches end by themselves at Redis, and a lost wake-up must not leave a visitor with an old view. */
  #refreshWatches(): void {
    for (const room of this.#names.values()) this.#call('watch', room, [this.#lease.node]).catch(this.#ignoreOutage)
    this.#local.refreshWatchers()
  }

  /** Ends the connections of a dead node, and then forgets the node. Never rejects. */
  async #reap(node: string): Promise<void> {
    try {
      const lock = await this.#connection.command(
        'set',
        `duet:{nodes}:reaper:${node}`,
        this.#lease.node,
        'NX',
        'PX',
        reapLockMs,
      )
      if (lock !== 'OK') return
      await this.endNode(node)
      await this.#connection.command('zrem', nodesKey, node)
    } catch (error) {
      this.#log.warn({ node, reason: (error as Error).message }, 'connections of a dead node not ended: trying again')
    }
  }

  /** Rejects all further writes of a node, and ends its connections. May be called again. */
  async endNode(node: string): Promise<void> {
    const lists = await this.#connection.callShards('reap', allShards, (tag) => `duet:{${tag}}:s:${node}`, [node])
    const connections = lists
      .flat()
      .flatMap((text) => parseConnection(String(text), (ref) => this.#keyring.nameOf(ref)) ?? [])
    if (connections.length > 0)
      this.#log.warn({ node, connections: connections.length }, 'node died: ending its connections')
    for (const connection of connections) await this.#handlers.endConnection(connection)
  }

  async #call(name: FunctionName, room: string, args: readonly (string | number)[]): Promise<Answer> {
    const { node } = this.#lease
    try {
      return await this.#connection.call(name, [this.#keyring.keysOf(room).room], args)
    } catch (error) {
      if (!(error instanceof FencedError)) throw error
      // Of several rejected calls the first one gave up the lease.
      if (this.#lease.node === node) this.#lease.giveUp(this.#leaseHandlers)
      throw new ApiError('unavailable')
    }
  }

  readonly #ignoreOutage = (error: unknown): void => {
    this.#log.debug({ reason: (error as Error).message }, 'store call failed')
  }
}
