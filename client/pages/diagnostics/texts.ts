import { texts, type Texts } from '../../i18n/texts.ts'
import { en } from './texts/en.ts'

export type DiagnosticsTexts = typeof en

/** Loaded when somebody wonders, not with the first page: in the same languages as the rest. */
const languages: Partial<Record<Texts['language'], DiagnosticsTexts>> = { en }

export const diagnosticsTexts: DiagnosticsTexts = languages[texts.language] ?? en
