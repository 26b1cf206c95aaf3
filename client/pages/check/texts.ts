import { texts, type Texts } from '../../i18n/texts.ts'
import { en } from './texts/en.ts'

export type CheckTexts = typeof en

/** Loaded with this page instead of the first load. Same languages as `i18n/texts.ts`. */
const languages: Partial<Record<Texts['language'], CheckTexts>> = { en }

export const checkTexts: CheckTexts = languages[texts.language] ?? en
