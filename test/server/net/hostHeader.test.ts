import { expect, test } from 'vitest'
import { lanAddresses } from '../../../server/net/lanUrls.ts'
import { parseHost } from '../../../server/net/hostHeader.ts'

test.each([undefined, '', ' ', 'a b', 'a/b', 'a@b', 'a?b', 'a#b', 'a:b', 'a:99999', '[::1', 'ä.example', 'a\r\nb', 'x'.repeat(300)])('%j is no host', (header) => {
  expect(parseHost(header)).toBeNull()
})

test('LAN addresses are those that the server listens on', () => {
  expect(lanAddresses({ scheme: 'http', port: 8000, host: '127.0.0.1' })).toEqual([])
  for (const address of lanAddresses({ scheme: 'http', port: 8000, host: undefined })) expect(address).toMatch(/^http:\/\/(?!127\.|\[fe80)[^/]+:8000$/)
  expect(lanAddresses({ scheme: 'http', port: 8000, host: '0.0.0.0' }).join()).not.toContain('[')
})
