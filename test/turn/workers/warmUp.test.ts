import { expect, test, vi } from 'vitest'
import type { TurnLog } from '../../../turn/index.ts'
import { warmUp, warmUpAllocations } from '../../../turn/workers/warmUp.ts'
import { allocate, connectClient, startTestServer } from '../turnFixture.ts'

const createLog = () => ({ debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() }) satisfies TurnLog

test('the warm-up completes its allocations, opens no handle and logs nothing', () => {
  const log = createLog()
  const before = process.getActiveResourcesInfo()
  // Each packet of an allocation succeeds, except the one without credentials.
  expect(warmUp(log, () => true)).toMatchObject({
    allocated: warmUpAllocations,
    errorResponses: { 401: warmUpAllocations },
    dropped: 0,
    responsesRateLimited: 0,
  })
  expect(process.getActiveResourcesInfo()).toEqual(before)
  expect(Object.values(log).flatMap(({ mock }) => mock.calls)).toEqual([])
})

test('the warm-up ends when its time is over', () => {
  let checks = 0
  expect(warmUp(createLog(), () => checks++ < 3)?.allocated).toBe(3)
})

test('a failure of the warm-up is logged and does not reach its caller', () => {
  const [log, err] = [createLog(), new Error('no MD5')]
  const failing = () => {
    throw err
  }
  expect(warmUp(log, failing)).toBeUndefined()
  expect(log.warn.mock.calls).toEqual([[{ err }, 'warm-up failed']])
})

test('a started server has counted nothing, and all of its ports and quotas are free', async () => {
  const turn = await startTestServer({ relayPorts: [61_800, 61_801], quotas: { total: 2, source: 2, user: 2 } })
  const counters = turn.counters()
  const { errorResponses, overQuota, allocatedBy, certificateDaysLeft, ...counts } = counters
  expect([errorResponses, certificateDaysLeft]).toEqual([{}, undefined])
  expect(Object.entries({ ...counts, ...overQuota, ...allocatedBy }).filter(([, count]) => count !== 0)).toEqual([])
  const clients = await Promise.all([connectClient(turn, 'udp'), connectClient(turn, 'udp')])
  for (const { client } of clients) expect((await allocate(client)).port).toBeGreaterThan(0)
})
