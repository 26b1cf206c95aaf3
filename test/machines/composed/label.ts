import type { Who } from './words.ts'

/** What a step is called: something at one place, or from one to another. */
export type Label = { at: Who | 'server'; text: string } | { from: Who | 'server'; to: Who | 'server'; text: string }
