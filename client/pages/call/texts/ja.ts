import type { CallTexts } from '../texts.ts'
import { emojiNames } from './emoji.ja.ts'

export const call: CallTexts = {
  endedAfter: (title, duration) => `${title} · ${duration}`,
  devicesReleased: 'カメラとマイクはオフです。このルームのリンクは引き続き使えます。',
  callAgain: 'もう一度通話する',
  leave: '退出',
  emojiNames,
}
