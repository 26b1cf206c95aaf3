import { describe, expect, test, vi } from 'vitest'
import { limits } from '../../../machines/protocol/limits.ts'
import { emptyRoomContext, type RoomContext } from '../../../machines/room/seats.ts'
import { timeouts } from '../../../machines/protocol/timeouts.ts'
import type { PeerMessage, RoomEvent, SeatName } from '../../../machines/protocol/messages.ts'
import type { MailboxStates, RoomChange, Store } from '../../../server/rooms/store.ts'
import type { SeatClaim } from '../../../server/rooms/seatClaim.ts'
import { answer, candidate, offer } from '../testClient.ts'
import { deadlineMs } from '../../deadline.ts'
import { createSeat } from './createSeat.ts'

/** A store under test. */
export interface StoreSubject {
  store: Store
  /** Advances the clock of the store. */
  advance(milliseconds: number): Promise<void>
}

const room = 'blue-door'
const claim = (seat: SeatName, epoch: number): SeatClaim => ({ room, seat, epoch })
const context = (a: number | null, b: number | null): RoomContext => ({
  ...emptyRoomContext(Math.max(a ?? 0, b ?? 0)),
  seats: { a: a === null ? null : createSeat(a), b: b === null ? null : createSeat(b) },
})
const change = (more: Partial<RoomChange>): RoomChange => ({
  version: 0,
  state: 'created',
  context: context(1, null),
  effects: [],
  dueAtMs: null,
  ...more,
})
const watch = { type: 'trace.subscribe', enabled: true, fromStart: true } as const
const trace: PeerMessage = {
  type: 'trace.entries',
  sentAtMs: 1,
  entries: [
    { atMs: 1, place: 'here', machine: 'call', event: 'offer.created', fields: {}, state: 'offering.awaitingAnswer' },
  ],
}
const media = (microphone: boolean) => ({ type: 'media', microphone, camera: true, screen: false }) as const

/** The contract of every `Store`, in memory or shared by several nodes. */
export function storeContract(name: string, start: () => Promise<StoreSubject>): void {
  async function withRoom(a: number | null, b: number | null): Promise<StoreSubject & { mailboxes: MailboxStates }> {
    const subject = await start()
    const mailboxes = await subject.store.commit(room, change({ context: context(a, b), state: 'ready' }))
    if (!mailboxes) throw new Error('the first commit met a conflict')
    return { ...subject, mailboxes }
  }
  async function rewrite(store: Store, more: Partial<RoomChange>): Promise<MailboxStates> {
    const mailboxes = await store.commit(
      room,
      change({ version: (await store.load(room)).version, state: 'ready', ...more }),
    )
    if (!mailboxes) throw new Error('a commit met a conflict')
    return mailboxes
  }

  describe(`${name}: rooms`, () => {
    test('an unwritten room loads as empty with version 0', async () => {
      const { store } = await start()
      const { version, state, context: loaded } = await store.load(room)
      expect([version, state, loaded]).toEqual([0, 'empty', emptyRoomContext(loaded.epoch)])
      expect(await store.countRooms()).toBe(0)
      expect(await store.countRoomsByState()).toEqual({ created: 0, ready: 0, full: 0 })
    })

    test('load returns the last commit, and every commit changes the version', async () => {
      const { store } = await withRoom(1, null)
      const before = await store.load(room)
      expect(before).toMatchObject({ state: 'ready', context: context(1, null) })
      await rewrite(store, { context: context(1, 2) })
      expect((await store.load(room)).version).not.toBe(before.version)
    })

    test('a quota limits new rooms in total and by network, but not existing rooms', async () => {
      const { store } = await start()
      const quota = { networkPrefix: '192.0.2.1', perNetwork: 2, total: 3 }
      for (const name of ['one', 'two']) await store.commit(name, change({ quota }))
      await expect(store.commit('three', change({ quota }))).rejects.toMatchObject({ errorCode: 'throttled' })
      await store.commit('three', change({ quota: { ...quota, networkPrefix: '192.0.2.2' } }))
      await expect(
        store.commit('four', change({ quota: { ...quota, networkPrefix: '192.0.2.3' } })),
      ).rejects.toMatchObject({ errorCode: 'server-full' })
      const { version } = await store.load('one')
      expect(await store.commit('one', change({ version, quota }))).not.toBeNull()
      await store.commit('one', change({ version: (await store.load('one')).version, state: 'empty' }))
      expect(await store.commit('four', change({ quota }))).not.toBeNull()
    })

    test('of two commits with the same version, one succeeds', async () => {
      const { store } = await withRoom(1, null)
      const version = (await store.load(room)).version
      const both = await Promise.all([2, 3].map((b) => store.commit(room, change({ version, context: context(1, b) }))))
      expect(both.filter((mailboxes) => mailboxes !== null)).toHaveLength(1)
    })

    test('of two commits that create a room, one succeeds', async () => {
      const { store } = await start()
      const both = await Promise.all([1, 2].map((a) => store.commit(room, change({ context: context(a, null) }))))
      expect(both.filter((mailboxes) => mailboxes !== null)).toHaveLength(1)
    })

    test('an empty room is deleted, and its versions are not reused', async () => {
      const { store, mailboxes } = await withRoom(1, null)
      const version = (await store.load(room)).version
      await rewrite(store, { state: 'empty', context: context(null, null) })
      expect(await store.load(room)).toMatchObject({ version: 0, state: 'empty' })
      expect(await store.countRooms()).toBe(0)
      const again = await store.commit(room, change({}))
      expect(again?.a.mailboxId).not.toBe(mailboxes.a.mailboxId)
      expect(await store.commit(room, change({ version }))).toBeNull()
    })

    test('a recreated room continues the epochs of the deleted one', async () => {
      const { store } = await withRoom(5, 7)
      await rewrite(store, { state: 'empty', context: { ...context(null, null), epoch: 7 } })
      expect((await store.load(room)).context).toEqual(emptyRoomContext(7))
    })

    test('a commit that is repeated, because its answer was lost, has no second effect', async () => {
      const { store } = await start()
      const first = change({
        state: 'ready',
        context: context(1, 2),
        effects: [{ type: 'event.sent', seat: 'b', event: { type: 'ready' } }],
      })
      const mailboxes = await store.commit(room, first)
      expect(await store.commit(room, first)).toBeNull()
      expect(await store.read(claim('b', 2), { mailboxId: mailboxes!.b.mailboxId, seq: 0 })).toEqual({
        type: 'events',
        events: [{ type: 'ready' }],
      })
    })

    test('a commit that conflicts delivers no effects', async () => {
      const { store, mailboxes } = await withRoom(1, null)
      expect(
        await store.commit(
          room,
          change({ version: 0, effects: [{ type: 'event.sent', seat: 'a', event: { type: 'ready' } }] }),
        ),
      ).toBeNull()
      expect(await store.read(claim('a', 1), { mailboxId: mailboxes.a.mailboxId, seq: 0 })).toEqual({
        type: 'events',
        events: [],
      })
    })

    test('a room is due from dueAtMs on, until a commit clears it', async () => {
      const { store } = await withRoom(1, null)
      await rewrite(store, { dueAtMs: 1000, context: context(1, null) })
      expect(await store.roomsDue(999)).toEqual([])
      expect(await store.roomsDue(1000)).toEqual([room])
      await rewrite(store, { dueAtMs: null, context: context(1, null) })
      expect(await store.roomsDue(1000)).toEqual([])
    })

    test('a deleted room is never due', async () => {
      const { store } = await withRoom(1, null)
      await rewrite(store, { dueAtMs: 1000, context: context(1, null) })
      await rewrite(store, { dueAtMs: 1000, state: 'empty', context: context(null, null) })
      expect(await store.roomsDue(1000)).toEqual([])
    })
  })

  describe(`${name}: mailboxes`, () => {
    test('events of the room are read in order, once', async () => {
      const { store, mailboxes } = await withRoom(1, 2)
      await rewrite(store, {
        context: context(1, 2),
        effects: [
          { type: 'event.sent', seat: 'a', event: { type: 'ready' } },
          { type: 'event.sent', seat: 'a', event: { type: 'full' } },
        ],
      })
      const { mailboxId } = mailboxes.a
      expect(await store.read(claim('a', 1), { mailboxId, seq: 0 })).toEqual({
        type: 'events',
        events: [{ type: 'ready' }, { type: 'full' }],
      })
      expect(await store.read(claim('a', 1), { mailboxId, seq: 1 })).toEqual({
        type: 'events',
        events: [{ type: 'full' }],
      })
      expect(await store.read(claim('a', 1), { mailboxId, seq: 2 })).toEqual({ type: 'events', events: [] })
      expect(await store.read(claim('b', 2), { mailboxId: mailboxes.b.mailboxId, seq: 0 })).toEqual({
        type: 'events',
        events: [],
      })
    })

    test('commit returns the mailbox states from before its effects', async () => {
      const { store } = await withRoom(1, 2)
      const commitInput = {
        context: context(1, 2),
        effects: [{ type: 'event.sent', seat: 'a', event: { type: 'ready' } }],
      } as const
      expect((await rewrite(store, commitInput)).a).toMatchObject({ droppedCount: 0, lastSeq: 0, acked: 0 })
      expect((await rewrite(store, commitInput)).a).toMatchObject({ droppedCount: 0, lastSeq: 1, acked: 0 })
    })

    test('a message is appended to the mailbox of the other seat and acknowledged', async () => {
      const { store, mailboxes } = await withRoom(1, 2)
      expect(await store.appendMessage(claim('a', 1), 1, offer('a1.1'))).toEqual({ acked: 1, isNew: true })
      expect(await store.appendMessage(claim('a', 1), 2, media(true))).toEqual({ acked: 2, isNew: true })
      expect(await store.read(claim('b', 2), { mailboxId: mailboxes.b.mailboxId, seq: 0 })).toEqual({
        type: 'events',
        events: [
          { type: 'message', message: offer('a1.1') },
          { type: 'message', message: media(true) },
        ],
      })
      expect((await rewrite(store, { context: context(1, 2) })).a.acked).toBe(2)
    })

    test('a repeated seq is acknowledged without a new event; a gap returns out-of-order', async () => {
      const { store, mailboxes } = await withRoom(1, 2)
      await store.appendMessage(claim('a', 1), 1, media(true))
      expect(await store.appendMessage(claim('a', 1), 1, media(false))).toEqual({ acked: 1, isNew: false })
      expect(await store.appendMessage(claim('a', 1), 3, media(false))).toBe('out-of-order')
      expect(await store.read(claim('b', 2), { mailboxId: mailboxes.b.mailboxId, seq: 0 })).toMatchObject({
        events: [{ message: media(true) }],
      })
    })

    test('the same seq from two sockets at once is stored once', async () => {
      const { store, mailboxes } = await withRoom(1, 2)
      expect(
        await Promise.all([
          store.appendMessage(claim('a', 1), 1, media(true)),
          store.appendMessage(claim('a', 1), 1, media(true)),
        ]),
      ).toEqual([
        { acked: 1, isNew: true },
        { acked: 1, isNew: false },
      ])
      expect(await store.read(claim('b', 2), { mailboxId: mailboxes.b.mailboxId, seq: 0 })).toMatchObject({
        events: [{}],
      })
    })

    test('only the newest epoch of a seat can append or read', async () => {
      const { store, mailboxes } = await withRoom(1, 2)
      await rewrite(store, { context: context(3, 2) })
      expect(await store.appendMessage(claim('a', 1), 1, media(true))).toBe('seat-lost')
      expect(await store.read(claim('a', 1), { mailboxId: mailboxes.a.mailboxId, seq: 0 })).toEqual({
        type: 'superseded',
      })
      expect(await store.appendMessage(claim('a', 3), 1, media(true))).toEqual({ acked: 1, isNew: true })
    })

    test('sequence numbers continue in a new epoch of the same holder', async () => {
      const { store } = await withRoom(1, 2)
      await store.appendMessage(claim('a', 1), 1, media(true))
      await rewrite(store, { context: context(3, 2) })
      expect(await store.appendMessage(claim('a', 3), 2, media(true))).toEqual({ acked: 2, isNew: true })
    })

    test('a freed seat has a new mailbox and no acknowledged messages', async () => {
      const { store, mailboxes } = await withRoom(1, 2)
      await store.appendMessage(claim('a', 1), 1, offer('a1.1'))
      await store.appendMessage(claim('b', 2), 1, answer('a1.1'))
      await rewrite(store, { context: context(1, null), effects: [{ type: 'seat.freed', seat: 'b' }] })
      expect(await store.read(claim('b', 2), { mailboxId: mailboxes.b.mailboxId, seq: 0 })).toEqual({
        type: 'released',
      })
      expect(await store.appendMessage(claim('b', 2), 2, media(true))).toBe('seat-lost')
      const { b } = await rewrite(store, { context: context(1, 3) })
      expect(b).toMatchObject({ droppedCount: 0, lastSeq: 0, acked: 0 })
      expect(b.mailboxId).not.toBe(mailboxes.b.mailboxId)
      expect(await store.read(claim('b', 2), { mailboxId: mailboxes.b.mailboxId, seq: 0 })).toEqual({
        type: 'released',
      })
      expect(await store.read(claim('a', 1), { mailboxId: mailboxes.a.mailboxId, seq: 0 })).toMatchObject({
        events: [{ message: { type: 'answer' } }],
      })
    })

    test('in a deleted room read returns released and append returns seat-lost', async () => {
      const { store, mailboxes } = await withRoom(1, null)
      await rewrite(store, {
        state: 'empty',
        context: context(null, null),
        effects: [{ type: 'seat.freed', seat: 'a' }],
      })
      expect(await store.read(claim('a', 1), { mailboxId: mailboxes.a.mailboxId, seq: 0 })).toEqual({
        type: 'released',
      })
      expect(await store.appendMessage(claim('a', 1), 1, media(true))).toBe('seat-lost')
    })

    test('a read behind the mailbox limit returns truncated', async () => {
      const { store, mailboxes } = await withRoom(1, 2)
      for (let n = 1; n <= limits.mailboxMessages + 1; n++) await store.appendMessage(claim('a', 1), n, media(true))
      const { mailboxId } = mailboxes.b
      expect(await store.read(claim('b', 2), { mailboxId, seq: 0 })).toMatchObject({ type: 'truncated', lastSeq: 1 })
      expect(await store.read(claim('b', 2), { mailboxId, seq: 1 })).toMatchObject({
        events: { length: limits.mailboxMessages },
      })
    })

    test('a truncated read returns a digest of the dropped events', async () => {
      const { store, mailboxes } = await withRoom(1, 2)
      const { mailboxId } = mailboxes.b
      const sentToB = (event: RoomEvent) => ({ type: 'event.sent', seat: 'b', event }) as const
      await rewrite(store, {
        context: context(1, 2),
        effects: [
          sentToB({ type: 'peer.disconnected', pageClosing: true }),
          sentToB({ type: 'peer.left', reason: 'lost' }),
          sentToB({ type: 'ready' }),
        ],
      })
      await store.appendMessage(claim('a', 1), 1, offer('a1.1'))
      await store.appendMessage(claim('a', 1), 2, media(false))
      for (let n = 3; n <= limits.mailboxMessages + 2; n++)
        await store.appendMessage(claim('a', 1), n, candidate('a1.1', n))
      const mediaEvent = { type: 'message', message: media(false) }
      const truncated = (digest: unknown[]) => ({ type: 'truncated', lastSeq: 5, digest })
      expect(await store.read(claim('b', 2), { mailboxId, seq: 0 })).toEqual(
        truncated([{ type: 'peer.left', reason: 'lost' }, { type: 'ready' }, mediaEvent]),
      )
      expect(await store.read(claim('b', 2), { mailboxId, seq: 2 }), 'for a reader who has read peer.left').toEqual(
        truncated([{ type: 'ready' }, mediaEvent]),
      )
      expect(await store.read(claim('b', 2), { mailboxId, seq: 4 })).toEqual(truncated([mediaEvent]))
      expect(await store.read(claim('b', 2), { mailboxId, seq: 5 })).toMatchObject({
        events: { length: limits.mailboxMessages },
      })
    })

    test('the next holder of the seat gets an empty digest', async () => {
      const { store } = await withRoom(1, 2)
      for (let n = 1; n <= limits.mailboxMessages + 1; n++) await store.appendMessage(claim('a', 1), n, media(true))
      await rewrite(store, { context: context(1, null), effects: [{ type: 'seat.freed', seat: 'b' }] })
      await store.appendMessage(claim('a', 1), limits.mailboxMessages + 2, offer('a1.1'))
      await store.appendMessage(claim('a', 1), limits.mailboxMessages + 3, offer('a1.2'))
      const { b } = await rewrite(store, { context: context(1, 3) })
      expect(await store.read(claim('b', 3), { mailboxId: b.mailboxId, seq: 0 })).toEqual({
        type: 'truncated',
        lastSeq: 1,
        digest: [],
      })
    })

    test('a read after the last event returns truncated', async () => {
      const { store, mailboxes } = await withRoom(1, 2)
      expect(await store.read(claim('b', 2), { mailboxId: mailboxes.b.mailboxId, seq: 1 })).toEqual({
        type: 'truncated',
        lastSeq: 0,
        digest: [],
      })
    })

    test('a newer event keeps the older ones for its own lifetime', async () => {
      const { store, mailboxes, advance } = await withRoom(1, 2)
      const readAll = () => store.read(claim('b', 2), { mailboxId: mailboxes.b.mailboxId, seq: 0 })
      await store.appendMessage(claim('a', 1), 1, media(true))
      await advance(0.75 * timeouts.mailboxLifetimeMs)
      await store.appendMessage(claim('a', 1), 2, media(false))
      await advance(0.75 * timeouts.mailboxLifetimeMs)
      expect(await readAll()).toMatchObject({ type: 'events', events: { length: 2 } })
      await advance(0.5 * timeouts.mailboxLifetimeMs)
      expect(await readAll()).toMatchObject({ type: 'truncated', lastSeq: 2 })
    })

    test('unread events are dropped after mailboxLifetimeMs', async () => {
      const { store, mailboxes, advance } = await withRoom(1, 2)
      await store.appendMessage(claim('a', 1), 1, media(true))
      await advance(timeouts.mailboxLifetimeMs / 2)
      expect(await store.read(claim('b', 2), { mailboxId: mailboxes.b.mailboxId, seq: 0 })).toMatchObject({
        type: 'events',
      })
      await advance(timeouts.mailboxLifetimeMs)
      expect(await store.read(claim('b', 2), { mailboxId: mailboxes.b.mailboxId, seq: 0 })).toEqual({
        type: 'truncated',
        lastSeq: 1,
        digest: [{ type: 'message', message: media(true) }],
      })
      expect(await store.read(claim('b', 2), { mailboxId: mailboxes.b.mailboxId, seq: 1 })).toEqual({
        type: 'events',
        events: [],
      })
    })
  })

  describe(`${name}: the mailbox of an empty seat`, () => {
    const entered = async (store: Store): Promise<unknown[]> => {
      const { b } = await rewrite(store, { context: context(1, 2) })
      const reading = await store.read(claim('b', 2), { mailboxId: b.mailboxId, seq: b.droppedCount })
      return reading.type === 'events'
        ? reading.events.map((event) => (event.type === 'message' ? event.message : event))
        : [reading]
    }
    const say = async (store: Store, ...messages: Parameters<Store['appendMessage']>[2][]): Promise<void> => {
      for (const [index, message] of messages.entries())
        expect(await store.appendMessage(claim('a', 1), index + 1, message)).toEqual({ acked: index + 1, isNew: true })
    }

    test('keeps the newest negotiation only', async () => {
      const { store } = await withRoom(1, null)
      await say(
        store,
        offer('a1.1'),
        candidate('a1.1', 1),
        offer('a1.2'),
        candidate('a1.1', 2),
        candidate('a1.2', 3),
        media(true),
        watch,
        trace,
        { type: 'hangup' },
      )
      expect(await entered(store)).toEqual([offer('a1.2'), candidate('a1.2', 3)])
    })

    test('stores no candidates without an offer', async () => {
      const { store } = await withRoom(1, null)
      await say(store, candidate('a1.1', 1), answer('a1.1'))
      expect(await entered(store)).toEqual([])
    })

    test('does not expire, and its lifetime starts when a visitor joins', async () => {
      const { store, advance } = await withRoom(1, null)
      await say(store, offer('a1.1'))
      await advance(2 * timeouts.mailboxLifetimeMs)
      expect(await entered(store)).toEqual([offer('a1.1')])
      await advance(timeouts.mailboxLifetimeMs / 2)
      const { b } = await rewrite(store, { context: context(1, 2) })
      expect(b).toMatchObject({ droppedCount: 0, lastSeq: 1 })
    })

    test('keeps its offer when candidates exceed the limit', async () => {
      const { store } = await withRoom(1, null)
      await say(
        store,
        offer('a1.1'),
        ...Array.from({ length: 2 * limits.mailboxMessages }, (_, port) => candidate('a1.1', port)),
      )
      const [first, ...rest] = await entered(store)
      expect(first).toEqual(offer('a1.1'))
      expect(rest.length).toBeGreaterThan(30)
      expect(rest.length).toBeLessThan(limits.mailboxMessages)
    })
  })

  describe(`${name}: subscriptions`, () => {
    async function watched(a: number | null, b: number | null) {
      const subject = await withRoom(a, b)
      let rings = 0
      let wake: () => void = () => undefined
      const undo = await subject.store.subscribe(claim('b', b ?? 0), () => {
        rings += 1
        wake()
      })
      return {
        ...subject,
        undo,
        rings: () => rings,
        rung: () =>
          new Promise<void>((resolve) => {
            wake = resolve
          }),
      }
    }

    test('a message notifies the subscriber of the seat', async () => {
      const { store, rung } = await watched(1, 2)
      const woken = rung()
      await store.appendMessage(claim('a', 1), 1, media(true))
      await woken
    })

    test('an event, a newer epoch, a freed seat and a deleted room notify the subscriber', async () => {
      const { store, rung } = await watched(1, 2)
      for (const more of [
        { context: context(1, 2), effects: [{ type: 'event.sent', seat: 'b', event: { type: 'ready' } }] },
        { context: context(1, 3) },
        { context: context(1, null), effects: [{ type: 'seat.freed', seat: 'b' }] },
        { context: context(1, 4) },
        { context: context(null, null), state: 'empty' },
      ] as const) {
        const woken = rung()
        await rewrite(store, more)
        await woken
      }
    })

    test('unsubscribe stops the notifications', async () => {
      const { store, undo, rings } = await watched(1, 2)
      undo()
      await store.appendMessage(claim('a', 1), 1, media(true))
      expect(rings()).toBe(0)
    })

    test('transient events reach the subscribers of the seat and are not stored', async () => {
      const { store, mailboxes } = await withRoom(1, 2)
      const [received, across]: [RoomEvent[], RoomEvent[]] = [[], []]
      await store.subscribe(
        claim('b', 2),
        () => undefined,
        (event) => received.push(event),
      )
      await store.subscribe(
        claim('a', 1),
        () => undefined,
        (event) => across.push(event),
      )
      await store.publishTransient(room, 'b', { type: 'full' })
      await store.publishTransient('no-room', 'b', { type: 'ready' })
      expect(await store.appendMessage(claim('a', 1), 1, trace)).toEqual({ acked: 1, isNew: true })
      await vi.waitFor(() => expect(received).toEqual([{ type: 'full' }, { type: 'message', message: trace }]), {
        timeout: deadlineMs,
      })
      expect(across).toEqual([])
      expect(await store.read(claim('b', 2), { mailboxId: mailboxes.b.mailboxId, seq: mailboxes.b.lastSeq })).toEqual({
        type: 'events',
        events: [],
      })
    })

    test('a seat can have two subscribers', async () => {
      const { store, rung, rings } = await watched(1, 2)
      let others = 0
      await store.subscribe(claim('b', 2), () => void others++)
      const woken = rung()
      await store.appendMessage(claim('a', 1), 1, media(true))
      await woken
      expect(Math.min(rings(), others)).toBeGreaterThan(0)
    })
  })
}
