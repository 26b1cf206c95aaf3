import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseAcceptLanguage } from '../../../server/http/qualities.ts'
import { httpGet } from '../httpGet.ts'
import { openServerFixture, startServerFixture, type ServerFixture } from '../serverFixture.ts'

const pageIn = (tag: string): string => `<!doctype html>
<html lang="${tag}">
  <meta property="og:image" content="./preview.png" />
  <meta property="og:image:width" content="1200" />
  <link rel="icon" href="./favicon.ico" />
</html>`
/** The page of a server without a public URL. */
const servedIn = (tag: string, pathPrefix = ''): string =>
  `<!doctype html>\n<html lang="${tag}">\n  <link rel="icon" href="${pathPrefix}/favicon.ico" />\n</html>`

let folder: string
let fixture: ServerFixture

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'duet-pages-'))
  writeFileSync(join(folder, 'index.html'), pageIn('en'))
  for (const tag of ['de', 'zh-Hans', 'pt']) writeFileSync(join(folder, `index.${tag}.html`), pageIn(tag))
  fixture = await openServerFixture({ pagesDirectory: folder })
})
afterAll(async () => {
  await fixture.close()
  rmSync(folder, { recursive: true })
})

describe('the page is in the language that Accept-Language wants most', () => {
  test.each([
    ['de-AT', 'de'],
    ['zh-CN,zh;q=0.9,en;q=0.8', 'zh-Hans'],
    ['pt-PT, de;q=0.5', 'pt'],
    ['en;q=0.3, de;q=0.8', 'de'],
    ['DE', 'de'],
    ['en-GB, de;q=0.9', 'en'],
    ['de;q=0, pt;q=0.1', 'pt'],
    ['tlh, de;q=0.1', 'de'],
    ['tlh', 'en'],
    ['*', 'en'],
    ['', 'en'],
    ['../de', 'en'],
    [`${'tlh,'.repeat(100)}de`, 'en'],
  ])('%s gets %s', async (accepted, tag) => {
    for (const path of ['/', '/r/blue-door', '/check', '/nothing/here']) {
      const { text, headers } = await httpGet(fixture.server.url, path, { 'Accept-Language': accepted })
      expect(text).toBe(servedIn(tag))
      expect(headers).toMatchObject({ 'content-language': tag, vary: 'Accept-Encoding, Accept-Language' })
    }
  })

  test('a browser revalidates each language with its own entity tag', async () => {
    const german = { 'Accept-Language': 'de' }
    const { headers } = await httpGet(fixture.server.url, '/', german)
    const tag = { 'If-None-Match': headers.etag ?? '' }
    expect(await httpGet(fixture.server.url, '/', { ...german, ...tag })).toMatchObject({
      status: 304,
      headers: { etag: headers.etag, vary: 'Accept-Encoding, Accept-Language' },
    })
    expect(await httpGet(fixture.server.url, '/', tag)).toMatchObject({ status: 200, text: servedIn('en') })
  })

  test('a page in another language has no path of its own', async () => {
    expect(await httpGet(fixture.server.url, '/index.de.html')).toMatchObject({ status: 404, text: 'not found\n' })
  })
})

test('languages are ordered by quality', () => {
  expect(parseAcceptLanguage('fr;q=0.2, de, *;q=0.1, pt;q=0.5, ja;q=0, es;q=high')).toEqual(['de', 'pt', 'fr'])
  expect(parseAcceptLanguage(undefined)).toEqual([])
  expect(parseAcceptLanguage(`de-x-${'abcdefgh-'.repeat(100)}a, fr`)).toEqual(['fr'])
})

test.each([
  ['https://call.example.org', 'https://call.example.org/preview.png', ''],
  ['https://example.org/duet/', 'https://example.org/duet/preview.png', '/duet'],
  ['http://[2001:db8::1]:8080', 'http://[2001:db8::1]:8080/preview.png', ''],
])('with DUET_PUBLIC_URL=%s the preview image is %s', async (url, image, pathPrefix) => {
  const { server } = await startServerFixture({ pagesDirectory: folder }, { DUET_PUBLIC_URL: url })
  for (const language of ['en', 'de']) {
    const { text } = await httpGet(server.url, '/r/blue-door', { 'Accept-Language': language })
    expect(text).toContain(`<meta property="og:image" content="${image}" />`)
    expect(text).toContain('<meta property="og:image:width" content="1200" />')
    expect(text).toContain(`href="${pathPrefix}/favicon.ico"`)
  }
})
