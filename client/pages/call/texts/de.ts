import type { CallTexts } from '../texts.ts'
import { emojiNames } from './emoji.de.ts'

export const call: CallTexts = {
  endedAfter: (title, duration) => `${title} · ${duration}`,
  devicesReleased: 'Deine Kamera und dein Mikrofon sind aus. Der Link zu diesem Raum gilt weiter.',
  callAgain: 'Noch einmal anrufen',
  leave: 'Verlassen',
  presence: {
    arrived: 'Die andere Person ist da',
    left: 'Die andere Person ist gegangen',
    admitted: 'Du bist jetzt im Anruf',
  },
  attention: 'Töne und Benachrichtigungen',
  sounds: 'Töne, wenn jemand kommt, geht oder anklopft',
  notifications: 'Benachrichtigen, wenn diese Seite verdeckt ist',
  notificationsNote: 'So merkst du auch in einem anderen Tab oder Fenster, dass jemand kommt.',
  allowNotifications: 'Benachrichtigungen erlauben',
  notifyMe: 'Benachrichtigen, wenn jemand kommt',
  notificationsOn: 'Du wirst benachrichtigt, wenn diese Seite verdeckt ist.',
  notificationsBlocked: 'Dein Browser blockiert Benachrichtigungen dieser Seite.',
  view: {
    sideBySide: 'Nebeneinander',
    hideOwn: 'Dein Video ausblenden',
    mirror: 'Dein Video spiegeln',
    mirrorNote: 'Nur du siehst es gespiegelt.',
    swap: 'Videos tauschen',
    move: 'Kleines Video verschieben',
    openWindow: 'Bild im Bild',
    closeWindow: 'Bild im Bild schließen',
  },
  emojiNames,
}
