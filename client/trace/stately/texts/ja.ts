import type { InspectorTexts } from '../texts.ts'

export const inspector: InspectorTexts = {
  title: 'このページの診断情報を stately.ai で表示しますか？',
  advice:
    '他社が運営する Stately Inspector のページを開きます。ステートマシンと、これらの通話の状態とイベントが、リアルタイムで送信されます。人やルームの名前、アドレス、音声、映像は送信されません。',
  open: 'stately.ai を開く',
  decline: '今はしない',
  blocked: {
    title: 'ブラウザがウィンドウをブロックしました',
    advice: 'このページのポップアップを許可してから、もう一度「stately.ai を開く」を押してください。',
  },
}
