import type { CallEndReason } from '../../../machines/protocol/vocabulary.ts'
import type { QualityCause } from '../../../machines/status/qualityMachine.ts'
import type { HangupMessageReason, ErrorCode } from '../../../machines/protocol/messages.ts'
import type { MissingFeature } from '../../common/browserSupport.ts'
import type { UnreachableCause } from '../../signaling/serverReachability.svelte.ts'
import type { Browser } from '../browserName.ts'
import type { Texts } from '../texts.ts'
import type { UserMessage } from '../userMessage.ts'
import { devices } from './devices.ts'
import { named } from './named.ts'

const apiErrors: Record<ErrorCode, UserMessage> = {
  full: {
    title: 'このルームは満員です',
    advice: 'すでに 2 人が参加しています。どちらかが退出してから再試行するか、新しいルームを作成してください。',
  },
  'ask-first': { title: '参加をリクエスト', advice: '参加できるかどうかは、ルームにいる人が決めます。' },
  locked: {
    title: 'このルームはロックされています',
    advice: 'ルームにいる人にロックの解除を頼むか、新しいルームを作成してください。',
  },
  'invalid-room-name': {
    title: 'ルーム名が無効です',
    advice:
      '名前に使えるのは 64 文字までの英字と数字です。リンクが途切れている可能性があるので、もう一度送ってもらってください。',
  },
  'invalid-input': {
    title: 'サーバーがリクエストを読み取れませんでした',
    advice: 'このページが古くなっている可能性があります。再読み込みしてください。',
  },
  'too-large': { title: 'リクエストが大きすぎます', advice: 'ページを再読み込みして、もう一度お試しください。' },
  throttled: { title: '試行回数が多すぎます', advice: '1 分ほど待ってから、もう一度お試しください。' },
  'server-full': {
    title: 'サーバーが満員です',
    advice: '現在、通話が混み合っています。数分後にもう一度お試しください。',
  },
  'not-joined': { title: 'セッションの有効期限が切れました', advice: '再試行すると、もう一度参加できます。' },
  'seat-lost': {
    title: '席がなくなりました',
    advice: '離れていた時間が長すぎました。ルームに空きがあれば、再試行して戻れます。',
  },
  'out-of-order': { title: '通話の同期がずれました', advice: '再試行すると、通話を再開できます。' },
  unavailable: {
    title: 'サーバーが混み合っています',
    advice: '今は誰も参加できません。しばらくしてからもう一度お試しください。',
  },
  'not-found': { title: 'このページは古くなっています', advice: '再読み込みして最新版を表示してください。' },
  internal: {
    title: 'サーバーで問題が発生しました',
    advice: 'もう一度お試しください。詳細はサーバーのログに記録されています。',
  },
}

const callEndings: Record<CallEndReason, UserMessage> = {
  local: { title: '通話を終了しました', advice: '' },
  remote: { title: '相手が通話を終了しました', advice: '' },
  left: { title: '相手が退出しました', advice: '' },
  replaced: { title: '通話を移動しました', advice: '現在は別のタブまたはウィンドウで開いています。' },
  failed: {
    title: '通話を接続できませんでした',
    advice:
      'ファイアウォールが原因かもしれません。再試行するか、別のネットワークに切り替えるか、接続テストを実行してください。',
  },
  lost: { title: '接続が切れました', advice: 'どちらかがオフラインになりました。ルームの席は確保されています。' },
}

const peerEndings: Record<HangupMessageReason, UserMessage> = {
  unsupported: {
    title: '相手のブラウザではビデオ通話ができません',
    advice: '別のブラウザでリンクを開いてもらってください。',
  },
}

const weakConnectionAdvice: Record<QualityCause, (camera: { ours: boolean; theirs: boolean }) => string> = {
  outbound: ({ ours }) =>
    ours
      ? '自分の接続が不安定です。カメラをオフにすると改善します。'
      : '自分の接続が不安定です。Wi-Fi の近くに移動してみてください。',
  inbound: ({ theirs }) =>
    theirs
      ? '相手の接続が不安定です。相手がカメラをオフにすると改善する可能性があります。'
      : '相手の接続が不安定です。相手が Wi-Fi の近くに移動すると改善する可能性があります。',
  both: ({ ours, theirs }) =>
    ours || theirs
      ? '双方の接続が不安定です。カメラをオフにすると改善します。'
      : '双方の接続が不安定です。別のネットワークを使うと改善する可能性があります。',
  latency: () => '遅延が大きくなっています。少し間を置いて話してください。',
}

const unreachableCauses: Record<UnreachableCause, string> = {
  offline: 'オフラインです。ネットワークが回復すると、Duet が再接続します。',
  silent: 'サーバーが応答しません。再起動中か、ネットワークにブロックされている可能性があります。',
  elsewhere:
    'サーバーではない何かが応答しています。このネットワークでログインが必要な場合は、先にログインしてください。',
  gateway: 'このアドレスの先にあるサーバーが応答しません。サーバーの管理者がログを確認できます。',
  busy: 'サーバーは現在、これ以上の接続を受け付けられません。Duet は接続を試し続けます。',
  host: 'サーバーがこのアドレス向けに設定されていません。サーバーの管理者が DUET_PUBLIC_URL を設定できます。',
  origin: 'サーバーがこのアドレスのページを受け付けません。サーバーの管理者が DUET_ALLOWED_ORIGINS を設定できます。',
  websocket:
    'サーバーは応答しますが、通話に必要な WebSocket がプロキシかファイアウォールにブロックされています。別のネットワークをお試しください。',
}

const allowWebRtcAdvice: Record<Browser, string> = {
  chromium:
    'WebRTC をブロックする拡張機能をオフにして再読み込みしてください。または、別のブラウザでリンクを開いてください。',
  firefox:
    'about:config を開いて media.peerconnection.enabled を true に設定し、WebRTC をブロックする拡張機能をオフにしてから再読み込みしてください。',
  safari:
    'このページでロックダウンモードと、WebRTC をブロックする拡張機能をオフにして再読み込みしてください。または、別のブラウザでリンクを開いてください。',
  ios: 'このページでロックダウンモードをオフにして再読み込みするか、Safari でリンクを開いてください。',
  other: '最新の Chrome、Edge、Firefox、Safari のいずれかでリンクを開いてください。',
}

const missingFeatures: Record<MissingFeature, (browser: Browser) => UserMessage> = {
  webrtc: (browser) => ({
    title: 'このブラウザでは通話できません。WebRTC がないか、ブロックされています。',
    advice: allowWebRtcAdvice[browser],
  }),
  websocket: () => ({
    title: 'このブラウザでは通話できません。WebSocket がありません。',
    advice: allowWebRtcAdvice.other,
  }),
}

export const texts: Texts = {
  language: 'ja',
  name: 'Duet',
  diagnostics: '診断',
  languageMenu: '言語',

  home: {
    title: 'ふたりだけの通話。',
    about: 'ふたりのためのプライベートなビデオ通話。アカウントもダウンロードも不要で、間に入る企業もありません。',
    startCall: '通話を始める',
    newRoomNote: '誰にも推測できないリンクを作成します。',
    nameLabel: 'リンクまたは名前で参加',
    namePlaceholder: 'kitchen-table',
    go: '移動',
    nameNote: '大文字と小文字、スペースは区別されません。短い名前は伝えやすい反面、推測もされやすくなります。',
    nameEmpty: 'リンクか名前を入力するか、通話を始めてください。',
    nameInvalid: 'ルーム名が無効です。使えるのは 64 文字までの英数字、ハイフン、ピリオドです。',
    checkConnection: '接続をテスト',
    howItWorks: '仕組み',
  },

  titles: {
    home: 'Duet：ふたりだけの通話',
    invalidRoomName: '無効なルーム名 · Duet',
    notFound: 'ページが見つかりません · Duet',
    check: '接続テスト · Duet',
    lobby: '参加の準備 · Duet',
    joining: '参加しています… · Duet',
    waiting: '待機中 · Duet',
    connecting: '接続しています… · Duet',
    call: '通話中 · Duet',
    unauthenticatedPeer: '相手の確認 · Duet',
    reconnecting: '再接続しています… · Duet',
    failed: '通話エラー · Duet',
    ended: '通話終了 · Duet',
    rejected: '参加できません · Duet',
    openInOtherTab: '別のタブで開いています · Duet',
    left: '退出しました · Duet',
  },

  lobby: {
    title: '準備はできましたか？',
    room: 'ルーム',
    join: '参加',
    joinNote: (camera, microphone) => {
      if (camera && microphone) return '映像と音声が相手に届きます。'
      if (microphone) return '音声は相手に届きますが、映像は届きません。'
      if (camera) return '映像は相手に届きますが、音声は届きません。'
      return '相手の映像と音声は届きますが、こちらの映像と音声は相手に届きません。'
    },
    serverUnreachable: 'サーバーに接続できません。再試行しています。インターネット接続を確認してください。',
    microphoneLevel: 'マイクの音量',
    cameraRequested: 'カメラの許可を求めています…',
    cameraOff: 'カメラはオフです',
  },

  devices,

  joining: { title: '参加しています…', slow: '通常より時間がかかっています…', cancel: 'キャンセル' },

  connecting: {
    title: '接続しています…',
    peerPresent: '相手が来ました。接続しています…',
    findingConnection: '接続方法を探しています…',
    retrying: (n, of) => `接続を続けています…（${n} 回目、全 ${of} 回）`,
    peerDisconnected: '相手は現在オフラインです。相手が戻ると通話が再開します。',
    serverUnreachable: 'サーバーに接続できません。再試行しています。インターネット接続を確認してください。',
  },

  invitation: {
    title: 'まだ誰も来ていません',
    instruction: 'このリンクを送って、相手を招待してください。',
    link: 'このルームのリンク',
    copy: 'リンクをコピー',
    copied: 'コピーしました',
    copyFailed: 'コピーできませんでした。リンクを選択してください',
    shareLink: '共有…',
    shareTitle: 'ビデオ通話に参加してください',
    showQrCode: 'QR コードを表示',
    qrCodeLabel: (link) => `${link} の QR コード`,
    unusableElsewhere: '招待には https のアドレスが必要なため、他の人はこのリンクを使えません。',
  },

  call: {
    title: '通話',
    controls: '通話の操作',
    mute: 'ミュート',
    unmute: 'ミュート解除',
    cameraOff: 'カメラをオフ',
    cameraOn: 'カメラをオン',
    shareScreen: '画面を共有',
    stopSharing: '共有を停止',
    devices: 'デバイス',
    room: 'ルーム',
    closeRoom: '閉じる',
    view: '表示',
    flipCamera: 'カメラを切り替え',
    showOwnVideo: '自分の映像を表示',
    fullscreen: '全画面表示',
    exitFullscreen: '全画面表示を終了',
    hangUp: '通話を終了',
    fillScreen: 'ウィンドウ全体に表示',
    showWhole: 'ウィンドウに合わせる',
    playSound: '音声を再生',
    playSoundNote: 'タップするまで、ブラウザが音声をブロックします。',
    play: '再生',
    playNote: 'デバイスが通話を一時停止しました。',
    localVideo: '自分の映像',
    remoteVideo: '相手の映像',
    remoteScreen: '相手の画面',
    localScreen: '自分の画面',
    smallVideo: (video, corner) => `${video}（${corner}）。Enter キーで拡大、矢印キーで移動できます。`,
    corners: { 'top-left': '左上', 'top-right': '右上', 'bottom-left': '左下', 'bottom-right': '右下' },
    remoteCameraOff: '相手のカメラはオフです',
    remoteMicrophoneOff: '相手のマイクはオフです',
    remoteScreenShared: '相手が画面を共有しています',
    localScreenShared: '画面を共有しています',
    dataChannelFlooded: '相手から送られたデータが多すぎるため、メッセージの受信を停止しました。音声と映像は続きます。',
    diagnosticsViewed: '相手がこの通話の診断情報を見ています',
    screenShareFailed: (problemCode) =>
      problemCode === 'denied-by-system'
        ? {
            title: 'システムがこのブラウザの画面収録をブロックしています。',
            advice: 'プライバシー設定で許可してから、もう一度共有してください。',
          }
        : {
            title: '画面を共有できませんでした。',
            advice: 'もう一度「画面を共有」を押すか、別のウィンドウを選んでください。',
          },
    microphoneNotSent: { muted: 'ミュート中', failed: '音声なし' },
    statusBanner: {
      transport: '再接続しています…',
      localNetwork: 'オフラインのようです。再接続しています…',
      signaling: 'サーバーに接続できません。再試行しています…',
      peerDisconnected: '相手が再接続しています…',
      peerSignaling: '相手とサーバーの接続が切れました。通話は続きます。',
      signalingDuringCall: 'サーバーとの接続が切れました。通話に影響はありません。',
    },
    seatLost: (code) =>
      code === 'full'
        ? '別の人がルームの席に入りました。通話に影響はありません。'
        : 'サーバーがルームへの再参加を拒否しました。通話に影響はありません。',
    retry: '再試行',
    quality: {
      unknown: '接続品質を確認しています…',
      good: '接続は良好です',
      fair: '接続は普通です',
      poor: '接続が不安定です',
    },
    weakConnectionAdvice: (cause, camera) =>
      cause
        ? weakConnectionAdvice[cause](camera)
        : camera.ours
          ? '接続が不安定です。カメラをオフにすると改善します。'
          : '接続が不安定です。別のネットワークを使うと改善する可能性があります。',
  },

  named,

  announcements: {
    connected: '相手とつながりました。',
    remoteMicrophone: (on) => (on ? '相手のマイクがオンになりました。' : '相手のマイクがオフになりました。'),
    remoteCamera: (on) => (on ? '相手のカメラがオンになりました。' : '相手のカメラがオフになりました。'),
    localMicrophone: (on) => (on ? '' : 'ミュートしました。'),
    localCamera: (on) => (on ? '' : 'カメラをオフにしました。'),
  },

  unauthenticatedPeer: {
    title: '別の人が参加した可能性があります',
    advice: '通話が中断されたため、同じ相手とは限りません。「続ける」を押すまで、映像と音声は相手に届きません。',
    continue: '続ける',
    hangUp: '通話を終了',
  },

  callEnded: (reason) => callEndings[reason],
  endedByPeer: (reason) => peerEndings[reason],
  endedWithoutSeat: (reason) => ({
    title: callEndings[reason].title,
    advice: '通話中に、ルームの席に別の人が入りました。再試行すると、もう一度参加できます。',
  }),
  connectionLost: {
    localNetwork: 'オフラインになりました。ルームの席は確保されています。ネットワークが回復したら再試行してください。',
    remoteNetwork:
      '相手がオフラインになりました。ふたりの席は確保されています。しばらくしてからもう一度お試しください。',
    unknown:
      'どちらもサーバーには接続できますが、お互いに接続できません。再試行するか、別のネットワークをお試しください。',
  },
  apiError: (code) => apiErrors[code],
  actions: { tryAgain: '再試行', newRoom: '新しいルーム', checkConnection: '接続をテスト' },

  otherTab: { note: '別のタブでこのルームに参加しています。', continueHere: 'このタブに切り替える' },
  openInOtherTab: {
    title: '通話を移動しました',
    advice: '現在は別のタブまたはウィンドウで開いています。',
    useHere: 'このタブに切り替える',
  },
  left: { title: '退出しました', advice: 'ルームは残っています。リンクも引き続き使えます。', rejoin: '再参加' },
  invalidRoomName: { goHome: 'ホームに戻る' },
  notFound: {
    title: 'ページが見つかりません',
    advice: 'このページは存在しません。リンクが途切れている可能性があります。',
    goHome: 'ホームに戻る',
  },
  unreachable: (cause) => unreachableCauses[cause],
  missingFeature: (what, browser) => missingFeatures[what](browser),
  updated: (isInRoom) => ({
    title: 'Duet が更新されました',
    advice: isInRoom
      ? '通話は続きます。新しい版を使うには再読み込みしてください。席は確保されます。'
      : '新しい版を使うには再読み込みしてください。',
  }),
  partLoading: '読み込んでいます…',
  partLoadFailed: { title: 'この部分を読み込めませんでした', advice: '接続を確認してから、もう一度お試しください。' },
  pageLoadFailed: {
    title: 'ページを読み込めませんでした',
    advice: '接続を確認してから、再読み込みしてください。',
    reload: '再読み込み',
  },
}
