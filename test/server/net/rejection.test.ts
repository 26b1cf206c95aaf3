import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { httpGet } from '../httpGet.ts'
import { startServerFixture } from '../serverFixture.ts'
import { languages } from '../../../client/i18n/language.ts'
import { rejectionPage, rejections } from '../../../server/net/rejection.ts'
import { translatedTags } from '../../../server/net/rejectionTexts.ts'

test('server/README.md explains every status of a rejection, and no other', () => {
  const text = readFileSync(new URL('../../../server/README.md', import.meta.url), 'utf8')
  const [, table = ''] = /^\| status \| cause \|\n\|[-|]+\|\n((?:\|.*\n)+)/m.exec(text) ?? []
  const documented = [...table.matchAll(/^\| (\d+) \|/gm)].map(([, status]) => Number(status))
  const statuses = Object.values(rejections).map((each) => (typeof each === 'function' ? each('') : each).status)
  expect(documented).toEqual([...new Set(statuses)].sort())
})

test('a rejection page has each language of the pages, and its advice in English', () => {
  expect(['en', ...translatedTags]).toEqual(languages)
  const pages = languages.map((tag) => rejectionPage(rejections.wrongHost('<evil>'), [tag, 'en']))
  pages.forEach((page, index) => {
    expect(page).toContain(`<html lang="${languages[index]}">`)
    expect(page).toContain('&#60;evil&#62;')
    expect(page).toContain('<span lang="en">If people open Duet by that name, set DUET_PUBLIC_URL')
  })
  const headings = pages.map((page) => /<h1>(.+)<\/h1>/.exec(page)?.[1])
  expect(new Set(headings).size).toBe(languages.length)
  expect(headings[2]).toBe('Dieser Server antwortet nicht auf den Namen &#60;evil&#62;.')
})

test('a rejection that only programs read is in English', () => {
  expect(rejectionPage(rejections.noUpgrade, ['de'])).toContain('<html lang="en">')
})

test('a browser gets the rejection in the language of Accept-Language, and a program in English', async () => {
  const { server } = await startServerFixture()
  const german = { Host: 'other.example', 'Accept-Language': 'de-AT, en;q=0.5' }
  const page = await httpGet(server.url, '/', { ...german, Accept: 'text/html' })
  expect(page).toMatchObject({ status: 421, headers: { vary: 'Accept, Accept-Language' } })
  expect(page.text).toContain('<h1>Dieser Server antwortet nicht auf den Namen other.example.</h1>')
  expect((await httpGet(server.url, '/', german)).text).toContain('This server does not answer to the name')
})
