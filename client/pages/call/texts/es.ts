import type { CallTexts } from '../texts.ts'
import { emojiNames } from './emoji.es.ts'

export const call: CallTexts = {
  endedAfter: (title, duration) => `${title} · ${duration}`,
  devicesReleased: 'Tu cámara y tu micrófono están desactivados. El enlace a esta sala aún funciona.',
  callAgain: 'Volver a llamar',
  leave: 'Salir',
  emojiNames,
}
