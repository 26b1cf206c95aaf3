import type { CallTexts } from '../texts.ts'
import { emojiNames } from './emoji.zh-Hans.ts'

export const call: CallTexts = {
  endedAfter: (title, duration) => `${title} · ${duration}`,
  devicesReleased: '摄像头和麦克风已关闭，房间链接依然有效。',
  callAgain: '再次呼叫',
  leave: '离开',
  presence: { arrived: '对方已加入通话', left: '对方已离开通话', admitted: '你已进入通话' },
  attention: '提示音和通知',
  sounds: '有人加入、离开或申请加入时播放提示音',
  notifications: '此网页在后台时通知我',
  notificationsNote: '切换到其他标签页或窗口时，也能知道有人来了。',
  allowNotifications: '允许通知',
  notifyMe: '有人来时通知我',
  notificationsOn: '此网页在后台时，你会收到通知。',
  notificationsBlocked: '浏览器阻止了此网页的通知。',
  view: {
    sideBySide: '并排显示',
    hideOwn: '隐藏你的画面',
    mirror: '镜像你的画面',
    mirrorNote: '只有你看到镜像。',
    swap: '交换画面',
    move: '移动小画面',
    openWindow: '画中画',
    closeWindow: '关闭画中画',
  },
  emojiNames,
}
