import { afterEach, expect, test, vi } from 'vitest'
import { languages, matchLanguage, selectedLanguage, storeLanguage } from '../../../client/i18n/language.ts'
import { createMemoryStorage } from '../common/memoryStorage.ts'

test.each([
  [['zh'], 'zh-Hans'],
  [['zh-CN', 'zh', 'en'], 'zh-Hans'],
  [['zh-Hans'], 'zh-Hans'],
  [['zh-SG'], 'zh-Hans'],
  [['cmn-CN'], 'zh-Hans'],
  [['zh-TW'], 'zh-Hans'],
  [['zh-Hant', 'tlh'], 'zh-Hans'],
  [['zh-HK', 'en-GB'], 'en'],
  [['en-US', 'zh-CN'], 'en'],
  [['tlh', 'ZH-cn'], 'zh-Hans'],
  [['es'], 'es'],
  [['es-MX', 'en'], 'es'],
  [['es-419'], 'es'],
  [['ca-ES', 'es-ES'], 'es'],
  [['ja'], 'ja'],
  [['ja-JP', 'en-US'], 'ja'],
  [['pt'], 'pt'],
  [['pt-BR'], 'pt'],
  [['pt-PT', 'en-GB'], 'pt'],
  [['gl-ES', 'pt-PT', 'es-ES'], 'pt'],
  [['tlh'], 'en'],
  [['not a tag', ''], 'en'],
  [[], 'en'],
])('a browser that wants %j gets %s', (wanted, language) => expect(matchLanguage(wanted)).toBe(language))

test.each(languages)('%s is available by its own tag', (language) => expect(matchLanguage([language])).toBe(language))

test('the selected language is stored, unless the browser wants it anyway', () => {
  const entries = new Map<string, string>()
  const storage = createMemoryStorage(entries)
  storeLanguage(storage, ['en-US'], 'zh-Hans')
  expect(selectedLanguage(storage, ['en-US'])).toBe('zh-Hans')
  expect(selectedLanguage(storage, ['tlh'])).toBe('zh-Hans')
  storeLanguage(storage, ['en-US'], 'en')
  expect(entries.size).toBe(0)
  expect(selectedLanguage(storage, ['zh-CN'])).toBe('zh-Hans')
})

test('an unknown stored language gives way to the languages of the browser', () => {
  const storage = createMemoryStorage()
  storage.setItem('duet:language', 'tlh')
  expect(selectedLanguage(storage, ['zh-CN'])).toBe('zh-Hans')
  expect(selectedLanguage(undefined, ['zh-CN'])).toBe('zh-Hans')
})

/** The modules of a page that was just opened. */
async function openPage() {
  vi.resetModules()
  const { loadLanguage, withPageTexts } = await import('../../../client/languages/load.ts')
  const root = { lang: '', dir: '' }
  const load = (language: (typeof languages)[number]) => loadLanguage(language, root as HTMLElement)
  return { root, load, withPageTexts, readTexts: async () => (await import('../../../client/i18n/texts.ts')).texts }
}

afterEach(() => {
  vi.doUnmock('../../../client/languages/zh-Hans.ts')
  vi.useRealTimers()
})

test('a page marks its language at once, and shows it when it is loaded', async () => {
  const page = await openPage()
  const loaded = page.load('zh-Hans')
  expect(page.root).toEqual({ lang: 'zh-Hans', dir: 'ltr' })
  await loaded
  expect((await page.readTexts()).lobby.join).toBe('加入')
})

test('a lazy page has its texts in the language of the page', async () => {
  const page = await openPage()
  await page.load('zh-Hans')
  const part = await page.withPageTexts('zh-Hans', () => import('../../../client/pages/check/texts.ts'))
  expect(part.checkTexts.title).toBe('连接测试')
  expect((await import('../../../client/pages/door/texts.ts')).doorTexts.admit).toBe('同意')
})

test('a page whose language does not load is in English', async () => {
  vi.doMock('../../../client/languages/zh-Hans.ts', () => {
    throw new Error('the file is gone')
  })
  const page = await openPage()
  await page.load('zh-Hans')
  expect(page.root).toEqual({ lang: 'en', dir: 'ltr' })
  expect((await page.readTexts()).language).toBe('en')
})

test('a page whose language takes too long is in English, and stays so', async () => {
  let arrive = (): void => {}
  vi.doMock('../../../client/languages/zh-Hans.ts', async (importOriginal) => {
    await new Promise<void>((resolve) => (arrive = resolve))
    return importOriginal()
  })
  const page = await openPage()
  vi.useFakeTimers()
  const loaded = page.load('zh-Hans')
  await vi.advanceTimersByTimeAsync(5_000)
  await loaded
  expect(page.root.lang).toBe('en')
  arrive()
  await vi.advanceTimersByTimeAsync(0)
  expect((await page.readTexts()).language).toBe('en')
})
