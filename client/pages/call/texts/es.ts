import type { CallTexts } from '../texts.ts'
import { emojiNames } from './emoji.es.ts'

export const call: CallTexts = {
  endedAfter: (title, duration) => `${title} · ${duration}`,
  devicesReleased: 'Tu cámara y tu micrófono están desactivados. El enlace a esta sala aún funciona.',
  callAgain: 'Volver a llamar',
  leave: 'Salir',
  presence: { arrived: 'La otra persona entró', left: 'La otra persona se fue', admitted: 'Ya estás en la llamada' },
  attention: 'Sonidos y notificaciones',
  sounds: 'Reproducir un sonido cuando alguien llega, sale o pide entrar',
  notifications: 'Avisarme cuando esta página no esté a la vista',
  notificationsNote: 'Así sabrás que alguien llega aunque estés en otra pestaña o ventana.',
  allowNotifications: 'Permitir notificaciones',
  notifyMe: 'Avisarme cuando alguien llegue',
  notificationsOn: 'Recibirás una notificación cuando esta página no esté a la vista.',
  notificationsBlocked: 'Tu navegador bloquea las notificaciones de esta página.',
  view: {
    sideBySide: 'Lado a lado',
    hideOwn: 'Ocultar tu video',
    mirror: 'Reflejar tu video',
    mirrorNote: 'Solo tú lo ves reflejado.',
    swap: 'Intercambiar los videos',
    move: 'Mover el video pequeño',
    openWindow: 'Imagen en imagen',
    closeWindow: 'Cerrar imagen en imagen',
  },
  emojiNames,
}
