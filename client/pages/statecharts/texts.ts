import type { Language } from '../../i18n/language.ts'
import { texts } from '../../i18n/texts.ts'
import { en } from './texts/en.ts'

export type StatechartsTexts = typeof en

/** Loaded with this page instead of the first load. Same languages as `i18n/texts.ts`. */
const translations: Readonly<Record<Language, StatechartsTexts>> = { en }

export const statechartsTexts: StatechartsTexts = translations[texts.language]
