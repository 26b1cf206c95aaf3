import { emojiNames } from './emoji.en.ts'

export const en = {
  /** `duration`: of the call, such as 12:34. */
  endedAfter: (title: string, duration: string): string => `${title} · ${duration}`,
  devicesReleased: 'Your camera and microphone are off. The link to this room still works.',
  callAgain: 'Call again',
  leave: 'Leave',
  emojiNames,
}
