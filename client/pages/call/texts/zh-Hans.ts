import type { CallTexts } from '../texts.ts'
import { emojiNames } from './emoji.zh-Hans.ts'

export const call: CallTexts = {
  endedAfter: (title, duration) => `${title} · ${duration}`,
  devicesReleased: '摄像头和麦克风已关闭，房间链接依然有效。',
  callAgain: '再次呼叫',
  leave: '离开',
  emojiNames,
}
