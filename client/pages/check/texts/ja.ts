import type { AddressKind } from '../../../../machines/protocol/address.ts'
import { formatUnit } from '../../../i18n/format.ts'
import type { UserMessage } from '../../../i18n/texts.ts'
import type { Finding, ProxyFault } from '../finding.ts'
import type { IceUrl } from '../iceUrl.ts'
import type { CheckTexts } from '../texts.ts'
import type { Verdict } from '../verdict.ts'

type FindingText<C extends Finding['code']> = (
  finding: Extract<Finding, { code: C }>,
  url: IceUrl | null,
) => UserMessage

const formatMs = (value: number): string => (value < 1 ? '1 ms 未満' : formatUnit('ja', 'millisecond', value))
const portText = (url: IceUrl | null): string =>
  url ? ` ${url.transport === 'udp' ? 'UDP' : 'TCP'} ポート ${url.port} ` : 'そのポート'
/** A Latin name has a space beside Japanese characters. */
const hostText = (url: IceUrl | null): string => (url ? ` ${url.host} ` : 'サーバー')

const addressKinds: Record<AddressKind, string> = { ipv4: 'IPv4', ipv6: 'IPv6', mdns: '非表示（mDNS）' }

const privateRelayAdvice =
  '他のネットワークからは、このプライベートアドレスに到達できません。サーバーの管理者に、DUET_TURN_EXTERNAL_IP へ公開アドレスを設定するよう依頼してください。'

const proxyAdvice: Record<ProxyFault, string> = {
  Host: 'プロキシは「Host」ヘッダーを転送する必要があります。',
  'X-Forwarded-For': 'プロキシは訪問者のアドレスを「X-Forwarded-For」に追加する必要があります。',
  Upgrade: 'プロキシは /trpc の「Upgrade」と「Connection」を転送する必要があります。',
  trust: 'DUET_TRUSTED_PROXIES にプロキシのアドレスを含める必要があります。',
}

const findings: { [C in Finding['code']]: FindingText<C> } = {
  secure: () => ({
    title: 'このページは安全です',
    advice: '許可すると、ブラウザはこのページでカメラとマイクを使えるようにします。',
  }),
  insecure: () => ({
    title: 'このページは安全ではありません',
    advice:
      'ブラウザがカメラとマイクをブロックします。https:// で開くか、https を有効にするようサーバーの管理者に依頼してください。DUET_TLS_CERT と DUET_TLS_KEY、または証明書のあるプロキシを使います。',
  }),
  'no-webrtc': () => ({
    title: 'このブラウザでは通話できません',
    advice:
      'WebRTC がないか、オフになっています。最新の Chrome、Edge、Firefox、Safari のいずれかをお使いください。拡張機能やプライバシー設定が WebRTC をブロックしている場合は、このページで許可してください。',
  }),

  signaling: ({ roundTripMs }) => ({
    title: `サーバーの応答時間は ${formatMs(roundTripMs)} です`,
    advice: 'シグナリング用 WebSocket の往復時間です。',
  }),
  'signaling-silent': () => ({
    title: 'サーバーの WebSocket が応答しません',
    advice:
      '応答がないと通話を開始できません。プロキシが /trpc の「Upgrade」を転送していないか、このアドレスが DUET_ALLOWED_ORIGINS にないか、ネットワークが WebSocket をブロックしている可能性があります。',
  }),
  'signaling-error': ({ errorCode }) => ({
    title: `サーバーがエラーを返しました：${errorCode}`,
    advice: '1 分ほど待ってから、もう一度テストしてください。詳細はサーバーのログに記録されています。',
  }),

  proxy: ({ faults }) => ({
    title: 'サーバーの前にあるリバースプロキシの設定が不完全です',
    advice: `サーバーの管理者に連絡してください。${faults.map((fault) => proxyAdvice[fault]).join('')}`,
  }),

  devices: ({ cameras, microphones }) => ({
    title: `このデバイスにはカメラが ${cameras} 台、マイクが ${microphones} 台あります`,
    advice:
      cameras && microphones
        ? '許可するまでブラウザはデバイスを隠すため、実際にはもっとある可能性があります。参加する前に試せます。'
        : 'なくても通話できます。使う場合は接続するか、システム設定でこのブラウザに許可してください。',
  }),
  'no-devices': () => ({
    title: 'カメラもマイクも見つかりません',
    advice:
      '相手の映像と音声は届きますが、こちらの映像と音声は相手に届きません。接続するか、システム設定でこのブラウザに許可してください。',
  }),
  'devices-unknown': () => ({
    title: 'カメラとマイクの一覧を取得できません',
    advice: 'ブラウザが一覧を渡すのは安全なページだけです。このページを https:// で開いてください。',
  }),

  addresses: ({ kinds: found }) => ({
    title: `このデバイスのアドレス：${found.map((kind) => addressKinds[kind]).join('、')}`,
    advice: found.includes('mdns')
      ? '正常です。カメラの使用が許可されるまで、ブラウザはアドレスを隠します。通話では実際のアドレスを使います。'
      : '同じネットワーク内で直接接続するために、通話ではまずこれらのアドレスを試します。',
  }),
  'no-addresses': () => ({
    title: 'ブラウザがこのデバイスのアドレスを隠しています',
    advice: '設定、拡張機能、VPN のいずれかが原因です。この場合、通話には動作するリレーが必要です。',
  }),

  'no-servers': () => ({
    title: 'STUN サーバーも TURN サーバーも設定されていません',
    advice:
      '同じネットワーク内でしか通話できません。サーバーの管理者に、DUET_TURN=embedded または DUET_TURN_URLS を設定するよう依頼してください。',
  }),
  'no-relays': () => ({
    title: 'TURN サーバーが設定されていません',
    advice:
      'ファイアウォールが直接接続をブロックする環境では、通話に失敗します。サーバーの管理者に、DUET_TURN=embedded を設定するか、DUET_TURN_URLS に turn: を追加するよう依頼してください。',
  }),

  mapped: ({ address }) => ({
    title: `このデバイスは ${address} として認識されています`,
    advice: '通話では、他のネットワークへの直接接続を試せます。',
  }),
  same: () => ({
    title: 'このデバイス自身のアドレスで認識されています',
    advice: '間にアドレス変換（NAT）はありません。',
  }),

  relayed: ({ address, roundTripMs }, url) => ({
    title: `パケットを ${formatMs(roundTripMs)} で中継します`,
    advice: `リレーアドレスは ${address} です${url ? `（${url.transport.toUpperCase()} で接続）` : ''}。`,
  }),
  'relayed-nearby': ({ address, roundTripMs }) => ({
    title: `${formatMs(roundTripMs)} で中継しますが、同じネットワーク内に限られます`,
    advice: `リレーアドレスは ${address} です。${privateRelayAdvice}`,
  }),
  unrelayed: ({ address }) => ({
    title: 'リレーは割り当てられますが、パケットが届きません',
    advice: `リレーアドレスは ${address} です。サーバーの管理者に、すべてのファイアウォールで UDP のリレーポート（49152–65535、または DUET_TURN_RELAY_PORTS）を開くよう依頼してください。DUET_TURN_EXTERNAL_IP は公開アドレスでなければなりません。`,
  }),
  'unrelayed-nearby': ({ address }) => ({
    title: 'リレーは割り当てられますが、到達できません',
    advice: `リレーアドレスは ${address} です。${privateRelayAdvice}`,
  }),

  unsupported: () => ({
    title: 'このブラウザはこの URL を受け付けません',
    advice:
      '有効な URL の例は turn:example.org:3478?transport=udp です。サーバーの管理者に DUET_TURN_URLS を修正するよう依頼してください。',
  }),
  loopback: () => ({
    title: 'このブラウザは同じパソコン上のサーバーを使いません',
    advice:
      'Firefox はループバックアドレスを無視します。ネットワーク上でのこのパソコンの名前かアドレスを使って、このページを開いてください。',
  }),
  unresolved: (_, url) => ({
    title: url ? `名前 ${url.host} を解決できませんでした` : 'サーバーの名前を解決できませんでした',
    advice: 'DUET_TURN_URLS の綴り、DNS レコード、このデバイスの DNS サーバーを確認してください。',
  }),
  silent: (_, url) => ({
    title: `${portText(url).trimStart()}が応答しません`,
    advice: `ネットワークかサーバーのファイアウォールが${hostText(url)}への UDP をブロックしているか、サーバーが待ち受けていない可能性があります。${url?.isTurn ? 'UDP がブロックされていても、TCP または TLS の TURN なら通る場合があります。' : 'STUN がないと、他のネットワークとの通話にリレーが必要です。'}`,
  }),
  unreachable: (_, url) => ({
    title: `${portText(url).trimStart()}に接続できませんでした`,
    advice: `${hostText(url).trimStart()}で待ち受けていないか、ファイアウォールがブロックしています。サーバーの管理者に、サーバーを起動して TCP のポートを開くよう依頼してください。`,
  }),
  untrusted: (_, url) => ({
    title: `TLS で${portText(url)}に接続できませんでした`,
    advice: `証明書は${hostText(url)}に対して有効で、期限内で、ブラウザが信頼する認証局が発行したものでなければなりません。ポートが開いていて、TLS を使っている必要があります。`,
  }),
  unauthorized: () => ({
    title: '認証情報が拒否されました（401）',
    advice:
      'このサーバーと TURN サーバーは、同じ秘密鍵を共有する必要があります。こちらは DUET_TURN_SECRET、coturn では static-auth-secret です。認証情報には期限があるため、両方の時計が正確でなければなりません。',
  }),
  expired: () => ({
    title: 'ノンスが繰り返し拒否されました（438）',
    advice:
      '複数の TURN サーバーが、状態を共有せずに同じ名前を使っている可能性があります。1 台ずつ別々に指定してください。',
  }),
  forbidden: () => ({
    title: 'リレーが禁止されています（403）',
    advice:
      'TURN サーバーの規則が、このユーザーか宛先をブロックしています。管理者に、許可と拒否の対象を確認するよう依頼してください。',
  }),
  quota: () => ({
    title: 'このユーザーのリレーが多すぎます（486）',
    advice:
      '他の通話を終了し、数分待ってからもう一度テストしてください。または、DUET_TURN_QUOTA_USER を増やしてください。',
  }),
  capacity: () => ({
    title: 'リレーポートの空きがありません（508）',
    advice: 'サーバーの管理者に、DUET_TURN_RELAY_PORTS の範囲を広げるよう依頼してください。',
  }),
  error: ({ number, text }) => ({
    title: `エラー ${number} で拒否されました`,
    advice: text || '詳細は TURN サーバーのログに記録されています。',
  }),
  nothing: () => ({
    title: '結果がなく、ブラウザも理由を示しません',
    advice:
      '拡張機能か設定が、このページのリレーをブロックしている可能性があります。別のブラウザをお試しください。それでも失敗する場合は、サーバーのログを確認してください。',
  }),
}

const verdicts: Record<Verdict, UserMessage> = {
  everywhere: {
    title: 'ここから通話できます',
    advice: 'リレーも動作しているので、制限の厳しいネットワークでも問題ありません。',
  },
  'relay-over-tcp': {
    title: '通話できますが、遅延することがあります',
    advice:
      'リレーが TCP でしか動作しません。TCP ではパケットが 1 つ失われると、後続も遅れます。UDP のほうが適しています。',
  },
  mostly: {
    title: 'ほとんどの相手と通話できます',
    advice: '動作するリレーがありません。リレーしか許可しないネットワークもあります。詳細は以下をご覧ください。',
  },
  nearby: {
    title: '同じネットワーク内でのみ通話できます',
    advice: '動作する STUN サーバーや TURN サーバーがありません。詳細は以下をご覧ください。',
  },
  insecure: {
    title: 'ここではカメラとマイクを使えません',
    advice: 'このページは安全ではありません。詳細は以下をご覧ください。',
  },
  'no-webrtc': { title: 'このブラウザでは通話できません', advice: '解決方法は以下をご覧ください。' },
  unreachable: { title: '通話を開始できません', advice: 'サーバーが応答しません。詳細は以下をご覧ください。' },
}

export const check: CheckTexts = {
  title: '接続テスト',
  about:
    'このネットワークで、このブラウザから通話できるかどうかをテストします。すべてのサーバーに接続し、各リレー経由でパケットを送ります。',
  running: 'テストしています…',
  runningNote: '応答しないサーバーには、最大 10 秒かかります。',
  runAgain: 'もう一度テスト',
  copy: 'レポートをコピー',
  copied: 'コピーしました',
  copyFailed: 'コピーできませんでした。テキストを選択してください。',
  report: 'レポート',
  groups: { device: 'このデバイス', servers: 'STUN と TURN' },
  subjects: {
    page: 'ページ',
    signaling: 'シグナリング',
    proxy: 'リバースプロキシ',
    devices: 'カメラとマイク',
    addresses: 'アドレス',
    servers: 'サーバー',
  },
  severities: { fine: '正常', limited: '制限あり', failed: '失敗' },
  testing: 'テスト中',
  stages: {
    gathering: 'リレーを要求しています…',
    connecting: 'リレー経由で接続しています…',
    sending: 'パケットを送信しています…',
  },
  waiting: 'テストしています…',
  verdict: (verdict) => verdicts[verdict],
  finding: (finding, url) => (findings[finding.code] as FindingText<Finding['code']>)(finding as never, url),
}
