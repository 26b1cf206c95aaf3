import type { CallTexts } from '../texts.ts'
import { emojiNames } from './emoji.pt.ts'

export const call: CallTexts = {
  endedAfter: (title, duration) => `${title} · ${duration}`,
  devicesReleased: 'Sua câmera e seu microfone estão desativados. O link desta sala ainda funciona.',
  callAgain: 'Ligar novamente',
  leave: 'Sair',
  emojiNames,
}
