import { createHmac } from 'node:crypto'
import { expect, test } from 'vitest'
import { timers } from '../../machines/timers.ts'
import { iceServers } from '../../server/ice.ts'
import { ManualClock } from './clock.ts'
import { startWorld } from './world.ts'

const clock = new ManualClock()
const own = (hostFor: (host: string) => string = (host) => host, scheme: 'http' | 'https' = 'http', urls: string[] = []) =>
  iceServers({ type: 'embedded', turn: { port: 3478, hostFor, secret: 's' }, scheme, urls }, clock)
const turnUrls = (servers: ReturnType<typeof own>, host: string) => servers.configFor(host).iceServers.at(-1)?.urls

test.each([
  ['duet.example', 'duet.example'], ['duet.example:8000', 'duet.example'], ['192.0.2.7:8000', '192.0.2.7'], ['[fd00::2]:8000', '[fd00::2]'],
  ['localhost:8000', '127.0.0.1'], ['duet.localhost', '127.0.0.1'], ['DUET.example', 'duet.example'],
])('who asked for %s gathers from %s', (host, name) => {
  const { iceServers: [stun, turn], lifetimeMs } = own().configFor(host)
  expect(stun).toEqual({ urls: [`stun:${name}:3478`] })
  expect(turn?.urls).toEqual([`turn:${name}:3478?transport=udp`, `turn:${name}:3478?transport=tcp`, `turn:${name}:${/:(\d+)$/.exec(host)?.[1] ?? 80}?transport=tcp`])
  expect(lifetimeMs).toBe(timers.credentials)
})

test('last comes the port by which the page came, for networks that let nothing else out', () => {
  expect(turnUrls(own(), 'duet.example:8000')?.at(-1)).toBe('turn:duet.example:8000?transport=tcp')
  expect(turnUrls(own((host) => host, 'https'), 'duet.example')?.at(-1)).toBe('turns:duet.example:443?transport=tcp')
  expect(turnUrls(own(() => '192.0.2.2', 'https'), 'localhost:8443')?.at(-1)).toBe('turns:localhost:8443?transport=tcp')
})

test('servers elsewhere come after our own', () => {
  expect(turnUrls(own((host) => host, 'http', ['turn:turn.example']), 'duet.example:8000')?.slice(2)).toEqual(['turn:duet.example:8000?transport=tcp', 'turn:turn.example'])
})

test('turn says under which name it can be reached', () => {
  expect(own(() => '192.0.2.2').configFor('localhost:8000').iceServers[0]?.urls).toEqual(['stun:192.0.2.2:3478'])
})

test('credentials are the REST ones, end in an hour, and are new each time', () => {
  const [first, second] = [0, 1].map(() => own().configFor('duet.example').iceServers[1])
  expect(first?.credential).toBe(createHmac('sha1', 's').update(first?.username ?? '').digest('base64'))
  expect(Number(first?.username?.split(':')[0])).toBe(Math.floor((clock.now() + timers.credentials) / 1000))
  expect(first?.username).not.toBe(second?.username)
})

test('servers elsewhere are named as they were given; STUN needs no credentials', () => {
  const urls = ['stun:stun.example', 'turn:turn.example?transport=tcp', 'turns:turn.example']
  const servers = iceServers({ type: 'elsewhere', urls, secret: 's' }, clock).configFor('duet.example').iceServers
  expect(servers).toEqual([{ urls: urls.slice(0, 1) }, { urls: urls.slice(1), username: expect.any(String) as string, credential: expect.any(String) as string }])
})

test('without TURN there are none', () => {
  expect(iceServers({ type: 'none' }, clock).configFor('duet.example').iceServers).toEqual([])
})

test('the same are given with the seat and on asking, and none of them names the room', async () => {
  const { person } = await startWorld({}, { DUET_TURN: 'embedded', DUET_TURN_PORT: '0', DUET_TURN_RELAY_PORTS: '50000-50100', DUET_TURN_SELF_TEST: 'no' })
  const ann = person()
  const joined = await ann.visit('blue-door').joined()
  const { iceServers: asked, lifetimeMs } = await ann.trpc.ice.servers.query()
  expect(joined).toMatchObject({ lifetimeMs, iceServers: asked.map(({ urls }) => ({ urls })) })
  expect(asked.flatMap(({ urls }) => urls).join()).toMatch(/^stun:127\.0\.0\.1:\d+,turn:127\.0\.0\.1:\d+\?transport=udp,turn:127\.0\.0\.1:\d+\?transport=tcp,turn:127\.0\.0\.1:\d+\?transport=tcp$/)
  expect(JSON.stringify([joined.iceServers, asked])).not.toContain('blue')
})
