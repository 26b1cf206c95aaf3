import { formatDateTime, formatNumber, formatTime, formatUnit } from '../../../i18n/format.ts'
import type { StatechartsTexts } from '../texts.ts'

export const statecharts: StatechartsTexts = {
  title: 'ステートマシン',
  documentTitle: 'ステートマシン · Duet',
  about: (machines) =>
    `通話中に起こりうることはすべて、${machines} 個のステートマシンで定義されています。この図はそのコードから生成されています。`,

  live: {
    none: 'このブラウザで開いている通話はありません。',
    noneAdvice: '別のタブで通話に参加すると、双方の状態がここに表示されます。保存したトレースを開くこともできます。',
    otherTab: '別のタブの通話をリアルタイムで表示しています。',
    tabClosed: '通話のタブは閉じられました。これは最後の状態です。',
    chooseCall: '通話',
    call: (n, began) => `通話 ${n}（開始 ${formatTime('ja', began)}）`,
  },

  file: {
    open: '保存したトレースを開く',
    close: 'トレースを閉じる',
    drop: 'ここにファイルをドロップ',
    shown: (name, began) => `${name}（開始 ${formatDateTime('ja', began)}）`,
    unreadable: (why) => `ファイルを読み込めませんでした（${why}）。`,
  },

  replay: {
    label: 'リプレイ',
    play: '再生',
    pause: '一時停止',
    position: 'トレース内の位置',
    progress: (position, length) => `${formatNumber('ja', length)} 件中 ${formatNumber('ja', position)} 件目`,
    speed: (times) => (times === 1 ? '等速' : `${times} 倍速`),
  },

  machines: {
    label: 'ステートマシン',
    names: {
      room: 'ルーム',
      membership: '参加状況',
      signaling: 'シグナリング',
      call: '通話',
      verification: 'セキュリティコード',
      microphone: 'マイク',
      camera: 'カメラ',
      screen: '画面',
      statusBanner: 'ステータスバナー',
      quality: '品質',
      preparation: '事前接続',
      transfer: 'ファイル転送',
      chat: 'チャット',
      microphoneHint: 'マイクのヒント',
      pushToTalk: 'プッシュトゥトーク',
    },
    picture: (name) => `「${name}」の図`,
    pictureNote: '状態を選択すると、その意味が表示されます。',
    larger: '拡大（+）',
    smaller: '縮小（−）',
    fitAll: 'ウィンドウに合わせる（0）',
    parallelNote: '各領域は並行して動作し、それぞれ 1 つの状態にあります。',
    any: '任意',
    anyLabel: 'これらのいずれかの状態で',
  },

  places: {
    name: { here: 'このブラウザ', there: '相手のブラウザ', server: 'サーバー' },
    shortLabel: (place, seat) => {
      if (place === 'server') return 'サーバー'
      const side = place === 'here' ? '自分' : '相手'
      return seat ? `${seat.toUpperCase()} ${side}` : side
    },
    laneLabel: (place, seat) => {
      if (place === 'server') return 'サーバー'
      const side = place === 'here' ? '自分' : '相手'
      return seat ? `${seat.toUpperCase()}（${side}）` : side
    },
  },

  state: {
    title: '状態',
    transitions: '遷移',
    handledWithoutTransition: 'この状態で処理',
    leadsTo: '遷移先',
    always: '自動',
    inheritedFrom: (group) => `「${group}」から継承`,
  },

  sequence: {
    title: 'イベント',
    empty: 'まだイベントはありません。',
    seconds: (ms) => formatUnit('ja', 'second', ms / 1000, 2),
    label: '2 つのブラウザとサーバーの間のイベント（古い順）',
  },
}
