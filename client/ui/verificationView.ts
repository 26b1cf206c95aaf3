import type { SnapshotFrom } from 'xstate'
import type { safety } from '../../machines/verification/verificationMachine.ts'
import type { Words } from '../i18n/texts.ts'
import { texts } from '../i18n/texts.ts'

/** What a person is to know of their safety code. */
export type SafetyLook =
  | 'open'        // not compared yet, there or still in the making
  | 'changed'     // not compared yet, but the one before was
  | 'verified'
  | 'differs'
  | 'broken'      // none was made, and somebody may be the reason
  | 'unsupported' // none can be made here

type Snapshot = SnapshotFrom<typeof safety>

export function lookOf(snapshot: Snapshot): SafetyLook {
  const { reason, wasVerified } = snapshot.context
  if (snapshot.matches({ talking: 'verified' })) return 'verified'
  if (snapshot.matches({ talking: 'mismatched' })) return 'differs'
  if (reason !== null) return reason === 'unsupported' ? 'unsupported' : 'broken'
  return wasVerified ? 'changed' : 'open'
}

export function wordsFor(snapshot: Snapshot): Words {
  const { reason } = snapshot.context
  if (reason !== null) return texts.safety.aborted(reason)
  return texts.safety.words[lookOf(snapshot) as keyof typeof texts.safety.words]
}
