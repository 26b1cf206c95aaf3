import { texts, type Texts } from '../../i18n/texts.ts'
import { en } from './texts/en.ts'

export type StatechartsTexts = typeof en

/** Loaded with this page, not with the first: in the same languages as the rest. */
const languages: Partial<Record<Texts['language'], StatechartsTexts>> = { en }

export const statechartsTexts: StatechartsTexts = languages[texts.language] ?? en
