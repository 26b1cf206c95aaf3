import { partTexts } from '../../i18n/texts.ts'
import { en } from './texts/en.ts'

export type InspectorTexts = typeof en

/** Loaded with the inspector instead of the first load, and so is the translation. */
export const inspectorTexts: InspectorTexts = partTexts('inspector', en)
