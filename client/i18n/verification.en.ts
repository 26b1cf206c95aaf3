import type { AbortReason } from '../../machines/verification/verificationEvents.ts'
import type { UserMessage } from './userMessage.ts'

const interceptionAdvice = 'Don’t share anything private. Hang up and call again from a different network or server.'

const abortMessages: Record<AbortReason, UserMessage> = {
  early: { title: 'Something is interfering with the safety code', advice: interceptionAdvice },
  repeated: { title: 'Something is interfering with the safety code', advice: interceptionAdvice },
  malformed: { title: 'Something is interfering with the safety code', advice: interceptionAdvice },
  commitmentMismatch: { title: 'Someone may be intercepting this call', advice: interceptionAdvice },
  certificateChanged: { title: 'The other device has changed', advice: interceptionAdvice },
  timedOut: {
    title: 'The safety code didn’t arrive',
    advice: `A bad connection can cause this, or someone intercepting the call. ${interceptionAdvice}`,
  },
  unsupported: {
    title: 'This page can’t create a safety code',
    advice: 'It works only on secure (https) pages. Ask the person who runs this server to turn on https.',
  },
}

export const verification = {
  title: 'Safety code',
  /** Labels of the button, by the view from `ui/verificationView.ts`. */
  buttonStates: {
    unverified: 'Verify',
    changed: 'Changed',
    verified: 'Verified',
    mismatched: 'They differ',
    failed: 'Can’t verify',
    unsupported: 'No code',
  },
  button: (state: string): string => `Safety code: ${state}`,
  computing: 'Creating the code…',
  messages: {
    unverified: {
      title: 'Is anyone intercepting this call?',
      advice: 'Read these out loud to each other. If they match, nobody is intercepting the call.',
    },
    changed: {
      title: 'The code has changed',
      advice: 'This is a new connection, so the earlier check no longer applies. Compare again.',
    },
    verified: {
      title: 'Nobody is intercepting this call',
      advice: 'You confirmed the codes match. We’ll warn you if the connection changes.',
    },
    mismatched: { title: 'Someone may be intercepting this call', advice: interceptionAdvice },
  } satisfies Record<string, UserMessage>,
  aborted: (reason: AbortReason): UserMessage => abortMessages[reason],
  limit: 'This protects against anyone between you – but not against a server that serves a tampered page.',
  match: 'They match',
  differ: 'They differ',
  compare: 'Compare',
  close: 'Close',
  dismiss: 'Close this notice',
}
