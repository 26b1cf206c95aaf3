import type { AbortReason } from '../../machines/verification/verificationEvents.ts'
import { emojiNames } from './emoji.en.ts'
import type { Words } from './words.ts'

const apart = 'Say nothing private. Hang up, then call again from another network or server.'

const aborted: Record<AbortReason, Words> = {
  early: { title: 'Something interferes with the safety code', advice: apart },
  repeated: { title: 'Something interferes with the safety code', advice: apart },
  malformed: { title: 'Something interferes with the safety code', advice: apart },
  unproven: { title: 'Somebody may be in between', advice: apart },
  changed: { title: 'The other end is not the same any more', advice: apart },
  silent: { title: 'The safety code did not come', advice: `A bad connection can do that, or somebody in between. ${apart}` },
  unsupported: {
    title: 'This page cannot make a safety code',
    advice: 'Browsers do that for pages with https:// only. Whoever runs this server can switch it on.',
  },
}

export const safety = {
  title: 'Safety code',
  /** On the button; by what ui/verificationView.ts says. */
  states: {
    open: 'Not compared yet', changed: 'Changed', verified: 'Verified', differs: 'They differ', broken: 'Not certain', unsupported: 'No code',
  },
  button: (state: string): string => `Safety code: ${state}`,
  making: 'The code is being made…',
  words: {
    open: { title: 'Is anybody in between?', advice: 'Read them to each other. Same on both sides: nobody is in between.' },
    changed: {
      title: 'The code has changed',
      advice: 'The connection is new, and what you compared counts no more. Compare again.',
    },
    verified: { title: 'Nobody is in between', advice: 'You saw the same. It counts for this connection; you are told when it is another.' },
    differs: { title: 'Somebody may be in between', advice: apart },
  } satisfies Record<string, Words>,
  aborted: (reason: AbortReason): Words => aborted[reason],
  limit: 'This protects you from everyone on the way, but not from a server that gives you a dishonest page.',
  match: 'They match',
  differ: 'They differ',
  compare: 'Compare',
  close: 'Close',
  dismiss: 'Close this notice',
  names: emojiNames,
}
