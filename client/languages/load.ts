import { type Language, languageTraits } from '../i18n/language.ts'
import { usePartTexts, useTexts } from '../i18n/texts.ts'
import type { Translation } from './translation.ts'

/** English is part of the first load and of each page. */
export const translations: Readonly<Record<Exclude<Language, 'en'>, Translation>> = {
  'zh-Hans': { first: () => import('./zh-Hans.ts'), pages: () => import('./zh-Hans.pages.ts') },
  de: { first: () => import('./de.ts'), pages: () => import('./de.pages.ts') },
  fr: { first: () => import('./fr.ts'), pages: () => import('./fr.pages.ts') },
  es: { first: () => import('./es.ts'), pages: () => import('./es.pages.ts') },
  ja: { first: () => import('./ja.ts'), pages: () => import('./ja.pages.ts') },
  pt: { first: () => import('./pt.ts'), pages: () => import('./pt.pages.ts') },
}

/** A language that takes longer gives way to English, in ms. */
const loadTimeoutMs = 5_000

const findTranslation = (language: Language): Translation | undefined =>
  (translations as Partial<Record<Language, Translation>>)[language]

/** Resolves with null after `loadTimeoutMs`, or if the load fails. */
function loadInTime<T>(load: () => Promise<T>): Promise<T | null> {
  // A page without its translation is in English.
  const loaded = load().catch(() => null)
  return Promise.race([loaded, new Promise<null>((resolve) => setTimeout(resolve, loadTimeoutMs, null))])
}

/**
 * Loads a language before the page is mounted. Sets `lang` and `dir` of the document at once, because a screen reader
 * reads the page with them. Falls back to English. Never rejects.
 */
export async function loadLanguage(language: Language, root: HTMLElement): Promise<void> {
  markLanguage(root, language)
  const translation = findTranslation(language)
  if (!translation) return
  const loaded = await loadInTime(translation.first)
  if (!loaded) return markLanguage(root, 'en')
  const { texts, ...parts } = loaded.first
  useTexts(texts)
  usePartTexts(parts)
}

function markLanguage(root: HTMLElement, language: Language): void {
  root.lang = language
  root.dir = languageTraits[language].direction
}

let pageTexts: Promise<void> | undefined

/**
 * Loads a part with the texts of the pages. They are loaded before the part, because its modules read them when they
 * are evaluated. The part is in English if they do not load.
 * @throws the error of the part
 */
export async function withPageTexts<T>(language: Language, part: () => Promise<T>): Promise<T> {
  const translation = findTranslation(language)
  if (translation) await (pageTexts ??= loadPageTexts(translation))
  return part()
}

async function loadPageTexts({ pages }: Translation): Promise<void> {
  const loaded = await loadInTime(pages)
  if (loaded) usePartTexts(loaded.pages)
}
