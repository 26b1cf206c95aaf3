import { expect, test } from 'vitest'
import { limits } from '../../../machines/protocol/limits.ts'
import type { TraceEntry } from '../../../machines/protocol/traceEntry.ts'
import type { PeerMessage, RoomEvent } from '../../../machines/protocol/messages.ts'
import { Drain } from '../../../server/common/drain.ts'
import { pullEvents } from '../../../server/common/eventSink.ts'
import { TransientEventBuffer } from '../../../server/rooms/transientEvents.ts'
import { MemoryStore } from '../../../server/rooms/memoryStore.ts'
import { MailboxReader } from '../../../server/rooms/mailboxReader.ts'
import { ManualClock } from '../manualClock.ts'
import { answer, candidate, offer, type TestSubscription } from '../testClient.ts'
import { startServerFixture } from '../serverFixture.ts'
import { emptyRoomContext } from '../../../machines/room/seats.ts'
import { createSeat } from './createSeat.ts'

/** The trace of a room that the server publishes, and the traces that peers exchange. */

const media: PeerMessage = { type: 'media', microphone: true, camera: false, screen: false }
const line: TraceEntry = {
  atMs: 7,
  place: 'here',
  machine: 'call',
  event: 'offer.created',
  fields: { negotiation: 1 },
  state: 'offering.waitingForPeer',
}
const trace: PeerMessage = { type: 'trace.entries', sentAtMs: 9, entries: [line] }

/** Reads trace entries up to the event `last`, each as `seat event → state`. */
async function story(visit: TestSubscription, last: string): Promise<string[]> {
  const lines: string[] = []
  for (;;) {
    const received = await visit.next()
    if (received === 'completed' || 'errorCode' in received)
      throw new Error(`the subscription ended before ${last}: ${JSON.stringify(lines)}`)
    if (received.event.type !== 'room.trace') continue
    const { event, fields, state } = received.event.entry
    lines.push(`${fields.seat ?? '-'} ${event} → ${state}`)
    if (event === last) return lines
  }
}

test('includeTrace delivers the transitions of the room from the own join on, and no relayed messages', async () => {
  const fixture = await startServerFixture()
  const ann = fixture.newClient().join('blue-door', { includeTrace: true })
  await ann.joined()
  await ann.send(offer('a1.1'))
  await ann.send(candidate('a1.1', 9))
  const ben = fixture.newClient().join('blue-door')
  await ben.joined()
  await ben.send(answer('a1.1'))
  await ben.send(media)
  await ben.leave()
  expect(await story(ann, 'holder.left')).toEqual([
    'a visitor.joined → created',
    'b visitor.joined → ready',
    'b holder.left → created',
  ])
})

test('a subscription without includeTrace, or after room.leave, receives no trace', async () => {
  const fixture = await startServerFixture()
  const [ann, ben] = [
    fixture.newClient().join('blue-door'),
    fixture.newClient().join('blue-door', { includeTrace: true }),
  ]
  await ann.joined()
  await ben.joined()
  await ben.leave()
  expect(await itemsOf(ben)).toContain('visitor.joined')
  await ann.send(offer('a1.1'))
  await ann.send(offer('a1.2'))
  expect(ben.unread).toEqual([])
  await ann.leave()
  expect(await itemsOf(ann)).not.toContain('"log"')
})

/** All items up to the end of the subscription. */
async function itemsOf(visit: TestSubscription): Promise<string> {
  const received: string[] = []
  for (;;) {
    const next = await visit.next()
    if (next === 'completed') return received.join()
    received.push(JSON.stringify(next))
  }
}

test('the trace contains no names, tokens, addresses or SDP', async () => {
  const fixture = await startServerFixture()
  const ann = fixture.newClient().join('canary-door', { includeTrace: true })
  const { token } = await ann.joined()
  await ann.send(offer('a1.1'))
  await ann.send(candidate('a1.1', 9))
  const cat = fixture.newClient()
  const ben = cat.join('canary-door', { includeTrace: true })
  const { token: theirs } = await ben.joined()
  await cat.terminate()
  await ann.leave(true)
  await ann.leave()
  const traceText = JSON.stringify((await readAllEvents(ann)).filter(({ type }) => type === 'room.trace'))
  expect(traceText).toContain('socket.closed')
  expect(traceText).toContain('page.closing')
  expect(traceText).not.toMatch(/canary|v=0|192\.0\.2|127\.0\.0|candidate:|ice-|[A-Za-z0-9_-]{43}|[0-9a-f]{64}/)
  for (const secret of [token, theirs, ann.joinKey, ben.joinKey]) expect(traceText).not.toContain(secret)
})

/** Skips items up to the first event of this type. */
async function until(visit: TestSubscription, type: RoomEvent['type']): Promise<void> {
  for (;;) {
    const received = await visit.next()
    if (received !== 'completed' && 'event' in received && received.event.type === type) return
  }
}

async function readAllEvents(visit: TestSubscription): Promise<RoomEvent[]> {
  const events: RoomEvent[] = []
  for (;;) {
    const received = await visit.next()
    if (received === 'completed') return events
    if (!('errorCode' in received)) events.push(received.event)
  }
}

test('trace.entries reach a connected peer, do not appear in the room trace, and are not stored', async () => {
  const fixture = await startServerFixture()
  const client = fixture.newClient()
  const [ann, ben] = [fixture.newClient().join('blue-door', { includeTrace: true }), client.join('blue-door')]
  await ann.joined()
  const { token, id } = await ben.joined()
  await ben.expectEvent('ready')
  await ann.send({ type: 'trace.subscribe', enabled: true, fromStart: true })
  await ann.send(trace)
  expect((await ben.expectEvent('message')).message).toEqual({
    type: 'trace.subscribe',
    enabled: true,
    fromStart: true,
  })
  expect((await ben.expectEvent('message')).message).toEqual(trace)

  await client.terminate()
  await until(ann, 'peer.disconnected')
  for (let times = 0; times < 20; times++) await ann.send(trace)
  await ann.send(offer('a1.1'))
  const again = fixture.newClient().join('blue-door', { token, lastEventId: id })
  await again.joined()
  await again.expectEvent('ready')
  expect((await again.expectEvent('message')).message).toMatchObject({ type: 'trace.subscribe' })
  expect((await again.expectEvent('message')).message).toEqual(offer('a1.1'))
  expect(JSON.stringify(ann.unread)).not.toMatch(/trace\.(entries|subscribe)/)
})

test('a flood of traces does not delay an offer, and most traces are dropped', async () => {
  const clock = new ManualClock()
  const store = new MemoryStore(clock)
  const mailboxes = await store.commit('blue-door', {
    version: 0,
    state: 'ready',
    context: { ...emptyRoomContext(2), seats: { a: createSeat(1), b: createSeat(2) } },
    effects: [],
    dueAtMs: null,
  })
  const end = mailboxes!.b
  const claim = { room: 'blue-door', seat: 'b', epoch: 2 } as const
  const reader = new MailboxReader(
    { claim, resumeFrom: { mailboxId: end.mailboxId, seq: 0 }, mailboxEnd: { mailboxId: end.mailboxId, seq: 0 } },
    store,
    new Drain(),
    new TransientEventBuffer(true, clock),
  )
  await reader.open(undefined)
  const say = (n: number, message: PeerMessage) =>
    store.appendMessage({ room: 'blue-door', seat: 'a', epoch: 1 }, n, message)

  for (let n = 1; n <= 1_000; n++) await say(n, trace)
  for (let n = 0; n < 1_000; n++) await store.publishTransient('blue-door', 'b', { type: 'room.trace', entry: line })
  await say(1_001, offer('a1.1'))
  const events = pullEvents(reader)
  const next = async () => ((await events.next()).value as { event: RoomEvent }).event
  expect(await next()).toEqual({ type: 'message', message: offer('a1.1') })
  const received: RoomEvent[] = []
  for (let n = 0; n < 40; n++) received.push(await next())
  await say(1_002, { type: 'hangup' })
  expect(await next()).toEqual({ type: 'message', message: { type: 'hangup' } })
  reader.close()
  await store.close()
})

test('room.trace events are limited to the message rate of two clients', () => {
  const clock = new ManualClock()
  const buffer = new TransientEventBuffer(true, clock)
  const received = (): number => {
    let count = 0
    for (let n = 0; n < 1_000; n++) {
      buffer.push({ type: 'room.trace', entry: line })
      while (buffer.shift()) count += 1
    }
    return count
  }
  expect(received()).toBe(2 * limits.messageBurst)
  clock.advance(1_000)
  expect(received()).toBe(2 * limits.messagesPerSecond)
})
