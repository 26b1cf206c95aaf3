import { en } from './en.ts'

export type Texts = typeof en
export type { UserMessage } from './userMessage.ts'

/** A lazy part with texts of its own. `client/languages` loads their translations. */
export type TextPart =
  'audio' | 'call' | 'door' | 'verification' | 'check' | 'diagnostics' | 'statecharts' | 'inspector' | 'machines'

/** English until `useTexts`. Read it while rendering, not while a module of the first load is evaluated. */
export let texts: Texts = en

const translatedParts = new Map<string, unknown>()

/** Sets the language of the page. Called before the page is mounted. */
export function useTexts(translation: Texts): void {
  texts = translation
}

/** Registers the translations of lazy parts. Called before these parts are loaded. */
export function usePartTexts(parts: Partial<Record<TextPart, unknown>>): void {
  for (const [part, translation] of Object.entries(parts)) translatedParts.set(part, translation)
}

/** Returns the texts of a lazy part in the language of the page; English without a translation. */
export const partTexts = <T>(part: TextPart, english: T): T => (translatedParts.get(part) as T | undefined) ?? english
