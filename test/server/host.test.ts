import { expect, test } from 'vitest'
import { lanAddresses } from '../../server/addresses.ts'
import { parseHost } from '../../server/host.ts'
import { startWorld } from './world.ts'

test.each([undefined, '', ' ', 'a b', 'a/b', 'a@b', 'a?b', 'a#b', 'a:b', 'a:99999', '[::1', 'ä.example', 'a\r\nb', 'x'.repeat(300)])('%j is no host', (header) => {
  expect(parseHost(header)).toBeNull()
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
