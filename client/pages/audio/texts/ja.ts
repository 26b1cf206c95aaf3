import { formatPercent } from '../../../i18n/format.ts'
import type { AudioTexts } from '../texts.ts'

export const audio: AudioTexts = {
  title: '音声',
  volume: (name) => (name ? `${name}さんの音量` : '相手の音量'),
  percent: (percent) => formatPercent('ja', percent),
  testSpeaker: 'スピーカーをテスト',
  testMicrophone: 'マイクをテスト',
  stopTest: 'テストを終了',
  testNote: 'ミュートのままです。このレベルは自分だけに見えます。',
  filters: { echoCancellation: 'エコーキャンセル', noiseSuppression: 'ノイズ抑制', autoGainControl: '音量の自動調整' },
  music: '音楽モード',
  musicNote: '楽器の音を加工せず、高音質で送信します。ヘッドホンを使ってください。',
  mutedHint: 'ミュート中に話したら知らせる',
  mutedHintNote: 'ミュート中もこのページが音を聞き取ります。送信はしません。',
  pushToTalk: 'プッシュトゥトーク',
  pushToTalkNote: 'ミュート中、スペースキーかボタンを押している間だけ話せます。',
  holdToTalk: '押して話す',
  muted: 'ミュートになっています。',
  silent: 'マイクから音が届いていません。',
  silentAdvice: 'マイクのスイッチを確認するか、「デバイス」で別のマイクを選んでください。',
  dismiss: '閉じる',
}
