import type { Language } from '../../i18n/language.ts'
import { texts } from '../../i18n/texts.ts'
import { en } from './texts/en.ts'

export type DiagnosticsTexts = typeof en

/** Loaded with the drawer instead of the first load. Same languages as `i18n/texts.ts`. */
const translations: Readonly<Record<Language, DiagnosticsTexts>> = { en }

export const diagnosticsTexts: DiagnosticsTexts = translations[texts.language]
