import { expect, test } from 'vitest'
import { trpcUrl } from '../../../client/signaling/trpcSocket.ts'
import { toApiUrl } from '../../../server/tools/apiClient.ts'

// The address of the socket. Proxies hash its path.

const location = { protocol: 'https:', host: 'call.example.org' }

test('a page without a room uses the path /trpc', () => {
  expect(trpcUrl(location, null)).toBe('wss://call.example.org/trpc')
  expect(toApiUrl('https://call.example.org/')).toBe('wss://call.example.org/trpc')
})

test.each([
  // The values of `printf %s NAME | sha256sum`.
  ['abc', 'ba7816bf'],
  ['blue-door', '26096eb1'],
  ['早上好', '3cc2e31e'],
])('the path for the room %s ends with the first 8 digits of its SHA-256', (room, hash) => {
  expect(trpcUrl({ protocol: 'http:', host: 'localhost:8000' }, room)).toBe(`ws://localhost:8000/trpc/${hash}`)
  expect(toApiUrl('http://localhost:8000', room)).toBe(`ws://localhost:8000/trpc/${hash}`)
})
