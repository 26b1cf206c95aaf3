import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { httpGet } from '../httpGet.ts'
import { openServerFixture, startServerFixture, type ServerFixture } from '../serverFixture.ts'

const sources = "'self' https://a.example https://*.b.example"
const page = '<html><head><title>Duet</title></head></html>'
let folder: string
let fixture: ServerFixture

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'duet-pages-'))
  for (const [name, text] of Object.entries({
    'index.html': page,
    'index.de.html': page,
    'embed.js': 'let element',
    'embed.js.br': 'br',
    'duet.svg': '<svg/>',
  }))
    writeFileSync(join(folder, name), text)
  fixture = await openServerFixture(
    { pagesDirectory: folder },
    { DUET_FRAME_ANCESTORS: 'self,https://a.example, https://*.b.example' },
  )
})
afterAll(async () => {
  await fixture.close()
  rmSync(folder, { recursive: true })
})

const readAncestors = async (url: string, path: string): Promise<string | undefined> =>
  /frame-ancestors ([^;]+)/.exec((await httpGet(url, path)).headers['content-security-policy'] ?? '')?.[1]

describe('DUET_FRAME_ANCESTORS', () => {
  test.each(['/r/blue-door', '/R/Blue%20Door/', '/r/blue-door?relay=1'])('lets its pages embed %s', async (path) => {
    expect(await readAncestors(fixture.server.url, path)).toBe(sources)
  })

  test.each(['/', '/check', '/machines', '/r/', '/nothing', '/duet.svg', '/healthz', '/trpc', '/r/a/b'])(
    'lets no page embed %s',
    async (path) => {
      expect(await readAncestors(fixture.server.url, path)).toBe("'none'")
    },
  )

  test('is in the page of each language, where the room in the frame reads it', async () => {
    for (const language of ['en', 'de']) {
      const { text } = await httpGet(fixture.server.url, '/r/blue-door', { 'Accept-Language': language })
      expect(text).toContain(`<meta name="frame-ancestors" content="${sources}" />`)
    }
  })

  test('lets the frame use camera, microphone and screen, and sends no X-Frame-Options', async () => {
    const { headers } = await httpGet(fixture.server.url, '/r/blue-door')
    for (const feature of ['camera', 'microphone', 'display-capture', 'autoplay', 'clipboard-write'])
      expect(headers['permissions-policy']).toContain(`${feature}=(self)`)
    expect(headers['x-frame-options']).toBeUndefined()
  })

  test('is empty by default: no page may embed a room', async () => {
    const { server } = await startServerFixture({ pagesDirectory: folder })
    expect(await readAncestors(server.url, '/r/blue-door')).toBe("'none'")
    expect((await httpGet(server.url, '/r/blue-door')).text).not.toContain('frame-ancestors')
  })
})

test('pages of any site may load /embed.js as a module, also when it is revalidated, and no other file', async () => {
  const shared = {
    'access-control-allow-origin': '*',
    'cross-origin-resource-policy': 'cross-origin',
    'cache-control': 'public, max-age=3600',
  }
  const brotli = { 'Accept-Encoding': 'br' }
  const loaded = await httpGet(fixture.server.url, '/embed.js', brotli)
  expect(loaded).toMatchObject({ status: 200, text: 'br', headers: shared })
  expect(loaded.headers['content-type']).toMatch('text/javascript')
  const revalidated = await httpGet(fixture.server.url, '/embed.js', {
    ...brotli,
    'If-None-Match': loaded.headers.etag ?? '',
  })
  expect(revalidated).toMatchObject({ status: 304, headers: { ...shared, etag: loaded.headers.etag } })
  const other = await httpGet(fixture.server.url, '/duet.svg')
  expect(other.headers['access-control-allow-origin']).toBeUndefined()
  expect(other.headers['cross-origin-resource-policy']).toBe('same-origin')
})
