import type { CallTexts } from '../texts.ts'
import { emojiNames } from './emoji.de.ts'

export const call: CallTexts = {
  endedAfter: (title, duration) => `${title} · ${duration}`,
  devicesReleased: 'Deine Kamera und dein Mikrofon sind aus. Der Link zu diesem Raum gilt weiter.',
  callAgain: 'Noch einmal anrufen',
  leave: 'Verlassen',
  emojiNames,
}
