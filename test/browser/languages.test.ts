import { mkdirSync } from 'node:fs'
import { describe, expect } from 'vitest'
import { deadlineMs } from '../deadline.ts'
import { needs } from '../needs.ts'
import { noScript } from '../../client/i18n/noScript.ts'
import { translations } from '../../client/languages/load.ts'
import { axeScript, findAccessibilityViolations } from './axe.ts'
import { BrowserFixture } from './browserFixture.ts'
import type { BrowserUser } from './browserUser.ts'
import type { ChromiumTab } from './chromium.ts'
import { findCutTexts } from './cutTexts.ts'
import { sharedFixture } from './fixtureLifecycle.ts'

/** `ALBUM=dist/screens` saves a screenshot of each screen in each language and size. */
const test = needs('chromium')
const album = process.env.ALBUM
if (album) mkdirSync(album, { recursive: true })
const fixture = new BrowserFixture()
type User = BrowserUser<ChromiumTab>

const sizes = {
  phone: { width: 390, height: 844 },
  landscape: { width: 844, height: 390 },
  desktop: { width: 1280, height: 800 },
} as const
/** Both color schemes, each at one size. */
const looks = [
  { size: sizes.phone, colorScheme: 'dark' },
  { size: sizes.desktop, colorScheme: 'light' },
] as const

const cases = [
  ['zh-CN', 'zh-Hans'],
  ['de-DE', 'de'],
  ['fr-CA', 'fr'],
  ['es-MX', 'es'],
  ['ja-JP', 'ja'],
  ['pt-PT', 'pt'],
] as const

const openUser = (locale: string): Promise<User> =>
  fixture.chromium({ script: axeScript, context: { locale, viewport: sizes.desktop, reducedMotion: 'reduce' } })
/** The other person, in English, in one room after the other. */
const other = sharedFixture(async () => {
  const user = await fixture.chromium()
  fixture.keepOpen(user)
  return user
})
const readLang = ({ tab }: User): Promise<string> => tab.run(() => document.documentElement.lang, null)
const expectHeading = (user: User, text: string): Promise<void> =>
  user.tab.page.getByRole('heading', { level: 1, name: text }).waitFor({ state: 'attached' })

async function expectNoCutTexts(user: User, name: string, size: { width: number; height: number }): Promise<void> {
  await user.tab.page.setViewportSize(size)
  if (album) await user.tab.page.screenshot({ path: `${album}/${name}-${size.width}.png` })
  expect(await user.tab.run(findCutTexts, null), `${name} at ${size.width}×${size.height}`).toEqual([])
  const overflowPx = await user.tab.run(() => document.documentElement.scrollWidth - innerWidth, null)
  expect(overflowPx, `${name} at ${size.width}×${size.height}`).toBeLessThanOrEqual(0)
}

/** No text is cut at any size. */
async function expectWholeTexts(user: User, name: string): Promise<void> {
  for (const size of Object.values(sizes)) await expectNoCutTexts(user, name, size)
}

/** No text is cut, and axe finds nothing, on a dark phone and on a light desktop. */
async function expectAccessible(user: User, name: string): Promise<void> {
  const { page } = user.tab
  for (const { size, colorScheme } of looks) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    await expectNoCutTexts(user, name, size)
    expect(await findAccessibilityViolations(page), `${name}, ${colorScheme}`).toEqual([])
  }
}

describe('a page in the language of the browser', () => {
  test.each(cases)(
    '%s: start page, lobby, waiting room, call and end',
    async (locale, lang) => {
      const { texts } = (await translations[lang].first()).first
      const user = await openUser(locale)
      await user.openPath('/')
      await expectHeading(user, texts.home.title)
      expect(await readLang(user)).toBe(lang)
      await expectWholeTexts(user, `${lang}-start`)
      const room = fixture.newRoom()
      await user.openLobby(room)
      await expectHeading(user, texts.lobby.title)
      await expectAccessible(user, `${lang}-lobby`)
      await user.press(texts.lobby.join)
      await user.waitForStates({ membership: 'joined', room: 'created' })
      await expectHeading(user, texts.invitation.title)
      await expectWholeTexts(user, `${lang}-waiting`)
      await (await other()).join(room)
      await user.waitForStates({ call: 'connected' })
      await expectHeading(user, texts.call.title)
      await user.tab.page.mouse.move(100, 100)
      await expectAccessible(user, `${lang}-call`)
      await user.press(texts.call.hangUp)
      await user.waitForText(texts.callEnded('local').title)
      await expectAccessible(user, `${lang}-ended`)
      expect(await readLang(user)).toBe(lang)
    },
    10 * deadlineMs,
  )

  test('has its title, its description and its text without JavaScript in this language', async () => {
    const user = await fixture.chromium({ context: { locale: 'es-MX', javaScriptEnabled: false } })
    const { texts } = (await translations.es.first()).first
    const { page } = user.tab
    await page.goto(`${fixture.product.url}/r/den`)
    expect(await page.title()).toBe(texts.titles.home)
    expect(await page.locator('html').getAttribute('lang')).toBe('es')
    expect(await page.locator('meta[name=description]').getAttribute('content')).toBe(texts.home.about)
    expect(await page.locator('noscript').textContent()).toBe(noScript.es)
    expect(await page.locator('meta[property="og:image"]').count()).toBe(0)
  })

  test('keeps the language that a person selects', async () => {
    const user = await openUser('zh-CN')
    await user.openPath('/')
    const menu = user.tab.page.getByRole('combobox')
    await menu.selectOption({ label: 'Deutsch' })
    await expectHeading(user, 'Ein Anruf für zwei.')
    expect(await readLang(user)).toBe('de')
    await user.openPath('/check')
    await expectHeading(user, 'Verbindungstest')
    await user.openPath('/machines')
    await expectHeading(user, 'Zustandsautomaten')
    await menu.selectOption({ label: '简体中文' })
    await expectHeading(user, '状态机')
    expect(await readLang(user)).toBe('zh-Hans')
    expect(await user.tab.run(() => localStorage.length, null)).toBe(0)
  })
})

describe('texts of twice the length', () => {
  test(
    'fit on every screen',
    async () => {
      const user = await openUser('de-DE')
      await user.tab.page.route(/\/assets\/de-[\w-]+\.js$/, (route) =>
        route.fulfill({ contentType: 'text/javascript', body: doubleTexts(new URL(route.request().url()).pathname) }),
      )
      await user.openPath('/')
      await user.waitForText('Ein Anruf für zwei. Ein Anruf für zwei.')
      await expectWholeTexts(user, 'double-start')
      const room = fixture.newRoom()
      await user.openLobby(room)
      await expectWholeTexts(user, 'double-lobby')
      await user.press('Beitreten Beitreten')
      await user.waitForStates({ membership: 'joined', room: 'created' })
      await expectHeading(user, 'Du bist zuerst da')
      await expectWholeTexts(user, 'double-waiting')
      await (await other()).join(room)
      await user.waitForStates({ call: 'connected' })
      await expectWholeTexts(user, 'double-call')
    },
    10 * deadlineMs,
  )

  test('a cut text and a text outside the window are found', async () => {
    const user = await openUser('en-US')
    await user.openPath('/')
    await user.tab.run(() => {
      const box = document.createElement('div')
      box.innerHTML = '<p class="narrow">a text that is cut</p><p class="far">a text outside</p>'
      document.body.append(box)
      box.querySelector<HTMLElement>('.narrow')!.style.cssText = 'width: 40px; overflow: hidden; white-space: nowrap'
      box.querySelector<HTMLElement>('.far')!.style.cssText = 'position: absolute; left: 1270px; white-space: nowrap'
    }, null)
    expect(await user.tab.run(findCutTexts, null)).toEqual([
      expect.stringContaining('a text that is cut'),
      expect.stringContaining('a text outside'),
    ])
  })
})

/** A module that doubles every text of a language's first chunk. The names of the language and the product stay. */
const doubleTexts = (path: string): string => `
  import { first as original } from '${path}?original'
  const kept = new Set(['language', 'name', 'namePlaceholder'])
  const double = (value) => {
    if (typeof value === 'string') return value && value + ' ' + value
    if (typeof value === 'function') return (...given) => double(value(...given))
    return Object.fromEntries(
      Object.entries(value).map(([key, each]) => [key, kept.has(key) ? each : double(each)]),
    )
  }
  export const first = double(original)`
