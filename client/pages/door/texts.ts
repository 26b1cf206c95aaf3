import type { Language } from '../../i18n/language.ts'
import { texts } from '../../i18n/texts.ts'
import { en } from './texts/en.ts'

export type DoorTexts = typeof en

/** Loaded after the first load. Same languages as `i18n/texts.ts`. */
const translations: Readonly<Record<Language, DoorTexts>> = { en }

export const doorTexts: DoorTexts = translations[texts.language]
