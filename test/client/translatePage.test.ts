import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { en } from '../../client/i18n/en.ts'
import { noScript } from '../../client/i18n/noScript.ts'
import { translations } from '../../client/languages/load.ts'
import { translateManifests, translatePages } from '../../client/translatePage.ts'

const html = readFileSync(new URL('../../client/index.html', import.meta.url), 'utf8')
const manifest = readFileSync(new URL('../../client/public/manifest.webmanifest', import.meta.url), 'utf8')
const tags = Object.keys(translations) as (keyof typeof translations)[]

test('each language but English has a page of its own', async () => {
  expect([...(await translatePages(html)).keys()]).toEqual(tags.map((tag) => `index.${tag}.html`))
})

test.each(tags)('the page in %s has its title, description and text without JavaScript', async (tag) => {
  const page = (await translatePages(html)).get(`index.${tag}.html`) ?? ''
  const { texts } = (await translations[tag].first()).first
  const content = (pattern: RegExp): (string | undefined)[] => [...page.matchAll(pattern)].map(([, text]) => text)
  expect(content(/<html lang="([^"]+)" dir="ltr">/g)).toEqual([tag])
  expect(content(/<title>(.+)<\/title>/g)).toEqual([texts.titles.home])
  expect(content(/<noscript>(.+)<\/noscript>/g)).toEqual([noScript[tag]])
  expect(content(/name="description"\s+content="([^"]+)"/g)).toEqual([texts.home.about])
  expect(content(/property="og:title"\s+content="([^"]+)"/g)).toEqual([texts.titles.home])
  expect(content(/property="og:description"\s+content="([^"]+)"/g)).toEqual([texts.home.about])
})

test.each(tags)('the page in %s links to a manifest in its language', async (tag) => {
  const name = `manifest.${tag}.webmanifest`
  expect((await translatePages(html)).get(`index.${tag}.html`)).toContain(`<link rel="manifest" href="/${name}" />`)
  const english = JSON.parse(manifest) as Record<string, unknown>
  const { texts } = (await translations[tag].first()).first
  expect(english).toMatchObject({ lang: 'en', description: en.home.about })
  expect(JSON.parse((await translateManifests(manifest)).get(name) ?? '')).toEqual({
    ...english,
    lang: tag,
    description: texts.home.about,
  })
})

test('a page without one of the English texts fails the build', async () => {
  await expect(
    translatePages(html.replace('<title>Duet: a call for two</title>', '').replace('Duet: a call', '')),
  ).rejects.toThrow('index.html does not contain: Duet: a call for two')
})
