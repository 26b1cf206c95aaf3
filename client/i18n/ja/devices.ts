import type { DeviceKind, DeviceProblem } from '../../../machines/protocol/vocabulary.ts'
import type { Browser } from '../browserName.ts'
import type { devices as english } from '../devices.en.ts'
import type { UserMessage } from '../userMessage.ts'

type CaptureKind = Exclude<DeviceKind, 'screen'>
type CaptureKinds = CaptureKind | 'both'

const deviceNames: Record<CaptureKinds, string> = { microphone: 'マイク', camera: 'カメラ', both: 'カメラとマイク' }
/** Label of the switch in the browser's site settings. */
const browserSwitchLabels: Record<CaptureKinds, string> = {
  microphone: '「マイク」',
  camera: '「カメラ」',
  both: '「カメラ」と「マイク」',
}

const allowDeviceAdvice: Record<Browser, (kind: CaptureKinds) => string> = {
  chromium: (kind) =>
    `アドレスバーの左にあるアイコンをクリックして、${browserSwitchLabels[kind]}をオンにしてください。自動的に開始します。`,
  firefox: (kind) =>
    `アドレスバーにある斜線付きの${deviceNames[kind]}のアイコンをクリックし、ブロックを解除してから「再試行」を押してください。`,
  safari: (kind) =>
    `「Safari」→「この Web サイトでの設定」を開き、${deviceNames[kind]}を「許可」にしてから「再試行」を押してください。`,
  ios: (kind) =>
    `アドレスバーのアイコン →「Web サイトの設定」をタップし、${deviceNames[kind]}を「許可」にしてから「再試行」を押してください。`,
  other: (kind) => `ブラウザの設定でこのページの${deviceNames[kind]}を許可してから「再試行」を押してください。`,
}

/** A Latin name has a space before the next character. */
const alternativeBrowsers: Record<Browser, string> = {
  chromium: 'Chrome または別のブラウザ',
  firefox: 'Firefox または別のブラウザ',
  safari: 'Safari ',
  ios: 'Safari ',
  other: 'Chrome、Firefox、Safari のいずれか',
}

const stalledTitles: Record<CaptureKinds, string> = {
  microphone: 'マイクから音声が届きません。',
  camera: 'カメラから映像が届きません。',
  both: 'カメラとマイクから信号が届きません。',
}

const deviceProblems: Record<DeviceProblem, (kind: CaptureKinds, browser: Browser) => UserMessage> = {
  denied: (kind, browser) => ({
    title: `${deviceNames[kind]}へのアクセスがブロックされています。`,
    advice: allowDeviceAdvice[browser](kind),
  }),
  'denied-by-system': (kind) => ({
    title: `システムがこのブラウザの${deviceNames[kind]}をブロックしています。`,
    advice: `システムのプライバシー設定で${deviceNames[kind]}を許可してください。ブラウザの再起動が必要な場合があります。`,
  }),
  missing: (kind) => ({
    title: `${deviceNames[kind].replace('と', 'も')}${kind === 'both' ? 'も' : 'が'}見つかりません。`,
    advice: '接続すると自動的に開始します。',
  }),
  busy: (kind) => ({
    title: `別のアプリが${deviceNames[kind]}を使用しています。`,
    advice: '他の通話や録画を終了してから「再試行」を押してください。',
  }),
  unsuitable: (kind) => ({
    title: `この${deviceNames[kind]}は通話に使用できません。`,
    advice: '別のデバイスを選んでください。',
  }),
  insecure: (kind) => ({
    title: `ブラウザが${deviceNames[kind]}を許可するのは、安全な（https の）ページだけです。`,
    advice: 'このページを https:// で開くか、サーバーの管理者に https を有効にするよう依頼してください。',
  }),
  unsupported: (kind, browser) => ({
    title: `このアプリのブラウザでは${deviceNames[kind]}を使用できません。`,
    advice: `リンクをコピーして、${alternativeBrowsers[browser]}で開いてください。`,
  }),
  unplugged: (kind) => ({
    title: `${deviceNames[kind]}の接続が外れました。`,
    advice: '再び接続すると自動的に再開します。別のデバイスを選ぶこともできます。',
  }),
  stalled: (kind) => ({
    title: stalledTitles[kind],
    advice: '別のデバイスを選ぶか、いったん外して接続し直してから「再試行」を押してください。',
  }),
  unknown: (kind) => ({
    title: `${deviceNames[kind]}を開始できませんでした。`,
    advice:
      '「再試行」を押してください。それでも解決しない場合は、いったん外して接続し直すか、ブラウザを再起動してください。',
  }),
}

const substitutionReasons: Record<DeviceProblem, string> = {
  denied: 'はブロックされています',
  'denied-by-system': 'はシステムにブロックされています',
  missing: 'は接続されていません',
  busy: 'は別のアプリが使用しています',
  unsuitable: 'は通話に使用できません',
  insecure: 'を開始できませんでした',
  unsupported: 'を開始できませんでした',
  unplugged: 'の接続が外れました',
  stalled: 'が動作しなくなりました',
  unknown: 'を開始できませんでした',
}

export const devices: typeof english = {
  title: 'デバイス',
  camera: 'カメラ',
  microphone: 'マイク',
  speaker: 'スピーカー',
  systemDefault: 'システムのデフォルト',
  noDevices: 'デバイスが見つかりません',
  permissionNeeded: '許可が必要です',
  unnamed: { camera: (n) => `カメラ ${n}`, microphone: (n) => `マイク ${n}`, speaker: (n) => `スピーカー ${n}` },
  tryAgain: '再試行',
  close: '閉じる',
  shortcuts: 'キーボードショートカット（M ミュート、V カメラ、D 診断）',
  dismiss: 'このお知らせを閉じる',
  problem: (kind, problemCode, browser) => deviceProblems[problemCode](kind, browser),
  substituted: (kind, problemCode, label) =>
    `選択した${deviceNames[kind]}${substitutionReasons[problemCode]}。代わりに${label ? `「${label}」` : '別のデバイス'}を使用しています。`,
  trackMuted: {
    microphone: {
      title: 'マイクがデバイスまたはシステムによってミュートされています。',
      advice: '相手に声が届いていません。ヘッドセットのスイッチと、システムのサウンド設定を確認してください。',
    },
    camera: {
      title: 'カメラがデバイスまたはシステムによってオフになっています。',
      advice: '相手に映像が届いていません。カメラのカバーを開けるか、パソコンのカメラスイッチを確認してください。',
    },
  },
}
