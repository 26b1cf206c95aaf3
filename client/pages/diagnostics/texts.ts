import { texts, type Texts } from '../../i18n/texts.ts'
import { en } from './texts/en.ts'

export type DiagnosticsTexts = typeof en

/** Loaded with the drawer instead of the first load. Same languages as `i18n/texts.ts`. */
const languages: Partial<Record<Texts['language'], DiagnosticsTexts>> = { en }

export const diagnosticsTexts: DiagnosticsTexts = languages[texts.language] ?? en
