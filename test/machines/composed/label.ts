import type { PageName } from './channelTypes.ts'

/** Label of a step: an event at one place, or a message between two places. */
export type Label =
  { at: PageName | 'server'; text: string } | { from: PageName | 'server'; to: PageName | 'server'; text: string }
