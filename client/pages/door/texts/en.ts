import { formatWait } from '../../../i18n/format.ts'
import type { RoomPolicy } from '../../../../machines/protocol/vocabulary.ts'

const someone = 'Someone'

export const en = {
  /** The lobby of the person who opens the room. */
  askFirst: 'Ask me before anyone joins',
  guessable: 'Someone else could guess this room’s name.',

  /** The lobby of a visitor. */
  present: 'Someone is here.',
  presentAsk: 'Someone is here. They decide who joins.',
  presentLocked: 'Someone is here, but the room is locked.',
  full: 'This room is full right now.',
  fullNote: 'You can join as soon as someone leaves.',
  lockedAdvice: 'Ask them to unlock it, or start a new room.',
  newRoom: 'New room',
  name: 'Your name (optional)',
  nameNote: 'They’ll see this name, but they won’t see or hear you yet.',
  nameShown: 'They’ll see it during the call.',
  ask: 'Ask to join',
  asking: 'Asking to join…',
  askingNote: 'You’ll join as soon as they let you in. Until then they won’t see or hear you.',
  offline: 'You’re offline. Reconnecting…',
  cancel: 'Cancel',
  declined: 'They can’t let you in right now.',
  /** `waitMs`: the time until the person may ask again. */
  declinedNote: (waitMs: number): string => `You can ask again ${formatWait('en', waitMs)}.`,
  occupied: 'Someone else is asking right now. Try again in a moment.',
  left: 'The other person left. You can join and wait for them.',

  /** The page in the room: while it waits, and during a call. */
  policyLegend: 'Who can join?',
  policies: { open: 'Anyone with the link', ask: 'Only people I let in', locked: 'Nobody new' } satisfies Record<
    RoomPolicy,
    string
  >,
  atDoor: (name: string): string => `${name || someone} wants to join`,
  atDoorNote: 'They can’t see or hear you yet.',
  admit: 'Admit',
  decline: 'Decline',
  admitted: (name: string): string => `Letting ${name || 'them'} in…`,
}
