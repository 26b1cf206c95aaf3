import type { SnapshotFrom } from 'xstate'
import type { verificationMachine } from '../../machines/verification/verificationMachine.ts'
import type { UserMessage } from '../i18n/texts.ts'
import { verificationTexts } from '../i18n/verificationTexts.ts'

/** View of the safety code. */
export type VerificationView =
  | 'unverified' // not compared yet; computed or still pending
  | 'changed' // not compared yet, but the code of the previous connection was verified
  | 'verified'
  | 'mismatched'
  | 'failed' // the exchange failed, possibly because of an attacker
  | 'unsupported' // this page cannot create one

type Snapshot = SnapshotFrom<typeof verificationMachine>

/** Returns the view for a snapshot of the verification machine. */
export function verificationView(snapshot: Snapshot): VerificationView {
  const { reason, wasVerified } = snapshot.context
  if (snapshot.matches({ active: 'verified' })) return 'verified'
  if (snapshot.matches({ active: 'mismatched' })) return 'mismatched'
  if (reason !== null) return reason === 'unsupported' ? 'unsupported' : 'failed'
  return wasVerified ? 'changed' : 'unverified'
}

/** Returns the title and advice for a snapshot of the verification machine. */
export function verificationMessage(snapshot: Snapshot): UserMessage {
  const { reason } = snapshot.context
  if (reason !== null) return verificationTexts.aborted(reason)
  return verificationTexts.messages[verificationView(snapshot) as keyof typeof verificationTexts.messages]
}
