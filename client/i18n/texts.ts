import { en } from './en.ts'

export type Texts = typeof en
export type { UserMessage } from './userMessage.ts'

/** Every language there is. The first is for those who want none of them. */
const languages: readonly Texts[] = [en]

/** The first language that the person wants and we have. */
export const textsFor = (wanted: readonly string[]): Texts =>
  wanted
    .map((tag) => languages.find(({ language }) => tag.toLowerCase().split('-')[0] === language))
    .find((found) => found) ?? en

export const texts = textsFor(typeof navigator === 'undefined' ? [] : navigator.languages)
