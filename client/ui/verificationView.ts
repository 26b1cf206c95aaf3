import type { SnapshotFrom } from 'xstate'
import type { verificationMachine } from '../../machines/verification/verificationMachine.ts'
import type { UserMessage } from '../i18n/texts.ts'
import { texts } from '../i18n/texts.ts'

/** What a person is to know of their safety code. */
export type VerificationView =
  | 'unverified' // not compared yet, there or still in the making
  | 'changed' // not compared yet, but the one before was
  | 'verified'
  | 'mismatched'
  | 'failed' // none was made, and somebody may be the reason
  | 'unsupported' // none can be made here

type Snapshot = SnapshotFrom<typeof verificationMachine>

export function verificationView(snapshot: Snapshot): VerificationView {
  const { reason, wasVerified } = snapshot.context
  if (snapshot.matches({ active: 'verified' })) return 'verified'
  if (snapshot.matches({ active: 'mismatched' })) return 'mismatched'
  if (reason !== null) return reason === 'unsupported' ? 'unsupported' : 'failed'
  return wasVerified ? 'changed' : 'unverified'
}

export function verificationMessage(snapshot: Snapshot): UserMessage {
  const { reason } = snapshot.context
  if (reason !== null) return texts.verification.aborted(reason)
  return texts.verification.messages[verificationView(snapshot) as keyof typeof texts.verification.messages]
}
