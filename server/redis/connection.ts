import { setImmediate as nextTurn } from 'node:timers/promises'
import { Cluster, Redis, type ClusterOptions, type RedisOptions } from 'ioredis'
import { ApiError } from '../common/apiError.ts'
import type { Log } from '../common/log.ts'
import { functionName, libraryCode, type FunctionName } from './functions.ts'
import { shardCount, hashTags } from './hashTags.ts'

/** Longest wait for an answer of Redis, in ms. */
const commandTimeoutMs = 2_000
/** Longest pause between two attempts to connect, in ms. */
const maxReconnectDelayMs = 1_000
/** Channels or keys in one command. */
const batchSize = 128

/** Writes of this node fail, because another node has disconnected its seats. */
export class FencedError extends Error {}

/** An answer of a function: nested lists of texts and integers. */
export type Answer = string | number | null | Answer[]

/**
 * The connections of one node: one for commands, one for wake-ups. Commands do not wait for a connection, and fail as
 * `unavailable`. ioredis without auto-pipelining takes the least CPU of the clients that we measured: see README.md.
 */
export class RedisConnection {
  /** Commands that failed, by reason. */
  readonly errors = { timeout: 0, disconnected: 0, rejected: 0 }
  /** Called when wake-ups are guaranteed again: earlier ones may be lost. */
  onSubscribed: () => void = () => undefined
  /** Called with the payload of each wake-up. */
  onWakeUp: (payload: string) => void = () => undefined
  readonly #commands: Redis | Cluster
  readonly #subscriber: Redis | Cluster
  readonly #log: Log
  #channels: readonly string[] = []
  #isSubscribed = false
  #isConnected = true
  #loading: Promise<void> | null = null
  readonly #running = new Set<Promise<unknown>>()
  /** First words of the errors that are in the log. */
  readonly #loggedRejections = new Set<string>()
  /** The stream whose writes wait for the end of this turn of the event loop. */
  #corkedStream: Redis['stream'] | null = null

  /** @param urls one URL or path of a Unix socket; several are nodes of a Redis Cluster */
  constructor(urls: readonly string[], log: Log) {
    this.#log = log
    this.#commands = createClient(urls, { enableOfflineQueue: false })
    this.#subscriber = createClient(urls, { autoResubscribe: false })
    for (const client of [this.#commands, this.#subscriber]) client.on('error', this.#onError)
    this.#commands.on('ready', () => {
      if (!this.#isConnected) log.info('store connected')
      this.#isConnected = true
    })
    this.#subscriber.on('smessage', (_channel: string, payload: string) => this.onWakeUp(payload))
    this.#subscriber.on('ready', () => void this.#resubscribe())
  }

  /** The connection for commands. */
  get client(): Redis | Cluster {
    return this.#commands
  }

  /** True for a Redis Cluster, where all keys of one command must be in one slot. */
  get isCluster(): boolean {
    return this.#commands instanceof Cluster
  }

  /** Resolves when both connections are ready, or after this time. */
  async waitUntilReady(timeoutMs: number): Promise<void> {
    const isReady = (client: Redis | Cluster): Promise<void> =>
      new Promise((resolve) => {
        if (client.status === 'ready') return resolve()
        const timer = setTimeout(resolve, timeoutMs)
        client.once('ready', () => {
          clearTimeout(timer)
          resolve()
        })
      })
    await Promise.all([this.#commands, this.#subscriber].map(isReady))
  }

  /**
   * Calls a function of the library.
   * @throws {ApiError} `unavailable` if Redis does not answer
   * @throws {FencedError} if the node lost its lease
   */
  async call(name: FunctionName, keys: readonly string[], args: readonly (string | number)[] = []): Promise<Answer> {
    const send = (): Promise<unknown> => {
      this.#cork()
      return this.#track(this.#commands.fcall(functionName(name), keys.length, ...keys, ...args) as Promise<unknown>)
    }
    try {
      return (await send().catch(async (error: unknown) => {
        if (!isMissingFunction(error)) throw error
        await (this.#loading ??= this.#loadLibrary().finally(() => (this.#loading = null)))
        return send()
      })) as Answer
    } catch (error) {
      throw this.#toStoreError(error as Error)
    }
  }

  /** Calls a function for one key of each shard, with as few commands as the keys' slots permit. */
  callShards(
    name: FunctionName,
    shards: readonly number[],
    keyOf: (tag: string) => string,
    args: readonly (string | number)[] = [],
  ): Promise<Answer[]> {
    return this.callKeys(
      name,
      shards.map((shard) => keyOf(hashTags[shard]!)),
      args,
    )
  }

  /** Calls a function for many keys, with as few commands as their slots permit. Resolves to the answers. */
  async callKeys(
    name: FunctionName,
    keys: readonly string[],
    args: readonly (string | number)[] = [],
  ): Promise<Answer[]> {
    const size = this.isCluster ? 1 : batchSize
    const batches = Array.from({ length: Math.ceil(keys.length / size) }, (_, index) =>
      keys.slice(index * size, (index + 1) * size),
    )
    return Promise.all(batches.map((batch) => this.call(name, batch, args)))
  }

  /**
   * Calls a command of Redis.
   * @throws {ApiError} `unavailable` if Redis does not answer
   */
  async command(name: string, ...args: (string | number)[]): Promise<unknown> {
    try {
      return await this.#track(this.#commands.call(name, ...args))
    } catch (error) {
      throw this.#toStoreError(error as Error)
    }
  }

  /** Receives the wake-ups of a node, in place of those of another node. A later connection does it, too. */
  async subscribe(node: string): Promise<void> {
    const earlier = this.#channels
    this.#channels = Array.from({ length: shardCount }, (_, shard) => `duet:{${hashTags[shard]}}:n:${node}`)
    if (this.#subscriber.status !== 'ready') return
    await this.#forEachBatch(earlier, (batch) => this.#subscriber.sunsubscribe(...batch)).catch(this.#onError)
    await this.#resubscribe()
  }

  /** Waits for the running calls and those that follow them, then closes both connections. */
  async close(): Promise<void> {
    do await Promise.allSettled(this.#running)
    while ((await nextTurn(), this.#running.size > 0))
    this.#commands.disconnect()
    this.#subscriber.disconnect()
  }

  /**
   * Writes the calls of this turn together. A system call for each took a sixth of the CPU of a sending node. Redis also
   * read and answered each call alone. In a cluster each node has a stream, and ioredis writes every call at once.
   */
  #cork(): void {
    const stream = this.#commands instanceof Cluster ? null : this.#commands.stream
    if (!stream || stream === this.#corkedStream) return
    this.#corkedStream = stream
    stream.cork()
    setImmediate(() => {
      this.#corkedStream = null
      stream.uncork()
    })
  }

  async #track<T>(call: Promise<T>): Promise<T> {
    this.#running.add(call)
    try {
      return await call
    } finally {
      this.#running.delete(call)
    }
  }

  async #resubscribe(): Promise<void> {
    this.#isSubscribed = false
    try {
      await this.#forEachBatch(this.#channels, (batch) => this.#subscriber.ssubscribe(...batch))
      this.#isSubscribed = true
      if (this.#channels.length > 0) this.onSubscribed()
    } catch (error) {
      this.#onError(error as Error)
      if (this.#subscriber.status === 'ready') this.#reconnectLater()
    }
  }

  /** A new connection subscribes again. The pause bounds the attempts if Redis rejects the command. */
  #reconnectLater(): void {
    const reconnect = (): void => {
      if (!this.#isSubscribed && this.#subscriber.status === 'ready') this.#subscriber.disconnect(true)
    }
    setTimeout(reconnect, maxReconnectDelayMs).unref()
  }

  async #forEachBatch(channels: readonly string[], work: (batch: string[]) => Promise<unknown>): Promise<void> {
    const size = this.isCluster ? 1 : batchSize
    const batches = Array.from({ length: Math.ceil(channels.length / size) }, (_, index) =>
      channels.slice(index * size, (index + 1) * size),
    )
    await Promise.all(batches.map(work))
  }

  async #loadLibrary(): Promise<void> {
    const masters = this.#commands instanceof Cluster ? this.#commands.nodes('master') : [this.#commands]
    await Promise.all(
      masters.map((master) =>
        master.call('FUNCTION', 'LOAD', libraryCode).catch((error: unknown) => {
          // Another node was faster.
          if (!/already exists/.test((error as Error).message)) throw error
        }),
      ),
    )
  }

  #toStoreError(error: Error): Error {
    if (error.message.startsWith('FENCED')) return new FencedError(error.message)
    if (error.name !== 'ReplyError') {
      this.errors[error.message === 'Command timed out' ? 'timeout' : 'disconnected']++
      return new ApiError('unavailable')
    }
    this.errors.rejected++
    if (error.message.startsWith('OOM')) return new ApiError('throttled')
    this.#logRejection(error.message)
    return new ApiError('unavailable')
  }

  /** While Redis loads its data, and during a failover, it rejects commands. The first one of a kind is sufficient. */
  #logRejection(reason: string): void {
    const [kind = ''] = reason.split(' ', 1)
    if (this.#loggedRejections.has(kind)) return
    this.#loggedRejections.add(kind)
    const isOutage = /^(LOADING|MASTERDOWN|READONLY|CLUSTERDOWN|TRYAGAIN|BUSY|UNBLOCKED)/.test(kind)
    this.#log[isOutage ? 'warn' : 'error']({ reason }, 'store call rejected')
  }

  /** ioredis reports each failed attempt to connect. The first one is sufficient. */
  readonly #onError = (error: Error): void => {
    if (!this.#isConnected) return
    this.#isConnected = false
    this.#log.warn({ reason: error.message }, 'store connection lost: reconnecting')
  }
}

const isMissingFunction = (error: unknown): boolean => /function not found/i.test((error as Error).message)

const createClient = (urls: readonly string[], more: RedisOptions): Redis | Cluster => {
  const options: RedisOptions = {
    commandTimeout: commandTimeoutMs,
    connectTimeout: commandTimeoutMs,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    retryStrategy: reconnectDelayMs,
    ...more,
  }
  const [url = ''] = urls
  if (urls.length === 1) return new Redis(url, options)
  const clusterOptions: ClusterOptions = {
    redisOptions: options,
    shardedSubscribers: true,
    enableOfflineQueue: more.enableOfflineQueue ?? true,
    clusterRetryStrategy: reconnectDelayMs,
  }
  return new Cluster([...urls], clusterOptions)
}

const reconnectDelayMs = (attempt: number): number => Math.min(maxReconnectDelayMs, 50 * attempt)
