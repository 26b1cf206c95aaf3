import { partTexts } from '../../i18n/texts.ts'
import { en } from './texts/en.ts'

export type CheckTexts = typeof en

/** Loaded with this page instead of the first load, and so is the translation. */
export const checkTexts: CheckTexts = partTexts('check', en)
