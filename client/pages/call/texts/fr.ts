import type { CallTexts } from '../texts.ts'
import { emojiNames } from './emoji.fr.ts'

export const call: CallTexts = {
  endedAfter: (title, duration) => `${title} · ${duration}`,
  devicesReleased: 'Votre caméra et votre micro sont éteints. Le lien vers ce salon reste valable.',
  callAgain: 'Rappeler',
  leave: 'Quitter',
  presence: {
    arrived: 'L’autre personne est là',
    left: 'L’autre personne est partie',
    admitted: 'Vous êtes maintenant en communication',
  },
  attention: 'Sons et notifications',
  sounds: 'Sons quand quelqu’un arrive, part ou demande à entrer',
  notifications: 'M’avertir quand cette page est masquée',
  notificationsNote: 'Vous saurez que quelqu’un arrive, même dans un autre onglet ou une autre fenêtre.',
  allowNotifications: 'Autoriser les notifications',
  notifyMe: 'M’avertir quand quelqu’un arrive',
  notificationsOn: 'Vous recevrez une notification quand cette page est masquée.',
  notificationsBlocked: 'Votre navigateur bloque les notifications de cette page.',
  view: {
    sideBySide: 'Côte à côte',
    hideOwn: 'Masquer votre vidéo',
    mirror: 'Inverser votre vidéo',
    mirrorNote: 'Vous seul la voyez en miroir.',
    swap: 'Échanger les vidéos',
    move: 'Déplacer la petite vidéo',
    openWindow: 'Image dans l’image',
    closeWindow: 'Fermer l’image dans l’image',
  },
  emojiNames,
}
