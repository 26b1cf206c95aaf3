import { randomBytes } from 'node:crypto'
import { ApiError } from '../common/apiError.ts'
import type { Clock } from '../common/clock.ts'
import type { Log } from '../common/log.ts'
import type { RedisConnection } from './connection.ts'
import { leaseMs } from './functions.ts'
import { SharedClock } from './sharedClock.ts'

/** Interval of renewals, in ms. */
const renewalIntervalMs = 1_000

/** The key of all nodes, by the end of their leases. */
export const nodesKey = 'duet:{nodes}:nodes'

/** The reactions to changes of the leases. */
export interface LeaseHandlers {
  /** This node has a new id. Its connections under the old id are ended by another node. */
  onLost(): void
  /** Redis lost writes, so this node has a new id. Connections that it does not have any more end under the old one. */
  onLoss(): void
  /** Another node's lease ended. Called at each renewal until the node is forgotten. */
  onDead(node: string): void
}

/** The answer of `beat`. A life of Redis is named by the time of its begin. `lossMs`: the last life that began with a loss. */
type BeatAnswer = [
  redisTimeMs: number,
  hasLease: number,
  living: string[],
  dead: string[],
  inspectors: string[],
  life: string,
  lossMs: string | null,
]

const newNodeId = (): string => randomBytes(6).toString('hex')

/**
 * The lease of this node. Without a renewal, other nodes end the connections of this node. It then closes its sockets and
 * takes a new id. An outage of Redis ends all leases, so no node judges others before it renewed for a whole lease.
 */
export class NodeLease {
  /** The time that all nodes share. */
  readonly clock: SharedClock
  /** True while a client of this node inspects rooms. The other nodes learn it with the next renewal. */
  isInspecting = false
  /** Other nodes whose clients inspect rooms. */
  inspectors: readonly string[] = []
  #node = newNodeId()
  /** Earlier ids that no renewal has reported yet. */
  #formerNodes: readonly string[] = []
  /** Living nodes, this one included. */
  #living: readonly string[] = []
  #isNew = true
  #renewal: Promise<void> | null = null
  #renewedAtMs: number
  #steadySinceMs: number | null = null
  #life = ''
  #lossMs = 0
  #redisTimeMs = 0
  readonly #connection: RedisConnection
  readonly #local: Clock
  readonly #log: Log

  constructor(connection: RedisConnection, clock: Clock, log: Log) {
    this.#connection = connection
    this.#local = clock
    this.#log = log
    this.clock = new SharedClock(clock)
    this.#renewedAtMs = clock.now()
  }

  /** The id of this node, which changes when it loses its lease. */
  get node(): string {
    return this.#node
  }

  /** Living nodes, this one included. */
  get living(): readonly string[] {
    return this.#living.length > 0 ? this.#living : [this.#node]
  }

  /** True if the node may serve clients: its last renewal is younger than a lease. */
  get isHeld(): boolean {
    return !this.#isNew && this.#local.now() - this.#renewedAtMs < leaseMs
  }

  /** The time of Redis when it began without its last writes, in ms; 0 without a known loss. */
  get lossMs(): number {
    return this.#lossMs
  }

  /** The time of Redis at the last renewal, in ms. A loss after it is not known yet. */
  get redisTimeMs(): number {
    return this.#redisTimeMs
  }

  /** Renews the lease every second; returns a function that stops it. */
  start(handlers: LeaseHandlers): () => void {
    return this.#local.every(renewalIntervalMs, () => void this.renew(handlers))
  }

  /**
   * Resolves to the id of this node once it has a lease. Other nodes find only the connections of a node with a lease.
   * @throws {ApiError} `unavailable` if Redis gives none
   */
  async acquire(handlers: LeaseHandlers): Promise<string> {
    // A running renewal may be that of the earlier id.
    for (let attempt = 0; this.#isNew && attempt < 2; attempt++) await this.renew(handlers)
    if (this.#isNew) throw new ApiError('unavailable')
    return this.#node
  }

  /** Renews the lease once, or waits for the renewal that runs. Never rejects. */
  renew(handlers: LeaseHandlers): Promise<void> {
    return (this.#renewal ??= this.#renew(handlers).finally(() => (this.#renewal = null)))
  }

  async #renew(handlers: LeaseHandlers): Promise<void> {
    try {
      const sentAtMs = this.#local.now()
      const node = this.#node
      const former = this.#formerNodes
      const parameters = [this.#node, this.#isNew ? 1 : 0, this.isInspecting ? 1 : 0, this.#life, ...former]
      const answer = await this.#connection.call('beat', [nodesKey], parameters)
      const [redisTimeMs, hasLease, living, dead, inspectors, life, lossMs] = answer as BeatAnswer
      const nowMs = this.#local.now()
      this.clock.adjust(redisTimeMs, sentAtMs, nowMs)
      const isLoss = this.#life !== '' && this.#life !== life
      this.#life = life
      this.#lossMs = Number(lossMs ?? 0)
      this.#redisTimeMs = redisTimeMs
      if (this.#node !== node) return
      if (isLoss && !this.#isNew) return this.#startAgain(handlers)
      if (hasLease === 0) return this.giveUp(handlers)
      this.#isNew = false
      this.#formerNodes = []
      this.#renewedAtMs = sentAtMs
      this.#living = living
      this.inspectors = inspectors
      this.#steadySinceMs ??= nowMs
      if (nowMs - this.#steadySinceMs > leaseMs) for (const node of dead) handlers.onDead(node)
    } catch (error) {
      this.#steadySinceMs = null
      if (!this.#isNew && this.#local.now() - this.#renewedAtMs >= leaseMs) this.giveUp(handlers)
      else this.#log.debug({ reason: (error as Error).message }, 'lease not renewed')
    }
  }

  /** Takes a new id. Call it when a write is rejected because the lease ended. */
  giveUp(handlers: LeaseHandlers): void {
    this.#log.warn({ node: this.#node }, 'lease lost: closing sockets')
    this.#changeId()
    handlers.onLost()
  }

  /** The store may have connections of this node that ended in lost writes. They end with the old id. */
  async #startAgain(handlers: LeaseHandlers): Promise<void> {
    this.#log.warn({ node: this.#node }, 'store lost writes: reading all mailboxes again')
    this.#changeId()
    await this.#renew(handlers)
    handlers.onLoss()
  }

  #changeId(): void {
    if (!this.#isNew) this.#formerNodes = [...this.#formerNodes, this.#node]
    this.#node = newNodeId()
    this.#isNew = true
    this.#living = []
    this.#steadySinceMs = null
  }

  /** Ends the lease, so that another node ends the connections that are left. */
  async end(): Promise<void> {
    if (!this.#isNew) await this.#connection.command('zadd', nodesKey, 0, this.#node)
  }
}
