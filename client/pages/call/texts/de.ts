import type { CallTexts } from '../texts.ts'
import { emojiNames } from './emoji.de.ts'
import { files } from './files.de.ts'

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
  sounds: 'Töne, wenn jemand kommt, geht, anklopft oder schreibt',
  notifications: 'Benachrichtigen, wenn diese Seite verdeckt ist',
  notificationsNote: 'So merkst du auch in einem anderen Tab oder Fenster, dass jemand kommt oder schreibt.',
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
  chat: {
    title: 'Chat',
    close: 'Chat schließen',
    unread: (count) => `${count} ungelesen`,
    empty: 'Nachrichten gehen direkt an die andere Person. Sie sind weg, wenn du gehst.',
    dropped: 'Ältere Nachrichten sind weg.',
    you: 'Du',
    them: 'Andere Person',
    field: 'Nachricht',
    send: 'Senden',
    waiting: 'Wird gesendet, sobald die Verbindung wieder da ist',
    full: 'Zu viele Nachrichten warten.',
    flooded:
      'Die andere Person hat zu viele Nachrichten gesendet, darum ist der Chat geschlossen. Dein Anruf geht weiter.',
    said: (name, text) => `${name}: ${text}`,
    arrived: 'Neue Nachricht',
    arrivedFrom: (name) => `Neue Nachricht von ${name}`,
  },
  files,
  emojiNames,
}
