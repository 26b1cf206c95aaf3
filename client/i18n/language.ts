import { createLanguageMatcher } from '../../machines/protocol/languageMatch.ts'
import { type KeyValueStorage, getStored, removeStored, setStored } from '../common/storage.ts'

/** The languages of the user interface, as BCP 47 tags. The first one is the fallback. */
export const languages = ['en', 'zh-Hans', 'de', 'fr', 'es', 'ja', 'pt'] as const
export type Language = (typeof languages)[number]

/** The name of each language in itself, and the direction of its script. */
export const languageTraits: Readonly<Record<Language, { name: string; direction: 'ltr' | 'rtl' }>> = {
  en: { name: 'English', direction: 'ltr' },
  'zh-Hans': { name: '简体中文', direction: 'ltr' },
  de: { name: 'Deutsch', direction: 'ltr' },
  fr: { name: 'Français', direction: 'ltr' },
  es: { name: 'Español', direction: 'ltr' },
  ja: { name: '日本語', direction: 'ltr' },
  pt: { name: 'Português', direction: 'ltr' },
}

const storageKey = 'language'

/** Returns the best available language for these BCP 47 tags, most wanted first. */
export const matchLanguage = createLanguageMatcher<Language>(languages)

/** Returns the language that the person selected, or else the best one for the browser's tags. */
export function selectedLanguage(storage: KeyValueStorage | undefined, wanted: readonly string[]): Language {
  const stored = getStored(storage, storageKey)
  return languages.find((language) => language === stored) ?? matchLanguage(wanted)
}

/** Stores the person's choice. The best language for the browser needs no choice, so it follows the browser again. */
export function storeLanguage(
  storage: KeyValueStorage | undefined,
  wanted: readonly string[],
  language: Language,
): void {
  if (language === matchLanguage(wanted)) removeStored(storage, storageKey)
  else setStored(storage, storageKey, language)
}
