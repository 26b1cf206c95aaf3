import { formatWait } from '../../../i18n/format.ts'
import type { DoorTexts } from '../texts.ts'

export const door: DoorTexts = {
  askFirst: '有人加入前先问我',
  guessable: '这个房间名可能会被别人猜到。',

  present: '有人在房间里。',
  presentAsk: '有人在房间里，由对方决定谁可以加入。',
  presentLocked: '有人在房间里，但房间已锁定。',
  full: '房间现在已满。',
  fullNote: '有人离开后你就可以加入。',
  lockedAdvice: '请对方解锁，或新建一个房间。',
  newRoom: '新建房间',
  name: '你的名字（选填）',
  nameNote: '对方会看到这个名字，但现在还看不到也听不到你。',
  nameShown: '通话时对方会看到。',
  ask: '申请加入',
  asking: '正在申请加入…',
  askingNote: '对方同意后你会自动加入。在此之前，对方看不到也听不到你。',
  offline: '你已断网，正在重连…',
  cancel: '取消',
  declined: '对方现在不方便让你加入。',
  declinedNote: (waitMs) => `${formatWait('zh-Hans', waitMs)}可以再次申请。`,
  occupied: '现在有别人正在申请，请稍后再试。',
  left: '对方已离开。你可以先加入，再等对方回来。',

  policyLegend: '谁可以加入？',
  policies: { open: '任何有链接的人', ask: '只有我同意的人', locked: '不再让人加入' },
  atDoor: (name) => `${name || '有人'}想加入`,
  atDoorNote: '对方现在看不到也听不到你。',
  admit: '同意',
  decline: '拒绝',
  admitted: (name) => (name ? `正在让${name}加入…` : '正在让对方加入…'),
}
