import { texts, type Texts } from '../../i18n/texts.ts'
import { en } from './texts/en.ts'

export type MachinesTexts = typeof en

/** Loaded with this page, not with the first: in the same languages as the rest. */
const languages: Partial<Record<Texts['language'], MachinesTexts>> = { en }

export const machinesTexts: MachinesTexts = languages[texts.language] ?? en
