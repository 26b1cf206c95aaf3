import { texts, type Texts } from '../../i18n/texts.ts'
import { en } from './texts/en.ts'

export type StatechartsTexts = typeof en

/** Loaded with this page instead of the first load. Same languages as `i18n/texts.ts`. */
const languages: Partial<Record<Texts['language'], StatechartsTexts>> = { en }

export const statechartsTexts: StatechartsTexts = languages[texts.language] ?? en
