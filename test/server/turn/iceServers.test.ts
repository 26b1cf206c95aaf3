import { createHmac } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { timeouts } from '../../../machines/protocol/timeouts.ts'
import { createIceConfigSource, type RelayClient, type WebPortUrls } from '../../../server/turn/iceServers.ts'
import { ManualClock } from '../manualClock.ts'
import { startServerFixture } from '../serverFixture.ts'

const clock = new ManualClock()
const own = (
  hostFor: (host: string) => string = (host) => host,
  scheme: 'http' | 'https' = 'http',
  urls: string[] = [],
  { iceHost, ...webPort }: Partial<WebPortUrls> & { iceHost?: string } = {},
) =>
  createIceConfigSource(
    {
      type: 'embedded',
      turn: { port: 3478, iceHostFor: hostFor, secret: 's' },
      scheme,
      urls,
      iceHost,
      webPort: { publicUrls: () => [], isOfferedDirectly: true, ...webPort },
    },
    clock,
  )
const visitor = (host: string, more: Partial<RelayClient> = {}): RelayClient => ({
  serverHost: host,
  access: 'direct',
  address: '203.0.113.9',
  relayId: 'socketOne',
  hasSeat: true,
  ...more,
})
const turnUrls = (servers: ReturnType<typeof own>, host: string) =>
  servers.createConfig(visitor(host)).iceServers.at(-1)?.urls

test.each([
  ['duet.example', 'duet.example'],
  ['duet.example:8000', 'duet.example'],
  ['192.0.2.7:8000', '192.0.2.7'],
  ['[fd00::2]:8000', '[fd00::2]'],
  ['localhost:8000', '127.0.0.1'],
  ['duet.localhost', '127.0.0.1'],
  ['DUET.example', 'duet.example'],
])('a client of %s gets ICE servers at %s', (host, name) => {
  const {
    iceServers: [stun, turn],
    lifetimeMs,
  } = own().createConfig(visitor(host))
  expect(stun).toEqual({ urls: [`stun:${name}:3478`] })
  expect(turn?.urls).toEqual([
    `turn:${name}:3478?transport=udp`,
    `turn:${name}:3478?transport=tcp`,
    `turn:${name}:${/:(\d+)$/.exec(host)?.[1] ?? 80}?transport=tcp`,
  ])
  expect(lifetimeMs).toBe(timeouts.turnCredentialLifetimeMs)
})

test('the last URL is the web port, for networks that block all other ports', () => {
  expect(turnUrls(own(), 'duet.example:8000')?.at(-1)).toBe('turn:duet.example:8000?transport=tcp')
  expect(
    turnUrls(
      own((host) => host, 'https'),
      'duet.example',
    )?.at(-1),
  ).toBe('turns:duet.example:443?transport=tcp')
  expect(
    turnUrls(
      own(() => '192.0.2.2', 'https'),
      'localhost:8443',
    )?.at(-1),
  ).toBe('turns:localhost:8443?transport=tcp')
})

test('through a proxy only the URLs that reach TURN are offered', () => {
  const behind = (publicUrls: string[], more: { iceHost?: string } = {}) =>
    own((host) => host, 'http', [], { publicUrls: () => publicUrls, ...more })
  const urlsFor = (servers: ReturnType<typeof own>, host: string, access: RelayClient['access']) =>
    servers.createConfig(visitor(host, { access })).iceServers.flatMap(({ urls }) => urls)
  const udpAndTcp = (host: string) => [
    `stun:${host}:3478`,
    `turn:${host}:3478?transport=udp`,
    `turn:${host}:3478?transport=tcp`,
  ]
  const url = 'turns:duet.example:443?transport=tcp'
  expect(urlsFor(behind([url]), 'duet.example', 'public')).toEqual([...udpAndTcp('duet.example'), url])
  expect(urlsFor(behind([]), 'duet.example', 'public')).toEqual(udpAndTcp('duet.example'))
  expect(urlsFor(behind([url]), 'other.example', 'proxy')).toEqual(udpAndTcp('other.example'))
  expect(urlsFor(behind([url], { iceHost: 'turn.example' }), 'duet.example', 'public')).toEqual([
    ...udpAndTcp('turn.example'),
    url,
  ])
  expect(urlsFor(behind([], { iceHost: '[2001:db8::5]' }), '', 'proxy')).toEqual(udpAndTcp('[2001:db8::5]'))
  expect(urlsFor(behind([]), '', 'proxy')).toEqual([])
})

test('a web port that is switched off is not offered', () => {
  const servers = own((host) => host, 'http', [], { isOfferedDirectly: false })
  expect(turnUrls(servers, 'duet.example:8000')).toHaveLength(2)
})

test('external TURN URLs follow the embedded server', () => {
  expect(
    turnUrls(
      own((host) => host, 'http', ['turn:turn.example']),
      'duet.example:8000',
    )?.slice(2),
  ).toEqual(['turn:duet.example:8000?transport=tcp', 'turn:turn.example'])
})

test('iceHostFor determines the host of the URLs', () => {
  expect(own(() => '192.0.2.2').createConfig(visitor('localhost:8000')).iceServers[0]?.urls).toEqual([
    'stun:192.0.2.2:3478',
  ])
})

describe('credentials', () => {
  const usernameOf = (more: Partial<RelayClient>) =>
    own().createConfig(visitor('duet.example', more)).iceServers[1]!.username!
  const idOf = (more: Partial<RelayClient>) => usernameOf(more).split(':')[1]!

  test.each([
    [true, timeouts.turnCredentialLifetimeMs],
    [false, timeouts.guestTurnCredentialLifetimeMs],
  ])('are TURN REST credentials; with a seat: %s, lifetime in ms: %i', (hasSeat, lifetime) => {
    const {
      iceServers: [, turn],
      lifetimeMs,
    } = own().createConfig(visitor('duet.example', { hasSeat }))
    expect(turn?.credential).toBe(
      createHmac('sha1', 's')
        .update(turn?.username ?? '')
        .digest('base64'),
    )
    expect([Number(turn?.username?.split(':')[0]), lifetimeMs]).toEqual([
      Math.floor((clock.now() + lifetime) / 1000),
      lifetime,
    ])
    expect([timeouts.turnCredentialLifetimeMs, timeouts.guestTurnCredentialLifetimeMs]).toEqual([3_600_000, 300_000])
  })

  test('keep their id per socket, so a repeated request gets no new quota', () => {
    expect(idOf({ hasSeat: false })).toBe(idOf({ hasSeat: false }))
    expect(idOf({ hasSeat: false })).not.toBe(idOf({ hasSeat: false, relayId: 'socketTwo' }))
  })

  test('contain the class, the socket and a hash of the client network', () => {
    expect(idOf({ hasSeat: true })).toMatch(/^seat-socketOne\.[\w-]{12}$/)
    expect(idOf({ hasSeat: false })).toMatch(/^guest-socketOne\.[\w-]{12}$/)
    const networkOf = (address: string) => idOf({ address }).split('.')[1]
    expect(networkOf('203.0.113.9')).not.toBe(networkOf('203.0.113.8'))
    expect(networkOf('2001:db8::/64')).toMatch(/^[\w-]{12}$/)
  })

  test.each(['127.0.0.1', '10.0.0.3', 'fd00::/64'])(
    'contain no network for %s, because all clients behind an untrusted proxy share it',
    (address) => {
      expect(idOf({ address })).toBe('seat-socketOne')
    },
  )
})

test('external URLs are passed through; stun: URLs get no credentials', () => {
  const urls = ['stun:stun.example', 'turn:turn.example?transport=tcp', 'turns:turn.example']
  const servers = createIceConfigSource({ type: 'elsewhere', urls, secret: 's' }, clock).createConfig(
    visitor('duet.example'),
  ).iceServers
  expect(servers).toEqual([
    { urls: urls.slice(0, 1) },
    { urls: urls.slice(1), username: expect.any(String) as string, credential: expect.any(String) as string },
  ])
})

test('without TURN the list is empty', () => {
  expect(createIceConfigSource({ type: 'none' }, clock).createConfig(visitor('duet.example')).iceServers).toEqual([])
})

test('joined and ice.servers return the same URLs, and none contains the room name', async () => {
  const { newClient } = await startServerFixture(
    {},
    { DUET_TURN: 'embedded', DUET_TURN_PORT: '0', DUET_TURN_RELAY_PORTS: '62500-62600', DUET_TURN_SELF_TEST: 'no' },
  )
  const ann = newClient()
  expect((await ann.trpc.ice.servers.query()).lifetimeMs).toBe(timeouts.guestTurnCredentialLifetimeMs)
  const joined = await ann.join('blue-door').joined()
  const { iceServers: asked, lifetimeMs } = await ann.trpc.ice.servers.query()
  expect(joined).toMatchObject({ lifetimeMs, iceServers: asked.map(({ urls }) => ({ urls })) })
  expect(asked.flatMap(({ urls }) => urls).join()).toMatch(
    /^stun:127\.0\.0\.1:\d+,turn:127\.0\.0\.1:\d+\?transport=udp,turn:127\.0\.0\.1:\d+\?transport=tcp,turn:127\.0\.0\.1:\d+\?transport=tcp$/,
  )
  expect(JSON.stringify([joined.iceServers, asked])).not.toContain('blue')
})
