import { randomBytes } from 'node:crypto'
import { expect, onTestFinished, vi } from 'vitest'
import { limits } from '../../../machines/protocol/limits.ts'
import { emptyRoomContext, type RoomContext } from '../../../machines/room/seats.ts'
import type { RoomEvent } from '../../../machines/protocol/messages.ts'
import { ApiError } from '../../../server/common/apiError.ts'
import { systemClock, type Clock } from '../../../server/common/clock.ts'
import { Drain } from '../../../server/common/drain.ts'
import { createLog } from '../../../server/common/log.ts'
import { RedisConnection } from '../../../server/redis/connection.ts'
import { hashTags } from '../../../server/redis/hashTags.ts'
import { LocalSeats } from '../../../server/redis/localSeats.ts'
import { nodesKey, NodeLease } from '../../../server/redis/nodeLease.ts'
import { RedisStore } from '../../../server/redis/redisStore.ts'
import { MailboxReader } from '../../../server/rooms/mailboxReader.ts'
import type { LostConnection, RoomChange } from '../../../server/rooms/store.ts'
import { TransientEventBuffer } from '../../../server/rooms/transientEvents.ts'
import { deadlineMs } from '../../deadline.ts'
import { needs } from '../../needs.ts'
import { startRedisServer } from '../../redisServer.ts'
import { ManualClock } from '../manualClock.ts'
import { createSeat } from '../rooms/createSeat.ts'
import { offer } from '../testClient.ts'
import { shareRedis } from './shareRedis.ts'

const test = needs('redis')
const key = randomBytes(32)
const log = createLog('silent')
const redis = shareRedis()

async function openStore(clock: Clock = systemClock): Promise<RedisStore> {
  const store = await RedisStore.open([redis.server.url], key, clock, log)
  onTestFinished(() => store.close())
  return store
}

let rooms = 0
const newRoom = (): string => `blue-door-${++rooms}`
const context = (a: number | null, b: number | null): RoomContext => ({
  ...emptyRoomContext(Math.max(a ?? 0, b ?? 0)),
  seats: { a: a === null ? null : createSeat(a), b: b === null ? null : createSeat(b) },
})
const change = (more: Partial<RoomChange> = {}): RoomChange => ({
  version: 0,
  state: 'ready',
  context: context(1, 2),
  effects: [],
  dueAtMs: null,
  ...more,
})

/** A room whose seats both belong to the first store, and a reader of seat b. */
async function startReader(store: RedisStore) {
  const room = newRoom()
  const claim = { room, seat: 'b', epoch: 2 } as const
  const notify = vi.fn()
  await store.subscribe(claim, notify)
  const mailboxes = await store.commit(room, change())
  // A read that this wake-up overtakes is not kept.
  await vi.waitFor(() => expect(notify).toHaveBeenCalled(), { timeout: deadlineMs })
  notify.mockClear()
  const read = () => store.read(claim, { mailboxId: mailboxes!.b.mailboxId, seq: 0 })
  return { room, claim, notify, read }
}

test('a message at one store reaches the reader at another, without a read of Redis', async () => {
  // With this clock the store does not read every five seconds.
  const [first, second] = [await openStore(new ManualClock()), await openStore()]
  const { room, read } = await startReader(first)
  expect(await read()).toEqual({ type: 'events', events: [] })
  const { remoteReads } = first
  const message = offer('a1.1')
  expect(await second.appendMessage({ room, seat: 'a', epoch: 1 }, 1, message)).toEqual({ acked: 1, isNew: true })
  const expected = { type: 'events', events: [{ type: 'message', message }] }
  await vi.waitFor(async () => expect(await read()).toEqual(expected), { timeout: deadlineMs })
  expect(first.remoteReads).toBe(remoteReads)
})

test('a reader reads Redis after wake-ups were lost with their connection', async () => {
  // With this clock the store does not read every five seconds.
  const [first, second] = [await openStore(new ManualClock()), await openStore()]
  const { room, read } = await startReader(first)
  await read()
  await redis.client.call('CLIENT', 'KILL', 'TYPE', 'pubsub')
  const message = offer('a1.1')
  await second.appendMessage({ room, seat: 'a', epoch: 1 }, 1, message)
  const expected = { type: 'events', events: [{ type: 'message', message }] }
  await vi.waitFor(async () => expect(await read()).toEqual(expected), { timeout: deadlineMs })
})

test.each([
  ['a wake-up', async () => undefined],
  ['a new subscription', () => redis.client.call('CLIENT', 'KILL', 'TYPE', 'pubsub')],
])('a message is not lost when %s overtakes the answer of a read', async (_, act) => {
  const [first, second] = [await openStore(new ManualClock()), await openStore()]
  const { room, notify, read } = await startReader(first)
  let [onAnswer, release] = [() => undefined as void, () => undefined as void]
  const answered = new Promise<void>((resolve) => void (onAnswer = resolve))
  const released = new Promise<void>((resolve) => void (release = resolve))
  const call = RedisConnection.prototype.call
  const calls = vi.spyOn(RedisConnection.prototype, 'call').mockImplementation(async function (
    this: RedisConnection,
    ...args
  ) {
    const answer = await call.apply(this, args)
    if (args[0] === 'read') {
      onAnswer()
      await released
    }
    return answer
  })
  onTestFinished(() => calls.mockRestore())
  const early = read()
  await answered
  await act()
  const message = offer('a1.1')
  await second.appendMessage({ room, seat: 'a', epoch: 1 }, 1, message)
  await vi.waitFor(() => expect(notify).toHaveBeenCalled(), { timeout: deadlineMs })
  release()
  expect(await early).toEqual({ type: 'events', events: [] })
  expect(await read()).toEqual({ type: 'events', events: [{ type: 'message', message }] })
})

test('every reader reads Redis in five seconds, also without a wake-up', async () => {
  const clock = new ManualClock()
  const store = await openStore(clock)
  const readers = [await startReader(store), await startReader(store), await startReader(store)]
  for (const { read } of readers) await read()
  for (let turn = 0; turn < 10; turn++) clock.advance(500)
  for (const { notify } of readers) expect(notify).toHaveBeenCalled()
})

test('each call of a Redis that does not answer fails as unavailable after two seconds, and later ones succeed', async () => {
  const own = await startRedisServer()
  onTestFinished(() => own.close())
  const store = await RedisStore.open([own.url], key, new ManualClock(), log)
  onTestFinished(() => store.close())
  const room = newRoom()
  const [claim, position] = [{ room, seat: 'a', epoch: 1 } as const, { mailboxId: 'aaaaaaaabbbbbbbb', seq: 0 }]
  const calls: Record<string, () => Promise<unknown>> = {
    load: () => store.load(room),
    commit: () => store.commit(room, change()),
    appendMessage: () => store.appendMessage(claim, 1, offer('a1.1')),
    read: async () => store.read(claim, position),
    watch: () => store.watch(room, () => undefined),
    publishOffer: () => store.publishOffer(room, { id: 1, sdp: '' }),
    publishTransient: () => store.publishTransient(room, 'a', { type: 'ready' }),
    roomsDue: () => store.roomsDue(0),
    countRooms: () => store.countRooms(),
  }
  own.process.child.kill('SIGSTOP')
  const answers = await Promise.allSettled(Object.values(calls).map((call) => call()))
  own.process.child.kill('SIGCONT')
  expect(answers.map((answer) => answer.status === 'rejected' && (answer.reason as ApiError).errorCode)).toEqual(
    answers.map(() => 'unavailable'),
  )
  for (const [name, call] of Object.entries(calls)) await expect(call(), name).resolves.not.toThrow()
})

test.each(['MISCONF writes are disabled', 'NOREPLICAS not enough replicas', 'ERR a bug of a function'])(
  'an error of Redis is unavailable for clients, and its reason is in the log: %s',
  async (text) => {
    const lines: string[] = []
    const connection = new RedisConnection(
      [redis.server.url],
      createLog('info', { write: (line) => void lines.push(line) }),
    )
    onTestFinished(() => connection.close())
    await connection.waitUntilReady(deadlineMs)
    const script = `return redis.error_reply('${text}')`
    for (let attempt = 0; attempt < 2; attempt++)
      await expect(connection.command('eval', script, 0)).rejects.toMatchObject({ errorCode: 'unavailable' })
    expect(lines.filter((line) => line.includes(text))).toHaveLength(1)
  },
)

test('a node that others declared dead cannot write, gives up its lease, and continues under a new id', async () => {
  const store = await openStore()
  const onLeaseLost = vi.fn()
  store.setHandlers({ endConnection: async () => undefined, onLeaseLost })
  const { room, claim } = await startReader(store)
  const { version } = await store.load(room)
  const [node] = (await redis.client.zrange(nodesKey, '-1', '-1')) as [string]
  const connection = new RedisConnection([redis.server.url], log)
  await connection.waitUntilReady(deadlineMs)
  const lists = await connection.callShards(
    'reap',
    hashTags.map((_, shard) => shard),
    (tag) => `duet:{${tag}}:s:${node}`,
    [node],
  )
  await connection.close()
  expect(lists.flat()).toHaveLength(2)

  await expect(store.commit(room, change({ version }))).rejects.toMatchObject({ errorCode: 'unavailable' })
  expect(onLeaseLost).toHaveBeenCalledOnce()
  await expect(store.appendMessage({ ...claim, seat: 'a', epoch: 1 }, 1, offer())).resolves.toMatchObject({ acked: 1 })
  expect(await store.commit(room, change({ version, context: context(1, 3) }))).not.toBeNull()
})

/** A store that does not renew its lease by itself, after another store ended its first lease. */
async function openFencedStore(): Promise<RedisStore> {
  const store = await openStore(new ManualClock())
  const [node] = (await redis.client.zrange(nodesKey, '-1', '-1')) as [string]
  const other = await RedisStore.open([redis.server.url], key, systemClock, log)
  await other.endNode(node)
  await other.close()
  await expect(store.commit(newRoom(), change())).rejects.toMatchObject({ errorCode: 'unavailable' })
  return store
}

/** Nodes with connections of rooms. */
const connectedNodes = async (): Promise<string[]> =>
  (await redis.client.keys('duet:{*}:s:*')).map((name) => name.slice(name.lastIndexOf(':') + 1))

test('a node that lost its lease has a new one before it writes again', async () => {
  const store = await openFencedStore()
  const earlier = await connectedNodes()
  expect(await store.commit(newRoom(), change())).not.toBeNull()
  const [node, ...others] = (await connectedNodes()).filter((each) => !earlier.includes(each))
  expect(await redis.client.zscore(nodesKey, node!)).not.toBeNull()
  expect(others).toEqual([])
})

test('a node whose lease Redis lost reports its earlier id as dead', async () => {
  const clock = new ManualClock()
  const store = await openStore(clock)
  const onLeaseLost = vi.fn()
  store.setHandlers({ endConnection: async () => undefined, onLeaseLost })
  await store.commit(newRoom(), change())
  const [node] = (await redis.client.zrange(nodesKey, '-1', '-1')) as [string]
  await redis.client.zrem(nodesKey, node)
  clock.advance(1_000)
  await vi.waitFor(() => expect(onLeaseLost).toHaveBeenCalled(), { timeout: deadlineMs })
  await store.commit(newRoom(), change())
  expect(await redis.client.zscore(nodesKey, node)).toBe('0')
})

test('a node that gets no lease writes nothing', async () => {
  const store = await openFencedStore()
  const room = newRoom()
  const call = RedisConnection.prototype.call
  const calls = vi.spyOn(RedisConnection.prototype, 'call').mockImplementation(async function (
    this: RedisConnection,
    ...args
  ) {
    if (args[0] === 'beat') throw new ApiError('unavailable')
    return call.apply(this, args)
  })
  onTestFinished(() => void calls.mockRestore())
  await expect(store.commit(room, change())).rejects.toMatchObject({ errorCode: 'unavailable' })
  expect(await store.load(room)).toMatchObject({ state: 'empty' })
})

test('of many calls that are rejected at once, one gives up the lease', async () => {
  const store = await openStore(new ManualClock())
  const onLeaseLost = vi.fn()
  store.setHandlers({ endConnection: async () => undefined, onLeaseLost })
  const { room } = await startReader(store)
  const [node] = (await redis.client.zrange(nodesKey, '-1', '-1')) as [string]
  await (await openStore()).endNode(node)
  const calls = Array.from({ length: 100 }, () => store.appendMessage({ room, seat: 'a', epoch: 1 }, 1, offer()))
  for (const call of calls) await expect(call).rejects.toMatchObject({ errorCode: 'unavailable' })
  expect(onLeaseLost).toHaveBeenCalledOnce()
})

test('an answer about the old id does not end the lease of the new one', async () => {
  const clock = new ManualClock()
  const connection = new RedisConnection([redis.server.url], log)
  onTestFinished(() => connection.close())
  await connection.waitUntilReady(deadlineMs)
  const lease = new NodeLease(connection, clock, log)
  const handlers = { onLost: vi.fn(), onLoss: () => undefined, onDead: () => undefined }
  await lease.renew(handlers)
  const { node } = lease
  await redis.client.zrem(nodesKey, node)
  const renewal = lease.renew(handlers)
  lease.giveUp(handlers)
  const { node: next } = lease
  await renewal
  expect([lease.node, lease.isHeld]).toEqual([next, false])
  await lease.renew(handlers)
  expect([lease.node, lease.isHeld]).toEqual([next, true])
  expect(handlers.onLost).toHaveBeenCalledOnce()
})

test('the connections of a dead node are its seats, the visitor at the door and its preparation', async () => {
  const store = await openStore()
  const room = newRoom()
  const visitor = { id: 1, keyHash: 'k', source: 's', name: 'Ben', visit: 7, isAdmitted: false, expiresAt: null }
  const waiting = context(1, null)
  const door = { ...waiting.door, visitor, preparation: { id: 9, keyHash: null } }
  await store.commit(room, change({ state: 'created', context: { ...waiting, door } }))
  const [node] = (await redis.client.zrange(nodesKey, '-1', '-1')) as [string]
  const ended: LostConnection[] = []
  const other = await openStore()
  other.setHandlers({ endConnection: async (connection) => void ended.push(connection), onLeaseLost: () => undefined })
  await other.endNode(node)
  expect(ended.filter((each) => each.room === room).sort((a, b) => a.epoch - b.epoch)).toEqual([
    { room, place: 'a', epoch: 1 },
    { room, place: 'door', epoch: 7 },
    { room, place: 'preparation', epoch: 9 },
  ])
})

test('a reader that was behind gets the events that this process did not keep, without a further wake-up', async () => {
  // With this clock the store does not read every five seconds.
  const store = await openStore(new ManualClock())
  const claim = { room: newRoom(), seat: 'b', epoch: 2 } as const
  const position = { mailboxId: (await store.commit(claim.room, change()))!.b.mailboxId, seq: 0 }
  const transientEvents = new TransientEventBuffer(false, systemClock)
  const arrived = vi.spyOn(transientEvents, 'push')
  const reader = new MailboxReader(
    { claim, resumeFrom: position, mailboxEnd: position },
    store,
    new Drain(0),
    transientEvents,
  )
  await reader.open(undefined)
  onTestFinished(() => reader.close())
  let received = 0
  let catchUp: (() => void) | null = null
  void reader.pushTo({
    send: (_, { type }) => {
      if (type === 'message') received++
      // The reader is behind from the first event that needed no call of Redis.
      if (store.servedReads === 0 || catchUp) return undefined
      return new Promise<void>((resolve) => (catchUp = resolve))
    },
  })
  let sent = 0
  const send = () => store.appendMessage({ ...claim, seat: 'a', epoch: 1 }, ++sent, offer(`a1.${sent}`))
  const untilReceived = () => vi.waitFor(() => expect(received).toBe(sent), { timeout: deadlineMs })
  while (!catchUp) {
    await send()
    await untilReceived()
  }
  for (let more = 0; more < 60; more++) await send()
  await store.publishTransient(claim.room, 'b', { type: 'full' })
  await vi.waitFor(() => expect(arrived).toHaveBeenCalled(), { timeout: deadlineMs })
  ;(catchUp as () => void)()
  await untilReceived()
})

test('a reader that stops holds a bounded number of events in this process', () => {
  const seats = new LocalSeats()
  const notify = vi.fn()
  const unsubscribe = seats.subscribe('id', 'b', { epoch: 2, notify })
  const local = seats.find('id', 'b')!
  local.store('mailbox', 0, [])
  const event = JSON.stringify({ type: 'message', message: offer('a1.1') } satisfies RoomEvent)
  for (let seq = 1; seq <= 1_000; seq++) seats.deliver(`id|b|${seq}|${event}`)
  const events = local.take('mailbox', 2, 0)!
  expect(events.length).toBeLessThanOrEqual(32)
  // The events after these were not kept: they are read from Redis.
  expect(local.take('mailbox', 2, events.length)).toBeNull()
  local.store('mailbox', 744, Array<string>(limits.mailboxMessages).fill(event))
  expect(local.ahead.length).toBeLessThanOrEqual(32)
  expect(local.take('mailbox', 2, 744)).not.toBeNull()
  expect(notify).toHaveBeenCalledTimes(1_000)
  unsubscribe()
  expect(seats.find('id', 'b')).toBeUndefined()
})

test('a Redis without free memory throttles messages, and still stores the states of rooms', async () => {
  const store = await openStore()
  await redis.client.config('SET', 'maxmemory', '1')
  onTestFinished(async () => void (await redis.client.config('SET', 'maxmemory', '0')))
  const room = newRoom()
  expect(await store.commit(room, change())).not.toBeNull()
  const sending = store.appendMessage({ room, seat: 'a', epoch: 1 }, 1, offer('a1.1'))
  await expect(sending).rejects.toMatchObject({ errorCode: 'throttled' })
})
