import type { IncomingMessage } from 'node:http'
import { expect, test } from 'vitest'
import { parsePublicUrl } from '../../../server/config/publicUrl.ts'
import { TrustedProxies } from '../../../server/net/trustedProxies.ts'
import { AddressSet } from '../../../turn/index.ts'
import { newJoinKey } from '../testClient.ts'
import { startServerFixture } from '../serverFixture.ts'

const proxies = new TrustedProxies(new AddressSet(['127.0.0.1', '10.0.0.0/8', '2001:db8::/32']))
const request = (remoteAddress: string, headers: Record<string, string> = {}) =>
  ({ socket: { remoteAddress }, headers }) as IncomingMessage
const forwarded = (header: string) => ({ 'x-forwarded-for': header })

test.each([
  ['no X-Forwarded-For', '127.0.0.1', undefined, '127.0.0.1'],
  ['one proxy', '127.0.0.1', '203.0.113.9', '203.0.113.9'],
  ['one proxy, at an IPv6 socket', '::ffff:127.0.0.1', '203.0.113.9', '203.0.113.9'],
  ['two proxies', '127.0.0.1', '203.0.113.9, 10.1.2.3', '203.0.113.9'],
  ['addresses that the client added', '127.0.0.1', '198.51.100.1, 10.0.0.5, 203.0.113.9, 10.1.2.3', '203.0.113.9'],
  ['invalid addresses that the client added', '127.0.0.1', 'localhost,,203.0.113.9', '203.0.113.9'],
  ['a client on a proxy’s machine', '127.0.0.1', '10.0.0.5,10.1.2.3', '10.0.0.5'],
  ['an IPv4 address with a port', '127.0.0.1', '203.0.113.9:4711', '203.0.113.9'],
  ['an IPv6 address', '2001:db8::1', '2600::1', '2600::1'],
  ['an IPv6 address with a port', '2001:db8::1', '[2600::1]:4711', '2600::1'],
  ['an IPv4-mapped IPv6 address', '2001:db8::1', '::ffff:203.0.113.9', '203.0.113.9'],
  ['an unknown client address', '127.0.0.1', 'unknown', ''],
  ['an untrusted proxy', '203.0.113.9', '127.0.0.1', '203.0.113.9'],
])('clientAddress: %s', (_, peer, header, caller) => {
  expect(proxies.clientAddress(request(peer, header === undefined ? {} : forwarded(header)))).toBe(caller)
})

test.each([
  [
    'Host, for another origin than the public URL',
    { host: 'duet.example:8000', origin: 'http://duet.example:8000' },
    'duet.example:8000',
  ],
  ['Host, for a request without an Origin', { host: '192.0.2.1' }, '192.0.2.1'],
  ['Host, through a proxy of another name', { host: 'lan.example', via: '1.1 squid' }, 'lan.example'],
  [
    'the public URL, for its origin, even if a proxy changed the Host',
    { host: '127.0.0.1:8000', origin: 'https://duet.example:8443' },
    'duet.example:8443',
  ],
  ['an empty string, for an invalid Host', { host: 'a b' }, ''],
])('requestedHost is %s', (_, headers, host) => {
  expect(
    new TrustedProxies(new AddressSet([]), parsePublicUrl('https://duet.example:8443')).requestedHost(
      request('127.0.0.1', headers),
    ),
  ).toBe(host)
})

test.each([
  ['public, by its Origin', '203.0.113.9', { origin: 'https://duet.example', host: '127.0.0.1:8000' }, 'public'],
  ['public, by its Host', '203.0.113.9', { host: 'duet.example' }, 'public'],
  ['public, for a bot through the trusted proxy', '127.0.0.1', { host: '127.0.0.1:8000' }, 'public'],
  ['direct, for a page on the LAN', '10.0.0.7', { origin: 'http://10.0.0.2:8000', host: '10.0.0.2:8000' }, 'direct'],
  ['proxy, for another name with X-Forwarded-For', '10.0.0.7', { host: 'a.example', ...forwarded('1.2.3.4') }, 'proxy'],
  ['proxy, for another name with Via', '10.0.0.7', { host: 'a.example', via: '2.0 Caddy' }, 'proxy'],
])('access is %s', (_, peer, headers, access) => {
  const behind = new TrustedProxies(new AddressSet(['127.0.0.1']), parsePublicUrl('https://duet.example'))
  expect(behind.access(request(peer, headers as Record<string, string>))).toBe(access)
})

test('behind a trusted proxy the rate limits apply to each client address', async () => {
  const { newClient } = await startServerFixture(
    { limits: { failedJoinsPerAddressPerMinute: 2, failedJoinsPerSocketPerMinute: 1 } },
    { DUET_TRUSTED_PROXIES: '127.0.0.0/8' },
  )
  const from = (address: string) => newClient({ headers: forwarded(address) })
  for (let guess = 0; guess < 2; guess++)
    expect(await from('203.0.113.9').join('blue-door', { token: newJoinKey() }).rejected()).toBe('seat-lost')
  expect(await from('203.0.113.10, 203.0.113.9').join('blue-door').rejected()).toBe('throttled')
  expect(await from('203.0.113.9, 203.0.113.10').join('blue-door').joined()).toMatchObject({ seat: 'a' })
})

test('X-Forwarded-For of an untrusted client does not evade its rate limit', async () => {
  const { newClient } = await startServerFixture({
    limits: { failedJoinsPerAddressPerMinute: 2, failedJoinsPerSocketPerMinute: 1 },
  })
  for (let guess = 0; guess < 2; guess++) {
    expect(
      await newClient({ headers: forwarded(`203.0.113.${guess}`) })
        .join('blue-door', { token: newJoinKey() })
        .rejected(),
    ).toBe('seat-lost')
  }
  expect(
    await newClient({ headers: forwarded('203.0.113.9') })
      .join('blue-door')
      .rejected(),
  ).toBe('throttled')
})
