import { formatPercent } from '../../../i18n/format.ts'
import type { AudioTexts } from '../texts.ts'

export const audio: AudioTexts = {
  title: '声音',
  volume: (name) => (name ? `${name}的音量` : '对方的音量'),
  percent: (percent) => formatPercent('zh-Hans', percent),
  testSpeaker: '测试扬声器',
  testMicrophone: '测试麦克风',
  stopTest: '停止测试',
  testNote: '你仍处于静音状态。只有你能看到此音量。',
  filters: { echoCancellation: '回声消除', noiseSuppression: '噪声抑制', autoGainControl: '自动音量' },
  music: '音乐模式',
  musicNote: '以更高音质发送未经处理的乐器声。请戴上耳机。',
  mutedHint: '静音时说话提醒我',
  mutedHintNote: '静音时此网页仍会收听声音，但不发送。',
  pushToTalk: '按住说话',
  pushToTalkNote: '静音时，按住空格键或按钮即可说话。',
  holdToTalk: '按住说话',
  muted: '你已静音。',
  silent: '你的麦克风没有声音。',
  silentAdvice: '请检查麦克风开关，或在“设备”中选择其他麦克风。',
  dismiss: '关闭',
}
