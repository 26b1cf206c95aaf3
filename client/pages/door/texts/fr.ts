import { formatWait } from '../../../i18n/format.ts'
import type { DoorTexts } from '../texts.ts'

export const door: DoorTexts = {
  askFirst: 'Me demander avant toute entrée',
  guessable: 'Quelqu’un pourrait deviner le nom de ce salon.',

  present: 'Quelqu’un est là.',
  presentAsk: 'Quelqu’un est là et décide qui peut entrer.',
  presentLocked: 'Quelqu’un est là, mais le salon est verrouillé.',
  full: 'Ce salon est complet pour le moment.',
  fullNote: 'Vous pourrez entrer dès que quelqu’un partira.',
  lockedAdvice: 'Demandez à la personne présente de le déverrouiller, ou créez un nouveau salon.',
  newRoom: 'Nouveau salon',
  name: 'Votre nom (facultatif)',
  nameNote: 'L’autre personne verra ce nom, mais elle ne vous voit pas et ne vous entend pas encore.',
  nameShown: 'L’autre personne le verra pendant l’appel.',
  ask: 'Demander à entrer',
  asking: 'Demande envoyée…',
  askingNote: 'Vous entrerez dès qu’on vous l’accordera. D’ici là, on ne vous voit pas et on ne vous entend pas.',
  offline: 'Vous êtes hors ligne. Reconnexion…',
  cancel: 'Annuler',
  declined: 'On ne peut pas vous laisser entrer pour le moment.',
  declinedNote: (waitMs) => `Vous pourrez redemander ${formatWait('fr', waitMs)}.`,
  occupied: 'Quelqu’un d’autre demande à entrer. Réessayez dans un instant.',
  left: 'L’autre personne est partie. Vous pouvez entrer et l’attendre.',

  policyLegend: 'Qui peut entrer ?',
  policies: { open: 'Toute personne avec le lien', ask: 'Seulement qui j’accepte', locked: 'Plus personne' },
  atDoor: (name) => `${name || 'Quelqu’un'} demande à entrer`,
  atDoorNote: 'Cette personne ne vous voit pas et ne vous entend pas encore.',
  admit: 'Accepter',
  decline: 'Refuser',
  admitted: (name) => (name ? `${name} va entrer…` : 'La personne va entrer…'),
}
