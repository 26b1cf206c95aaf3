import { expect, test, vi } from 'vitest'
import { createLog, roomTag } from '../../../server/common/log.ts'
import { candidate, newJoinKey, offer } from '../testClient.ts'
import { startServerFixture } from '../serverFixture.ts'

const canary = {
  sdp: 'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\na=ice-ufrag:uFcanary\r\na=ice-pwd:pWcanarycanarycanary\r\n',
  candidate: 'candidate:1 1 udp 2122260223 192.0.2.77 5000 typ host ufrag uFcanary',
  token: newJoinKey(),
  credential: 'Y2FuYXJ5Y2FuYXJ5Y2FuYXJ5MDA=',
}

test.each(Object.entries(canary))('the log redacts a %s in messages, fields and errors', (_, secret) => {
  const lines: string[] = []
  const log = createLog('trace', { write: (line) => void lines.push(line) })
  log.error({ err: new Error(`failed on ${secret}`) }, 'oh')
  log.info({ deep: { list: [{ secret }] } }, `message with ${secret}`)
  log.child({ secret }).warn(JSON.stringify({ secret }))
  expect(lines).toHaveLength(3)
  for (const line of lines) {
    expect(JSON.parse(line)).toMatchObject({ level: expect.any(Number) as number })
    for (const part of [secret, 'anary', '192.0.2.77']) expect(line).not.toContain(part)
  }
})

test('room tags, ports and messages are not redacted', () => {
  const lines: string[] = []
  createLog('info', { write: (line) => void lines.push(line) }).info(
    { room: roomTag('blue-door'), port: 8000 },
    'server listening',
  )
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ room: roomTag('blue-door'), port: 8000, msg: 'server listening' })
  expect(roomTag('blue-door')).toMatch(/^#[0-9a-f]{8}$/)
})

test('a room has another tag in the next run, so a tag cannot be matched with a guessed name', async () => {
  vi.resetModules()
  const nextRun = await import('../../../server/common/log.ts')
  expect(nextRun.roomTag('blue-door')).not.toBe(roomTag('blue-door'))
})

test('the log of a call with rejected requests has one line per lifecycle step and no secrets', async () => {
  const { newClient, logLines } = await startServerFixture(
    {},
    {
      DUET_TURN: 'embedded',
      DUET_TURN_PORT: '0',
      DUET_TURN_SECRET: 'canaryTurnSecret',
      DUET_TURN_RELAY_PORTS: '62500-62600',
    },
  )
  const keys = [newJoinKey(), newJoinKey()]
  const ann = newClient().join('canary-room', { joinKey: keys[0] })
  const annIsIn = await ann.joined()
  const ben = newClient().join('canary-room', { joinKey: keys[1] })
  const benIsIn = await ben.joined()
  await ann.send(offer('a1.1'))
  await ann.send(candidate('a1.1', 5000))
  await newClient().join('canary-room').rejected()
  await newClient().join('canary room/x', { token: annIsIn.token }).rejected()
  await ann.send({ ...offer('a1.1'), extra: canary.sdp } as never).catch(() => undefined)
  await ann.leave()
  await ann.expectEvent('ready')
  expect(await ann.next()).toBe('completed')
  const all = logLines.join('\n')
  const secrets = [
    ...keys,
    annIsIn.token,
    benIsIn.token,
    'canary',
    '192.0.2.7',
    ...annIsIn.iceServers.flatMap(({ credential }) => credential ?? []),
  ]
  for (const secret of secrets) expect(all).not.toContain(secret)
  const steps = logLines
    .map((line) => JSON.parse(line) as { msg: string; level: number })
    .filter(({ level }) => level === 30)
    .map(({ msg }) => msg)
  expect(steps.filter((step) => /^(visitor|holder)/.test(step))).toEqual([
    'visitor.joined',
    'visitor.joined',
    'holder.left',
  ])
})
