import { partTexts } from '../../i18n/texts.ts'
import { en } from './texts/en.ts'

export type AudioTexts = typeof en

/** Loaded after the first load. The translation comes with the first load. */
export const audioTexts: AudioTexts = partTexts('audio', en)
