import type { PageName } from './channelTypes.ts'

/** What a step is called: something at one place, or from one to another. */
export type Label =
  { at: PageName | 'server'; text: string } | { from: PageName | 'server'; to: PageName | 'server'; text: string }
