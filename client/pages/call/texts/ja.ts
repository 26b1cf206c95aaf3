import type { CallTexts } from '../texts.ts'
import { emojiNames } from './emoji.ja.ts'

export const call: CallTexts = {
  endedAfter: (title, duration) => `${title} · ${duration}`,
  devicesReleased: 'カメラとマイクはオフです。このルームのリンクは引き続き使えます。',
  callAgain: 'もう一度通話する',
  leave: '退出',
  presence: { arrived: '相手が参加しました', left: '相手が退出しました', admitted: '通話に参加しました' },
  attention: '音と通知',
  sounds: '相手の参加、退出、参加リクエストを音で知らせる',
  notifications: 'このページが隠れているときに通知する',
  notificationsNote: '別のタブやウィンドウを使っていても、相手が来たことがわかります。',
  allowNotifications: '通知を許可',
  notifyMe: '相手が来たら通知する',
  notificationsOn: 'このページが隠れているときに通知が届きます。',
  notificationsBlocked: 'ブラウザがこのページの通知をブロックしています。',
  view: {
    sideBySide: '左右に並べる',
    hideOwn: '自分の映像を隠す',
    mirror: '自分の映像を左右反転',
    mirrorNote: '反転して見えるのは自分だけです。',
    swap: '映像を入れ替える',
    move: '小さい映像を移動',
    openWindow: 'ピクチャー イン ピクチャー',
    closeWindow: 'ピクチャー イン ピクチャーを閉じる',
  },
  emojiNames,
}
