import { formatElapsed, formatNumber, formatPercent, formatUnit } from '../../../i18n/format.ts'
import type { DiagnosticsTexts } from '../texts.ts'

export const diagnostics: DiagnosticsTexts = {
  title: '診断',
  about: 'うまく動作しない原因を調べます。',
  close: '診断を閉じる',
  machines: 'ステートマシン',
  names: {
    membership: '参加状況',
    room: 'ルーム',
    signaling: 'サーバーとの接続',
    call: '通話',
    verification: 'セキュリティコード',
    microphone: 'マイク',
    camera: 'カメラ',
    screen: '共有画面',
    statusBanner: 'ステータスバナー',
    quality: '品質',
    preparation: '通話前の接続',
  },

  connectionPath: {
    title: '接続',
    none: '現在は接続していません。',
    direct: (protocol) => `直接接続（${protocol}）`,
    relayed: (protocol) => `リレー経由（${protocol}）`,
    roundTrip: '往復時間',
    milliseconds: (count) => formatUnit('ja', 'millisecond', count),
    quality: '品質',
    inbound: '受信',
    outbound: '送信',
    lossAndRate: (loss, rate) => (rate === null ? `損失 ${loss}` : `損失 ${loss}、${formatNumber('ja', rate)} kbit/s`),
    percent: (share) => formatPercent('ja', share),
    unmeasured: '?',
    jitter: 'ジッター',
    reconnects: '再接続',
    reconnectCounts: (attempts, restarts) => `直近 1 分間の ICE 再起動 ${restarts} 回（失敗 ${attempts} 回）`,
    localEnd: 'ローカルアドレス',
    remoteEnd: 'リモートアドレス',
    endpoints: { host: 'ホスト', srflx: 'STUN が検出', prflx: '相手が検出', relay: 'リレー' },
    privacyNote: 'アドレスはここにだけ表示されます。トレースには含まれません。',
  },

  events: {
    title: 'イベント',
    about: '新しい順に表示します。',
    none: 'まだイベントはありません。',
    placeFilter: '表示するイベント',
    all: 'すべて',
    places: { here: '自分', there: '相手', server: 'サーバー' },
    noneFromPlace: '相手からはまだ何も届いていません。',
    elapsed: (ms) => formatElapsed('ja', ms),
  },

  saveTrace: 'トレースを保存',
  saveNote: '状態とイベントだけを記録し、アドレス、鍵、名前は含みません。調査を手伝ってくれる人に安心して送れます。',
  openStatecharts: 'ステートマシンを表示',
}
