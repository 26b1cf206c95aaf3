import { formatWait } from '../../../i18n/format.ts'
import type { DoorTexts } from '../texts.ts'

export const door: DoorTexts = {
  askFirst: 'Mich fragen, bevor jemand beitritt',
  guessable: 'Jemand anderes könnte den Namen dieses Raums erraten.',

  present: 'Jemand ist hier.',
  presentAsk: 'Jemand ist hier und entscheidet, wer beitritt.',
  presentLocked: 'Jemand ist hier, aber der Raum ist gesperrt.',
  full: 'Dieser Raum ist gerade voll.',
  fullNote: 'Du kannst beitreten, sobald jemand geht.',
  lockedAdvice: 'Bitte die Person im Raum, ihn zu entsperren, oder öffne einen neuen Raum.',
  newRoom: 'Neuer Raum',
  name: 'Dein Name (optional)',
  nameNote: 'Die andere Person sieht diesen Namen, kann dich aber noch nicht sehen oder hören.',
  nameShown: 'Die andere Person sieht ihn im Anruf.',
  ask: 'Um Einlass bitten',
  asking: 'Du bittest um Einlass …',
  askingNote: 'Du trittst bei, sobald man dich einlässt. Bis dahin sieht und hört man dich nicht.',
  offline: 'Du bist offline. Neu verbinden …',
  cancel: 'Abbrechen',
  declined: 'Du kannst gerade nicht eingelassen werden.',
  declinedNote: (waitMs) => `Du kannst ${formatWait('de', waitMs)} noch einmal fragen.`,
  occupied: 'Gerade fragt jemand anderes. Versuch es gleich noch einmal.',
  left: 'Die andere Person ist gegangen. Du kannst beitreten und auf sie warten.',

  policyLegend: 'Wer darf beitreten?',
  policies: { open: 'Alle mit dem Link', ask: 'Nur wen ich einlasse', locked: 'Niemand mehr' },
  atDoor: (name) => `${name || 'Jemand'} möchte beitreten`,
  atDoorNote: 'Diese Person sieht und hört dich noch nicht.',
  admit: 'Einlassen',
  decline: 'Ablehnen',
  admitted: (name) => `${name || 'Die Person'} wird eingelassen …`,
}
