import type { AbortReason } from '../../machines/verification/verificationEvents.ts'
import { emojiNames } from './emoji.en.ts'
import type { UserMessage } from './userMessage.ts'

const interceptionAdvice = 'Say nothing private. Hang up, then call again from another network or server.'

const abortMessages: Record<AbortReason, UserMessage> = {
  early: { title: 'Something interferes with the safety code', advice: interceptionAdvice },
  repeated: { title: 'Something interferes with the safety code', advice: interceptionAdvice },
  malformed: { title: 'Something interferes with the safety code', advice: interceptionAdvice },
  commitmentMismatch: { title: 'Somebody may be in between', advice: interceptionAdvice },
  certificateChanged: { title: 'The other end is not the same any more', advice: interceptionAdvice },
  timedOut: {
    title: 'The safety code did not come',
    advice: `A bad connection can do that, or somebody in between. ${interceptionAdvice}`,
  },
  unsupported: {
    title: 'This page cannot make a safety code',
    advice: 'Browsers do that for pages with https:// only. Whoever runs this server can switch it on.',
  },
}

export const verification = {
  title: 'Safety code',
  /** On the button; by what ui/verificationView.ts says. */
  buttonStates: {
    unverified: 'Not compared yet',
    changed: 'Changed',
    verified: 'Verified',
    mismatched: 'They differ',
    failed: 'Not certain',
    unsupported: 'No code',
  },
  button: (state: string): string => `Safety code: ${state}`,
  computing: 'The code is being made…',
  messages: {
    unverified: {
      title: 'Is anybody in between?',
      advice: 'Read them to each other. Same on both sides: nobody is in between.',
    },
    changed: {
      title: 'The code has changed',
      advice: 'The connection is new, and what you compared counts no more. Compare again.',
    },
    verified: {
      title: 'Nobody is in between',
      advice: 'You saw the same. It counts for this connection; you are told when it is another.',
    },
    mismatched: { title: 'Somebody may be in between', advice: interceptionAdvice },
  } satisfies Record<string, UserMessage>,
  aborted: (reason: AbortReason): UserMessage => abortMessages[reason],
  limit: 'This protects you from everyone on the way, but not from a server that gives you a dishonest page.',
  match: 'They match',
  differ: 'They differ',
  compare: 'Compare',
  close: 'Close',
  dismiss: 'Close this notice',
  emojiNames,
}
