import { expect, test } from 'vitest'
import { listLanUrls } from '../../../server/net/lanUrls.ts'
import { parseHostHeader } from '../../../server/net/hostHeader.ts'

test.each([
  undefined,
  '',
  ' ',
  'a b',
  'a/b',
  'a@b',
  'a?b',
  'a#b',
  'a:b',
  'a:99999',
  '[::1',
  'ä.example',
  'a\r\nb',
  'x'.repeat(300),
])('parseHostHeader rejects %j', (header) => {
  expect(parseHostHeader(header)).toBeNull()
})

test('listLanUrls returns only addresses that the server listens on', () => {
  expect(listLanUrls({ scheme: 'http', port: 8000, host: '127.0.0.1' })).toEqual([])
  for (const address of listLanUrls({ scheme: 'http', port: 8000, host: undefined }))
    expect(address).toMatch(/^http:\/\/(?!127\.|\[fe80)[^/]+:8000$/)
  expect(listLanUrls({ scheme: 'http', port: 8000, host: '0.0.0.0' }).join()).not.toContain('[')
})
