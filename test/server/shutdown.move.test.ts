import { once } from 'node:events'
import { connect } from 'node:net'
import { expect, test } from 'vitest'
import { deadlineMs } from '../deadline.ts'
import { httpGet } from './httpGet.ts'
import { readMetrics } from './metricsReader.ts'
import { startServerFixture } from './serverFixture.ts'
import { candidate } from './testClient.ts'

// A drain with DUET_DRAIN: clients move to another server, each at its time.

const drainSpreadMs = 10_000
const start = () => startServerFixture({}, { DUET_DRAIN: String(drainSpreadMs / 1000) })

test('both clients of a room get the same delay, and their call goes on until they move', async () => {
  const { server, clock, newClient } = await start()
  const clients = Array.from({ length: 12 }, () => newClient())
  const visits = clients.map((client, index) => client.join(`room-${index >> 1}`))
  for (const visit of visits) await visit.joined()
  const drained = server.drain(0)
  const delays: number[] = []
  for (const visit of visits) {
    for (let item = await visit.next(); ; item = await visit.next()) {
      if (item === 'completed' || 'errorCode' in item) throw new Error('disconnected')
      if (item.event.type !== 'drain') continue
      delays.push(item.event.delayMs)
      break
    }
  }
  for (let room = 0; room < 6; room++) expect(delays[2 * room]).toBe(delays[2 * room + 1])
  expect(new Set(delays).size).toBeGreaterThan(3)
  expect(Math.max(...delays)).toBeLessThanOrEqual(drainSpreadMs)

  expect((await httpGet(server.adminUrl!, '/readyz')).status).toBe(503)
  const [refused] = (await once(connect(server.port, '127.0.0.1'), 'error')) as [NodeJS.ErrnoException]
  expect(refused.code).toBe('ECONNREFUSED')
  expect(await visits[0]!.send(candidate('a1.1', 9))).toBe(1)
  expect((await visits[1]!.expectEvent('message')).message).toEqual(candidate('a1.1', 9))
  expect(await clients[0]!.join('new-room').rejected()).toBe('unavailable')

  await Promise.all(clients.map((client) => client.close()))
  // The drain ends with the last socket, before the spread.
  await expect.poll(async () => (await readMetrics({ server })).duet_ws_connections, { timeout: deadlineMs }).toBe(0)
  clock.advance(200)
  await drained
})

test('a client that stays is disconnected after the spread', async () => {
  const { server, clock, newClient } = await start()
  const client = newClient()
  const visit = client.join('blue-door')
  await visit.joined()
  const drained = server.drain(0)
  await visit.expectEvent('drain')
  clock.advance(drainSpreadMs)
  expect(client.socket.readyState).toBe(client.socket.OPEN)
  const closed = once(client.socket, 'close')
  clock.advance(2_000)
  expect((await closed)[0]).toBe(1001)
  await drained
})
