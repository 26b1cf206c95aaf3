import type { Language } from '../../i18n/language.ts'
import { texts } from '../../i18n/texts.ts'
import { en } from './texts/en.ts'

export type CallTexts = typeof en

/** Loaded after the first load. Same languages as `i18n/texts.ts`. */
const translations: Readonly<Record<Language, CallTexts>> = { en }

export const callTexts: CallTexts = translations[texts.language]
