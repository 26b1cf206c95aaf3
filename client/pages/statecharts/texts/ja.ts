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
    pause: '一時停止',
    follow: 'ライブに戻る',
    newer: (count) => (count === 0 ? '新しい項目はありません' : `新しい項目が ${formatNumber('ja', count)} 件`),
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

  sandbox: {
    open: 'サンドボックスを開く',
    close: 'サンドボックスを閉じる',
    title: 'サンドボックス',
    about: 'このマシンにイベントを送って、動きを確かめられます。通話やデバイスには何も届きません。',
    state: '状態',
    undo: '元に戻す',
    reset: '最初から',
    send: (event) => `${event} を送信`,
    fields: 'イベントのフィールド（JSON）',
    invalidFields: 'JSON オブジェクトではありません。',
    badFields: (why) => `マシンはこのフィールドを処理できません。${why}`,
    stays: 'そのまま',
    ignored: '無視',
    after: (ms) => `${formatUnit('ja', 'second', ms / 1000, ms % 1000 === 0 ? 0 : 1)} 後`,
    guards: 'ガード',
    noGuard: 'ガードなし',
    taken: '選択',
    isTrue: '真',
    isFalse: '偽',
    isUnknown: '不明：フィールドが足りません',
    actions: 'このステップのアクション',
    noActions: 'ありません。',
    effects: {
      send: (event, actor) => `${actor} に ${event} を送信`,
      emit: (event) => `${event} を出力`,
      start: (actor) => `アクター ${actor} を開始`,
      stop: (actor) => `アクター ${actor} を停止`,
      timer: (event, delay) => `タイマーを開始：${event}（${delay}）`,
      cancel: (event) => `${event} のタイマーを停止`,
    },
    context: 'コンテキスト',
    noContext: 'このマシンにコンテキストはありません。',
    changed: '変更',
    steps: 'ステップ',
    start: '開始',
  },

  export: {
    title: 'エクスポート',
    formats: { json: '定義（JSON）', mermaid: 'Mermaid', svg: '図（SVG）' },
    download: (format) => `ダウンロード：${format}`,
    copy: (format) => `コピー：${format}`,
    copied: 'コピーしました',
    copyFailed: 'コピーできませんでした',
  },

  source: { title: 'ソース', copy: (place) => `${place} をコピー` },

  inspect: { open: 'Stately Inspector' },
}
