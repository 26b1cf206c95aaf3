import { en } from './en.ts'

export type Texts = typeof en
export type { UserMessage } from './userMessage.ts'

/** The available languages. The first one is the fallback. */
const languages: readonly Texts[] = [en]

/** Returns the texts of the first wanted language (BCP 47 tags) that is available; English otherwise. */
export const textsFor = (wanted: readonly string[]): Texts =>
  wanted
    .map((tag) => languages.find(({ language }) => tag.toLowerCase().split('-')[0] === language))
    .find((found) => found) ?? en

export const texts = textsFor(typeof navigator === 'undefined' ? [] : navigator.languages)
