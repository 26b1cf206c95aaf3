import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { emptyRoomContext } from '../../../machines/room/seats.ts'
import type { contentLimits } from '../../../machines/protocol/contentLimits.ts'
import { serverLimits, type Limits } from '../../../machines/protocol/limits.ts'
import type { Quotas } from '../../../turn/common/options.ts'
import { TransientEventBuffer } from '../../../server/rooms/transientEvents.ts'
import { MemoryStore } from '../../../server/rooms/memoryStore.ts'
import { ManualClock } from '../manualClock.ts'
import { addressLimits, addressLimitsTable } from './addressLimits.ts'
import { limitRows, quotaRows } from './limitRows.ts'
import { replaceGeneratedParts } from '../../generatedParts.ts'
import { createSeat } from '../rooms/createSeat.ts'
import { createConnectionHarness } from '../ws/trpcConnectionHarness.ts'
import { offer } from '../testClient.ts'
import type { SeatClaim } from '../../../server/rooms/seatClaim.ts'

const root = new URL('../../../', import.meta.url).pathname

/** The file whose tests exceed each limit. A row of machines/protocol/limits.ts without an entry fails. */
const exceededIn: Record<keyof Limits | keyof typeof contentLimits, string> = {
  frameBytes: 'test/server/ws/sockets.test.ts',
  requestsPerFrame: 'test/server/ws/frameCost.test.ts',
  subscriptionsPerSocket: 'test/server/ws/sockets.test.ts',
  messageBurst: 'test/server/ws/sockets.test.ts',
  messagesPerSecond: 'test/server/ws/sockets.test.ts',
  mailboxMessages: 'test/server/rooms/store.contract.ts',
  pendingCandidates: 'test/machines/call/callMachine.test.ts',
  connectAttempts: 'test/machines/call/callMachine.test.ts',
  iceRestartsPerMinute: 'test/machines/call/callMachine.test.ts',
  failedIceRestarts: 'test/machines/call/callMachine.test.ts',
  visitorNameCharacters: 'test/machines/protocol/visitorName.test.ts',
  asksPerVisitor: 'test/server/rooms/door.test.ts',
  roomNameCharacters: 'test/machines/protocol/roomName.test.ts',
  descriptionCharacters: 'test/server/api/apiErrors.test.ts',
  descriptionLines: 'test/server/api/apiErrors.test.ts',
  candidateCharacters: 'test/server/api/apiErrors.test.ts',
  traceEntriesPerMessage: 'test/machines/protocol/messages.test.ts',
  channelMessageCharacters: 'test/machines/protocol/dataChannelMessages.test.ts',
  channelMessageBurst: 'test/client/webrtc/dataChannel.test.ts',
  channelMessagesPerSecond: 'test/client/webrtc/dataChannel.test.ts',
  channelByteBurst: 'test/client/webrtc/dataChannel.test.ts',
  channelBytesPerSecond: 'test/client/webrtc/dataChannel.test.ts',
  contentBacklogBytes: 'test/client/content/lazyContent.test.ts',
  chatTextCharacters: 'test/machines/protocol/chatMessages.test.ts',
  chatMessageCharacters: 'test/machines/protocol/chatMessages.test.ts',
  chatWaitingTexts: 'test/machines/chat/chatMachine.test.ts',
  chatUnacknowledgedTexts: 'test/machines/chat/chatMachine.test.ts',
  chatKeptTexts: 'test/machines/chat/chatMachine.test.ts',
  chatKeptCharacters: 'test/machines/chat/chatMachine.test.ts',
  chatMessageBurst: 'test/client/content/chat.test.ts',
  chatMessagesPerSecond: 'test/client/content/chat.test.ts',
  chatByteBurst: 'test/client/content/chat.test.ts',
  chatBytesPerSecond: 'test/client/content/chat.test.ts',
  fileBytes: 'test/client/transfer/transferLimits.test.ts',
  fileBytesInMemory: 'test/client/transfer/partStore.test.ts',
  fileNameBytes: 'test/machines/protocol/fileName.test.ts',
  fileChunkBytes: 'test/machines/protocol/fileMessages.test.ts',
  fileWindowBytes: 'test/client/transfer/sendWindow.test.ts',
  fileUnstoredBytes: 'test/client/transfer/transferLimits.test.ts',
  filePartBytes: 'test/client/transfer/transfers.test.ts',
  fileMessageCharacters: 'test/machines/protocol/fileMessages.test.ts',
  fileMessageBurst: 'test/client/transfer/transferLimits.test.ts',
  fileMessagesPerSecond: 'test/client/transfer/transferLimits.test.ts',
  openFilesPerSender: 'test/client/transfer/transferLimits.test.ts',
  endedFiles: 'test/client/transfer/transferLimits.test.ts',
  jsonValuesPerFrame: 'test/server/ws/frameCost.test.ts',
  throttledRequestsPerFrame: 'test/server/ws/frameCost.test.ts',
  requestIdCharacters: 'test/server/limits/limits.test.ts',
  procedurePathCharacters: 'test/server/limits/limits.test.ts',
  fragmentsPerMessage: 'test/faults/malformedInputs.ts',
  chunksPerFrame: 'test/faults/malformedInputs.ts',
  framesPerRequest: 'test/server/ws/frameBurst.test.ts',
  bytesPerFrameToken: 'test/server/ws/frameBurst.test.ts',
  socketBudgetsPerAddress: 'test/server/ws/frameBurst.test.ts',
  addressBudgetsPerSite: 'test/server/limits/networkBudgets.test.ts',
  frameMsPerTurn: 'test/faults/burst.test.ts',
  socketsPerAddress: 'test/faults/attacks.origin.test.ts',
  socketsTotal: 'test/server/limits/totals.test.ts',
  plainConnectionsTotal: 'test/server/limits/totals.test.ts',
  tlsHandshakesPerAddress: 'test/server/http/tlsFlood.test.ts',
  tlsHandshakesPerSecond: 'test/turn/net/handshakeQueue.test.ts',
  requestsInFlightPerConnection: 'test/server/http/staticFiles.test.ts',
  requestsInFlightTotal: 'test/server/http/inFlightRequests.test.ts',
  roomsTotal: 'test/server/limits/totals.test.ts',
  roomsReserved: 'test/server/limits/totals.test.ts',
  roomsHeldPerNetwork: 'test/server/limits/totals.test.ts',
  roomsRestoredPerNetwork: 'test/server/limits/totals.test.ts',
  waitingJoins: 'test/server/rooms/startupHold.test.ts',
  waitingJoinsPerNetwork: 'test/server/rooms/startupHold.test.ts',
  addressesPerTable: 'test/server/limits/totals.test.ts',
  unsentBytesPerSocket: 'test/faults/attacks.slow.test.ts',
  unsentBytesPerNetwork: 'test/server/ws/sendBuffers.test.ts',
  unsentBytesTotal: 'test/server/ws/sendBuffers.test.ts',
  unreadBytesPerNetwork: 'test/server/ws/frameBurst.test.ts',
  unreadBytesTotal: 'test/server/ws/frameBurst.test.ts',
  mailboxBytesPerSeat: 'test/server/limits/limits.test.ts',
  mailboxBytesPerNetwork: 'test/server/limits/limits.test.ts',
  mailboxBytesTotal: 'test/server/limits/limits.test.ts',
  transientEventsPerSubscription: 'test/server/limits/limits.test.ts',
  transientBytesPerSubscription: 'test/server/limits/limits.test.ts',
  inspectQueueEntries: 'test/server/api/inspectSubscription.test.ts',
  failedJoinsPerSocketPerMinute: 'test/faults/attacks.probing.test.ts',
  failedJoinsPerAddressPerMinute: 'test/faults/attacks.probing.test.ts',
  asksPerRoomPerMinute: 'test/server/rooms/door.test.ts',
  preparationsPerRoomPerMinute: 'test/server/rooms/preparations.test.ts',
  asksPerNetworkPerMinute: 'test/server/rooms/doorAttacks.test.ts',
  declinedVisitorsPerRoom: 'test/machines/room/door.test.ts',
  newRoomsPerSocketPerMinute: 'test/faults/attacks.probing.test.ts',
  newRoomsPerAddressPerMinute: 'test/faults/attacks.probing.test.ts',
}

test.each(limitRows)('the limit $name has a reason, and a test that exceeds it', ({ name, reason }) => {
  expect(reason, 'a comment above the limit').toMatch(/^.{10,}$/)
  const file = exceededIn[name as keyof typeof exceededIn]
  expect(file, 'the test file of the limit').toBeDefined()
  expect(readdirSync(root + file.slice(0, file.lastIndexOf('/')))).toContain(file.slice(file.lastIndexOf('/') + 1))
  expect(readFileSync(root + file, 'utf8').length).toBeGreaterThan(0)
})

/** The file whose tests exceed each quota of the relay. */
const quotaExceededIn: Record<keyof Quotas, string> = {
  user: 'test/turn/core/quotas.test.ts',
  guest: 'test/turn/core/quotas.test.ts',
  source: 'test/turn/core/quotas.test.ts',
  guestSource: 'test/turn/core/quotas.test.ts',
  total: 'test/turn/core/quotas.test.ts',
  reservedPercent: 'test/turn/core/quotas.test.ts',
  permissions: 'test/turn/core/quotas.test.ts',
  channels: 'test/turn/core/quotas.test.ts',
  bytesPerSecond: 'test/turn/core/quotas.test.ts',
  sourceBytesPerSecond: 'test/turn/core/quotas.test.ts',
  totalBytesPerSecond: 'test/turn/core/quotas.test.ts',
  connections: 'test/turn/net/streamConnections.test.ts',
}

test.each(quotaRows)('the quota $name has a reason, and a test that exceeds it', ({ name, reason }) => {
  expect(reason, 'a comment above the quota').toMatch(/^.{10,}$/)
  const text = readFileSync(root + quotaExceededIn[name as keyof Quotas], 'utf8')
  expect(text).toMatch(new RegExp(`\\b${name}\\b`))
})

describe('the table of the limits of one address', () => {
  /** `npx vitest run --config test/vitest.config.ts test/server/limits/limits.test.ts -u` updates the document. */
  test('is current in docs/architecture.md; vitest -u updates it', async () => {
    const path = `${root}docs/architecture.md`
    const document = replaceGeneratedParts(readFileSync(path, 'utf8'), { 'address limits': addressLimitsTable() })
    await expect(document).toMatchFileSnapshot(path)
  })

  test('has every limit per address', () => {
    const listed = addressLimits.map(({ name }) => name)
    const perAddress = limitRows.map(({ name }) => name).filter((name) => /Per(Address|Network)/.test(name))
    expect(listed).toEqual(expect.arrayContaining(perAddress))
    expect(listed).toEqual(expect.arrayContaining(['source', 'guestSource', 'sourceBytesPerSecond', 'connections']))
  })

  test.each(addressLimits)('names a file that reads $name', ({ name, file, reader = file }) => {
    expect(readFileSync(root + reader, 'utf8')).toContain(name)
    expect(existsSync(root + file)).toBe(true)
  })
})

describe('a request', () => {
  test('with an id of more than 64 characters is rejected with a null id', async () => {
    const harness = createConnectionHarness()
    for (const length of [serverLimits.requestIdCharacters, serverLimits.requestIdCharacters + 1]) {
      await harness.measureCpuMs(
        JSON.stringify({ id: 'x'.repeat(length), method: 'query', params: { path: 'ice.servers' } }),
      )
    }
    expect(harness.responses.map((text) => JSON.parse(text) as object)).toMatchObject([
      { id: 'x'.repeat(64), result: {} },
      { id: null, error: { data: { code: 'invalid-input' } } },
    ])
  })

  test('with a path of more than 64 characters is rejected, and the error contains the first 64', async () => {
    const harness = createConnectionHarness()
    await harness.measureCpuMs(JSON.stringify({ id: 1, method: 'query', params: { path: 'x'.repeat(65) } }))
    expect(JSON.parse(harness.responses[0]!)).toMatchObject({
      error: { data: { code: 'not-found', path: 'x'.repeat(64) } },
    })
  })
})

describe('mailboxes', () => {
  const large = (n: number) => ({ ...offer(`a1.${n}`), sdp: `v=0${'x'.repeat(31_000)}` }) as ReturnType<typeof offer>
  const speaker = (room: string): SeatClaim => ({ room, seat: 'a', epoch: 1 })
  const reader = (room: string): SeatClaim => ({ room, seat: 'b', epoch: 2 })

  function createMailboxFixture(
    sizes: Partial<Record<'mailboxBytesPerSeat' | 'mailboxBytesPerNetwork' | 'mailboxBytesTotal', number>> = {},
  ) {
    const store = new MemoryStore(new ManualClock(), { ...serverLimits, ...sizes })
    const positions = new Map<string, { mailboxId: string; seq: number }>()
    const acked = new Map<string, number>()
    return {
      async createRoom(room: string) {
        const both = await store.commit(room, {
          version: 0,
          state: 'ready',
          context: { ...emptyRoomContext(2), seats: { a: createSeat(1), b: createSeat(2) } },
          effects: [],
          dueAtMs: null,
        })
        positions.set(room, { mailboxId: both!.b.mailboxId, seq: 0 })
      },
      async send(room: string, address: string, message = large((acked.get(room) ?? 0) + 1)) {
        const answer = await store.appendMessage(speaker(room), (acked.get(room) ?? 0) + 1, message, address)
        if (typeof answer === 'object') acked.set(room, answer.acked)
        return answer
      },
      /** The connections of the offers that a reader finds. Dropped events are reported as `resync`. */
      async listKeptOffers(room: string): Promise<string[]> {
        const position = positions.get(room)!
        const result = await store.read(reader(room), position)
        const rest =
          result.type === 'truncated' ? await store.read(reader(room), { ...position, seq: result.lastSeq }) : result
        return rest.type === 'events'
          ? rest.events.flatMap((event) =>
              event.type === 'message' && event.message.type === 'offer' ? [event.message.connection] : [],
            )
          : []
      },
    }
  }

  test('of a seat hold 256 KiB and keep the newest negotiation', async () => {
    const mailboxes = createMailboxFixture()
    await mailboxes.createRoom('blue-door')
    for (let n = 1; n <= 200; n++) expect(await mailboxes.send('blue-door', '192.0.2.1')).toMatchObject({ acked: n })
    const kept = await mailboxes.listKeptOffers('blue-door')
    expect(kept.at(-1)).toBe('a1.200')
    expect(kept.length * 31_000).toBeLessThanOrEqual(serverLimits.mailboxBytesPerSeat)
    expect(kept.length * 31_000).toBeGreaterThan(serverLimits.mailboxBytesPerSeat / 2)
  })

  test('of one address hold 8 MiB in total, and each keeps its newest negotiation', async () => {
    const mailboxes = createMailboxFixture()
    const rooms = Array.from({ length: 100 }, (_, n) => `room-${n}`)
    for (const room of rooms) await mailboxes.createRoom(room)
    for (let round = 0; round < 8; round++)
      for (const room of rooms) expect(await mailboxes.send(room, '192.0.2.1')).toMatchObject({ acked: round + 1 })
    const kept = await Promise.all(rooms.map((room) => mailboxes.listKeptOffers(room)))
    expect(kept.flat().length * 31_000).toBeLessThanOrEqual(serverLimits.mailboxBytesPerNetwork)
    for (const each of kept) expect(each.at(-1)).toBe('a1.8')
  })

  test('have a total limit: a flood from 50 addresses drops nothing of a quiet address', async () => {
    const mailboxes = createMailboxFixture({ mailboxBytesTotal: 4 * 1024 * 1024 })
    await mailboxes.createRoom('calm-room')
    for (let n = 0; n < 3; n++) await mailboxes.send('calm-room', '198.51.100.1', offer(`a9.${n + 1}`))
    const rooms = Array.from({ length: 250 }, (_, n) => `room-${n}`)
    for (const room of rooms) await mailboxes.createRoom(room)
    const answers = []
    for (let round = 0; round < 3; round++)
      for (const [n, room] of rooms.entries()) answers.push(await mailboxes.send(room, `192.0.2.${n % 50}`))
    expect(
      (await Promise.all(rooms.map((room) => mailboxes.listKeptOffers(room)))).flat().length * 31_000,
    ).toBeLessThanOrEqual(4 * 1024 * 1024)
    expect(await mailboxes.listKeptOffers('calm-room')).toEqual(['a9.1', 'a9.2', 'a9.3'])
    for (const answer of answers) if (typeof answer === 'string') expect(answer).toBe('throttled')
  })

  const vacant = (epoch: number) => ({ ...emptyRoomContext(epoch), seats: { a: createSeat(epoch), b: null } })
  const candidate = {
    type: 'candidate',
    connection: 'a1.1',
    negotiation: 1,
    candidate: { candidate: `candidate:${'x'.repeat(900)}`, sdpMid: '0', sdpMLineIndex: 0, usernameFragment: null },
  } as unknown as Parameters<MemoryStore['appendMessage']>[2]

  test.each([
    ['mailboxBytesPerSeat', { mailboxBytesPerSeat: 40_000 }],
    ['mailboxBytesPerNetwork', { mailboxBytesPerNetwork: 40_000 }],
    ['mailboxBytesTotal', { mailboxBytesTotal: 40_000 }],
  ])('of a vacant seat drop candidates above %s and keep their offer', async (_, sizes) => {
    const store = new MemoryStore(new ManualClock(), { ...serverLimits, ...sizes })
    await store.commit('blue-door', { version: 0, state: 'created', context: vacant(1), effects: [], dueAtMs: null })
    expect(await store.appendMessage(speaker('blue-door'), 1, large(1), '192.0.2.1')).toMatchObject({ acked: 1 })
    for (let n = 2; n < 30; n++)
      expect(await store.appendMessage(speaker('blue-door'), n, candidate, '192.0.2.1')).toMatchObject({ acked: n })
    const [{ mailboxes }] = store.save() as [ReturnType<MemoryStore['save']>[number]]
    expect(store.mailboxBytes).toBeLessThanOrEqual(40_000)
    expect(mailboxes.b.events[0]).toMatchObject({ message: { type: 'offer' } })
    expect(mailboxes.b.events.length).toBeGreaterThan(2)
  })

  test('count after a restart, and no longer once their room ends', async () => {
    const store = new MemoryStore(new ManualClock())
    await store.commit('blue-door', { version: 0, state: 'created', context: vacant(1), effects: [], dueAtMs: null })
    await store.appendMessage(speaker('blue-door'), 1, large(1), '192.0.2.1')
    const next = new MemoryStore(new ManualClock())
    next.restore(store.save())
    expect([next.mailboxBytes, next.mailboxBytes > 31_000]).toEqual([store.mailboxBytes, true])
    const { version } = await next.load('blue-door')
    const ended = emptyRoomContext(1)
    await next.commit('blue-door', { version, state: 'empty', context: ended, effects: [], dueAtMs: null })
    expect(next.mailboxBytes).toBe(0)
  })

  test('reject a message as throttled when no space can be freed, and accept smaller messages', async () => {
    const mailboxes = createMailboxFixture({ mailboxBytesPerNetwork: 40_000 })
    await mailboxes.createRoom('blue-door')
    await mailboxes.createRoom('red-door')
    expect(await mailboxes.send('blue-door', '192.0.2.1')).toMatchObject({ acked: 1 })
    expect(
      await mailboxes.send('red-door', '192.0.2.1', { ...large(1), sdp: `v=0${'€'.repeat(30_000)}` } as ReturnType<
        typeof offer
      >),
    ).toBe('throttled')
    expect(await mailboxes.send('red-door', '192.0.2.1', offer('a1.5'))).toMatchObject({ acked: 1 })
    expect(await mailboxes.send('red-door', '192.0.2.2')).toMatchObject({ acked: 2 })
  })
})

test('transient events for a slow reader are buffered up to 100 events and 64 KiB', () => {
  const line = { atMs: 0, place: 'server', machine: 'room', event: 'page.closing', fields: {}, state: 'ready' } as const
  const countBuffered = (event: Parameters<TransientEventBuffer['push']>[0]): number => {
    const buffer = new TransientEventBuffer(true, new ManualClock())
    for (let n = 0; n < 1_000; n++) buffer.push(event)
    let count = 0
    while (buffer.shift()) count += 1
    return count
  }
  expect(
    countBuffered({
      type: 'message',
      message: { type: 'trace.entries', sentAtMs: 1, entries: Array.from({ length: 40 }, () => line) },
    }),
  ).toBe(3)
  expect(
    countBuffered({ type: 'message', message: { type: 'trace.entries', sentAtMs: 1, entries: [line] } }),
  ).toBeLessThanOrEqual(serverLimits.transientEventsPerSubscription)
  expect(countBuffered({ type: 'room.trace', entry: line })).toBeLessThanOrEqual(
    serverLimits.transientEventsPerSubscription,
  )
})
