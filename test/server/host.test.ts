import { expect, test } from 'vitest'
import { lanAddresses } from '../../server/addresses.ts'
import { isLoopback, isLoopbackHost, parseHost, plainAddress } from '../../server/host.ts'
import { throttleKey } from '../../server/throttle.ts'
import { startWorld } from './world.ts'

test.each([undefined, '', ' ', 'a b', 'a/b', 'a@b', 'a?b', 'a#b', 'a:b', 'a:99999', '[::1', 'ä.example', 'a\r\nb', 'x'.repeat(300)])('%j is no host', (header) => {
  expect(parseHost(header)).toBeNull()
})

test.each(['localhost', 'localhost:8000', 'x.localhost', '127.0.0.1', '127.9.9.9:1', '[::1]:8000'])('%s is this machine', (header) => {
  expect(parseHost(header)).toSatisfy(isLoopbackHost)
})

test.each(['localhost.example', '127.0.0.1.example', '127.example', '192.0.2.1', '[::2]'])('%s is another machine', (header) => {
  expect(parseHost(header)).not.toSatisfy(isLoopbackHost)
})

test('an IPv4 address is one on whatever socket it comes', () => {
  expect(plainAddress('::ffff:127.0.0.1')).toBe('127.0.0.1')
  expect(isLoopback(plainAddress('::ffff:127.0.0.1'))).toBe(true)
  expect(isLoopback('::1')).toBe(true)
  expect(isLoopback('192.0.2.1')).toBe(false)
})

test.each([
  ['192.0.2.1', '192.0.2.1'], ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'], ['2001:db8:1:2::9', '2001:db8:1:2'], ['2001:db8::1', '2001:db8:0:0'],
  ['::1', '0:0:0:0'], ['fe80::1%eth0', 'fe80:0:0:0'], ['2001:0db8::', '2001:db8:0:0'],
])('%s counts as %s', (address, key) => {
  expect(throttleKey(address)).toBe(key)
})

test('LAN addresses are those that the server listens on', () => {
  expect(lanAddresses({ scheme: 'http', port: 8000, host: '127.0.0.1' })).toEqual([])
  for (const address of lanAddresses({ scheme: 'http', port: 8000, host: undefined })) expect(address).toMatch(/^http:\/\/(?!127\.|\[fe80)[^/]+:8000$/)
  expect(lanAddresses({ scheme: 'http', port: 8000, host: '0.0.0.0' }).join()).not.toContain('[')
})

test('they are told to who sits at the machine and calls it so, and to nobody else', async () => {
  const { person, server } = await startWorld({}, { HOST: '' })
  const expected = lanAddresses({ scheme: 'http', port: server.port, host: undefined })
  expect(await person().trpc.server.addresses.query()).toEqual(expected)
  expect(await person({ headers: { Host: 'duet.example' } }).trpc.server.addresses.query()).toEqual([])
})
