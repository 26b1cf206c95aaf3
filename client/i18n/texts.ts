import { en } from './en.ts'
import { type Language, languages } from './language.ts'

export type Texts = typeof en
export type { UserMessage } from './userMessage.ts'

const translations: Readonly<Record<Language, Texts>> = { en }

/** Returns the texts of the first wanted language (BCP 47 tags) that is available; English otherwise. */
export function textsFor(wanted: readonly string[]): Texts {
  const tags = wanted.map((tag) => tag.toLowerCase().split('-')[0])
  const language = tags.flatMap((tag) => languages.find((each) => each === tag) ?? [])[0]
  return translations[language ?? languages[0]]
}

export const texts = textsFor(typeof navigator === 'undefined' ? [] : navigator.languages)
