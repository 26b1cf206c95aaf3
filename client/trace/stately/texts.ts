import type { Language } from '../../i18n/language.ts'
import { texts } from '../../i18n/texts.ts'
import { en } from './texts/en.ts'

export type InspectorTexts = typeof en

/** Loaded with the inspector instead of the first load. Same languages as `i18n/texts.ts`. */
const translations: Readonly<Record<Language, InspectorTexts>> = { en }

export const inspectorTexts: InspectorTexts = translations[texts.language]
