import { partTexts } from '../../i18n/texts.ts'
import { en } from './texts/en.ts'

export type CallTexts = typeof en

/** Loaded after the first load. The translation comes with the first load. */
export const callTexts: CallTexts = partTexts('call', en)
