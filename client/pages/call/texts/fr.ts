import type { CallTexts } from '../texts.ts'
import { emojiNames } from './emoji.fr.ts'

export const call: CallTexts = {
  endedAfter: (title, duration) => `${title} · ${duration}`,
  devicesReleased: 'Votre caméra et votre micro sont éteints. Le lien vers ce salon reste valable.',
  callAgain: 'Rappeler',
  leave: 'Quitter',
  emojiNames,
}
