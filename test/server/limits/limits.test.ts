import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { limits, serverLimits } from '../../../machines/protocol/limits.ts'
import { Ear } from '../../../server/rooms/transientEvents.ts'
import { MemoryStore } from '../../../server/rooms/memoryStore.ts'
import { ManualClock } from '../clock.ts'
import { limitRows } from './limitRows.ts'
import { lineHarness } from '../ws/lineHarness.ts'
import { offer } from '../people.ts'
import type { Stay } from '../../../server/rooms/seatClaim.ts'

const root = new URL('../../../', import.meta.url).pathname

/** The file whose tests exceed each limit. A row of machines/protocol/limits.ts without an entry fails. */
const exceededIn: Record<keyof typeof limits | keyof typeof serverLimits, string> = {
  frameBytes: 'test/server/ws/sockets.test.ts', callsPerFrame: 'test/server/ws/frameCost.test.ts', subscriptionsPerSocket: 'test/server/ws/sockets.test.ts',
  messageBurst: 'test/server/ws/sockets.test.ts', messagesPerSecond: 'test/server/ws/sockets.test.ts', mailboxMessages: 'test/server/rooms/store.contract.ts',
  earlyCandidates: 'test/machines/call/callMachine.test.ts', connectAttempts: 'test/machines/call/callMachine.test.ts', restarts: 'test/machines/call/callMachine.test.ts',
  failedRestarts: 'test/machines/call/callMachine.test.ts', nameCharacters: 'test/machines/protocol/roomName.test.ts', descriptionCharacters: 'test/server/api/refusals.test.ts',
  descriptionLines: 'test/server/api/refusals.test.ts', candidateCharacters: 'test/server/api/refusals.test.ts', traceLines: 'test/machines/protocol/messages.test.ts',
  valuesPerFrame: 'test/server/ws/frameCost.test.ts', throttledCallsPerFrame: 'test/server/ws/frameCost.test.ts', idCharacters: 'test/server/limits/limits.test.ts',
  pathCharacters: 'test/server/limits/limits.test.ts', fragmentsPerMessage: 'test/faults/onslaught.ts', chunksPerFrame: 'test/faults/onslaught.ts',
  framesPerCall: 'test/server/ws/frameBurst.test.ts', bytesPerFrameToken: 'test/server/ws/frameBurst.test.ts', socketSharesPerAddress: 'test/server/ws/frameBurst.test.ts',
  frameMsPerTurn: 'test/faults/burst.test.ts', socketsPerAddress: 'test/faults/attacks.origin.test.ts', socketsTotal: 'test/server/limits/totals.test.ts', plainConnectionsTotal: 'test/server/limits/totals.test.ts',
  roomsTotal: 'test/server/limits/totals.test.ts', roomsReserved: 'test/server/limits/totals.test.ts', roomsHeldPerAddress: 'test/server/limits/totals.test.ts',
  waitingStrangers: 'test/server/rooms/startHold.test.ts', addressesPerTable: 'test/server/limits/totals.test.ts', unsentBytes: 'test/faults/attacks.slow.test.ts',
  unsentBytesPerAddress: 'test/server/ws/unsentBytes.test.ts', unsentBytesTotal: 'test/server/ws/unsentBytes.test.ts', unreadBytesPerAddress: 'test/server/ws/frameBurst.test.ts',
  unreadBytesTotal: 'test/server/ws/frameBurst.test.ts', mailboxBytesPerSeat: 'test/server/limits/limits.test.ts', mailboxBytesPerAddress: 'test/server/limits/limits.test.ts',
  mailboxBytesTotal: 'test/server/limits/limits.test.ts', passingEventsPerVisit: 'test/server/limits/limits.test.ts', passingBytesPerVisit: 'test/server/limits/limits.test.ts',
  onlookerLines: 'test/server/api/inspectSubscription.test.ts', guessesPerSocket: 'test/faults/attacks.probing.test.ts', guessesPerAddress: 'test/faults/attacks.probing.test.ts',
  roomsPerSocket: 'test/faults/attacks.probing.test.ts', roomsPerAddress: 'test/faults/attacks.probing.test.ts',
}

test.each(limitRows)('the limit $name has a reason, and a test that exceeds it', ({ name, reason }) => {
  expect(reason, 'a comment above it').toMatch(/^.{10,}$/)
  const file = exceededIn[name as keyof typeof exceededIn]
  expect(file, 'no test is named').toBeDefined()
  expect(readdirSync(root + file.slice(0, file.lastIndexOf('/')))).toContain(file.slice(file.lastIndexOf('/') + 1))
  expect(readFileSync(root + file, 'utf8').length).toBeGreaterThan(0)
})

describe('a call', () => {
  test('with an id of more than 64 characters is refused without it', async () => {
    const harness = lineHarness()
    for (const length of [serverLimits.idCharacters, serverLimits.idCharacters + 1]) {
      await harness.cpuOf(JSON.stringify({ id: 'x'.repeat(length), method: 'query', params: { path: 'ice.servers' } }))
    }
    expect(harness.answers.map((text) => JSON.parse(text) as object)).toMatchObject([{ id: 'x'.repeat(64), result: {} }, { id: null, error: { data: { code: 'bad-input' } } }])
  })

  test('of a path of more than 64 characters is refused with the first 64', async () => {
    const harness = lineHarness()
    await harness.cpuOf(JSON.stringify({ id: 1, method: 'query', params: { path: 'x'.repeat(65) } }))
    expect(JSON.parse(harness.answers[0]!)).toMatchObject({ error: { data: { code: 'not-found', path: 'x'.repeat(64) } } })
  })
})

describe('mailboxes', () => {
  const seat = (epoch: number) => ({ token: `t${epoch}`, previous: 'p', key: 'k', asked: 0, epoch, claimed: epoch, closes: false, deadline: null, flowing: false })
  const large = (n: number) => ({ ...offer(`a1.${n}`), sdp: `v=0${'x'.repeat(31_000)}` }) as ReturnType<typeof offer>
  const speaker = (room: string): Stay => ({ room, seat: 'a', epoch: 1 })
  const reader = (room: string): Stay => ({ room, seat: 'b', epoch: 2 })

  function houseOf(sizes: Partial<Record<'mailboxBytesPerSeat' | 'mailboxBytesPerAddress' | 'mailboxBytesTotal', number>> = {}) {
    const store = new MemoryStore(new ManualClock(), { ...serverLimits, ...sizes })
    const marks = new Map<string, { epoch: string; n: number }>()
    const said = new Map<string, number>()
    return {
      async open(room: string) {
        const both = await store.commit(room, { version: 0, state: 'ready', context: { seats: { a: seat(1), b: seat(2) }, epoch: 2, awaited: null }, effects: [], dueAt: null })
        marks.set(room, { epoch: both!.b.epoch, n: 0 })
      },
      async say(room: string, address: string, message = large((said.get(room) ?? 0) + 1)) {
        const answer = await store.say(speaker(room), (said.get(room) ?? 0) + 1, message, address)
        if (typeof answer === 'object') said.set(room, answer.said)
        return answer
      },
      /** The numbers of the negotiations that a reader finds; what was dropped before is told as `resync`. */
      async kept(room: string): Promise<string[]> {
        const mark = marks.get(room)!
        const reading = await store.read(reader(room), mark)
        const rest = reading.type === 'lost' ? await store.read(reader(room), { ...mark, n: reading.to }) : reading
        return rest.type === 'events' ? rest.events.flatMap((event) => (event.type === 'message' && event.message.type === 'offer' ? [event.message.connection] : [])) : []
      },
    }
  }

  test('of a seat hold 256 KiB: the newest negotiation survives', async () => {
    const house = houseOf()
    await house.open('blue-door')
    for (let n = 1; n <= 200; n++) expect(await house.say('blue-door', '192.0.2.1')).toMatchObject({ said: n })
    const kept = await house.kept('blue-door')
    expect(kept.at(-1)).toBe('a1.200')
    expect(kept.length * 31_000).toBeLessThanOrEqual(serverLimits.mailboxBytesPerSeat)
    expect(kept.length * 31_000).toBeGreaterThan(serverLimits.mailboxBytesPerSeat / 2)
  })

  test('that one address fills hold 8 MiB: its fullest lose their oldest, and the newest negotiation of every room survives', async () => {
    const house = houseOf()
    const rooms = Array.from({ length: 100 }, (_, n) => `room-${n}`)
    for (const room of rooms) await house.open(room)
    for (let round = 0; round < 8; round++) for (const room of rooms) expect(await house.say(room, '192.0.2.1')).toMatchObject({ said: round + 1 })
    const kept = await Promise.all(rooms.map((room) => house.kept(room)))
    expect(kept.flat().length * 31_000).toBeLessThanOrEqual(serverLimits.mailboxBytesPerAddress)
    for (const each of kept) expect(each.at(-1)).toBe('a1.8')
  })

  test('of all addresses hold so many bytes together: a neighbour who says little loses nothing to 50 addresses that flood', async () => {
    const house = houseOf({ mailboxBytesTotal: 4 * 1024 * 1024 })
    await house.open('calm-room')
    for (let n = 0; n < 3; n++) await house.say('calm-room', '198.51.100.1', offer(`a9.${n + 1}`))
    const rooms = Array.from({ length: 250 }, (_, n) => `room-${n}`)
    for (const room of rooms) await house.open(room)
    const answers = []
    for (let round = 0; round < 3; round++) for (const [n, room] of rooms.entries()) answers.push(await house.say(room, `192.0.2.${n % 50}`))
    expect((await Promise.all(rooms.map((room) => house.kept(room)))).flat().length * 31_000).toBeLessThanOrEqual(4 * 1024 * 1024)
    expect(await house.kept('calm-room')).toEqual(['a9.1', 'a9.2', 'a9.3'])
    for (const answer of answers) if (typeof answer === 'string') expect(answer).toBe('throttled')
  })

  test('are refused as throttled where nothing can make room, and take messages again once others are gone', async () => {
    const house = houseOf({ mailboxBytesPerAddress: 40_000 })
    await house.open('blue-door')
    await house.open('red-door')
    expect(await house.say('blue-door', '192.0.2.1')).toMatchObject({ said: 1 })
    expect(await house.say('red-door', '192.0.2.1', { ...large(1), sdp: `v=0${'€'.repeat(30_000)}` } as ReturnType<typeof offer>)).toBe('throttled')
    expect(await house.say('red-door', '192.0.2.1', offer('a1.5'))).toMatchObject({ said: 1 })
    expect(await house.say('red-door', '192.0.2.2')).toMatchObject({ said: 2 })
  })
})

test('what is told in passing waits for a slow reader up to 100 events and 64 KiB', () => {
  const line = { at: 0, place: 'server', machine: 'room', event: 'page.closed', facts: {}, state: 'ready' } as const
  const countOf = (event: Parameters<Ear['hear']>[0]): number => {
    const ear = new Ear(true, new ManualClock())
    for (let n = 0; n < 1_000; n++) ear.hear(event)
    let count = 0
    while (ear.next()) count += 1
    return count
  }
  expect(countOf({ type: 'message', message: { type: 'trace', at: 1, lines: Array.from({ length: 40 }, () => line) } })).toBe(3)
  expect(countOf({ type: 'message', message: { type: 'trace', at: 1, lines: [line] } })).toBeLessThanOrEqual(serverLimits.passingEventsPerVisit)
  expect(countOf({ type: 'log', line })).toBeLessThanOrEqual(serverLimits.passingEventsPerVisit)
})
