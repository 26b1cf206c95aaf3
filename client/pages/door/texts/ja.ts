import { formatWait } from '../../../i18n/format.ts'
import type { DoorTexts } from '../texts.ts'

export const door: DoorTexts = {
  askFirst: '参加の前に確認する',
  guessable: 'このルーム名は、他の人に推測される可能性があります。',

  present: '相手がルームにいます。',
  presentAsk: '相手がルームにいます。参加できるかどうかは相手が決めます。',
  presentLocked: '相手がルームにいますが、ルームはロックされています。',
  full: 'このルームは現在満員です。',
  fullNote: '誰かが退出すると、すぐに参加できます。',
  lockedAdvice: '相手にロックの解除を頼むか、新しいルームを作成してください。',
  newRoom: '新しいルーム',
  name: '名前（任意）',
  nameNote: 'この名前は相手に表示されますが、映像と音声はまだ届きません。',
  nameShown: '通話中、相手に表示されます。',
  ask: '参加をリクエスト',
  asking: 'リクエストしています…',
  askingNote: '相手が承認すると参加できます。それまで、映像と音声は相手に届きません。',
  offline: 'オフラインです。再接続しています…',
  cancel: 'キャンセル',
  declined: '今は参加を承認できないようです。',
  declinedNote: (waitMs) => `${formatWait('ja', waitMs)}にもう一度リクエストできます。`,
  occupied: '別の人がリクエストしています。しばらくしてからもう一度お試しください。',
  left: '相手が退出しました。先に参加して待つことができます。',

  policyLegend: '参加できる人',
  policies: { open: 'リンクを知っている人', ask: '承認した人のみ', locked: '誰も参加できない' },
  atDoor: (name) => `${name ? `${name}さん` : '誰か'}が参加を希望しています`,
  atDoorNote: '映像と音声は、まだこの人に届きません。',
  admit: '承認',
  decline: '拒否',
  admitted: (name) => (name ? `${name}さんが参加します…` : '相手が参加します…'),
}
