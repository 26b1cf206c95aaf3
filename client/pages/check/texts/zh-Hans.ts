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

const formatMs = (value: number): string => (value < 1 ? '不到 1 毫秒' : formatUnit('zh-Hans', 'millisecond', value))
const portText = (url: IceUrl | null): string =>
  url ? `${url.transport === 'udp' ? 'UDP' : 'TCP'} 端口 ${url.port}` : '它的端口'
const hostText = (url: IceUrl | null): string => (url ? ` ${url.host} ` : '服务器')

const addressKinds: Record<AddressKind, string> = { ipv4: 'IPv4', ipv6: 'IPv6', mdns: '已隐藏（mDNS）' }

const privateRelayAdvice = '其他网络无法访问这个私有地址。请服务器管理员把 DUET_TURN_EXTERNAL_IP 设为服务器的公网地址。'

const proxyAdvice: Record<ProxyFault, string> = {
  Host: '代理必须转发“Host”请求头。',
  'X-Forwarded-For': '代理必须把每位访问者的地址追加到“X-Forwarded-For”。',
  Upgrade: '代理必须为 /trpc 转发“Upgrade”和“Connection”。',
  trust: 'DUET_TRUSTED_PROXIES 必须包含代理的地址。',
}

const findings: { [C in Finding['code']]: FindingText<C> } = {
  secure: () => ({ title: '此网页是安全的', advice: '经你允许，浏览器会让它使用摄像头和麦克风。' }),
  insecure: () => ({
    title: '此网页不安全',
    advice:
      '浏览器会禁用它的摄像头和麦克风。请用 https:// 打开，或请服务器管理员启用 https：设置 DUET_TLS_CERT 和 DUET_TLS_KEY，或使用带证书的代理。',
  }),
  'no-webrtc': () => ({
    title: '此浏览器无法通话',
    advice:
      '缺少 WebRTC，或 WebRTC 被关闭。请使用新版 Chrome、Edge、Firefox 或 Safari。如果隐私扩展或设置拦截了 WebRTC，请对此网页放行。',
  }),

  signaling: ({ roundTripMs }) => ({
    title: `服务器响应时间 ${formatMs(roundTripMs)}`,
    advice: '信令 WebSocket 的往返时间。',
  }),
  'signaling-silent': () => ({
    title: '服务器的 WebSocket 没有响应',
    advice:
      '没有它就无法开始通话。可能是代理没有为 /trpc 转发“Upgrade”，DUET_ALLOWED_ORIGINS 中缺少此地址，或你的网络拦截了 WebSocket。',
  }),
  'signaling-error': ({ errorCode }) => ({
    title: `服务器返回错误：${errorCode}`,
    advice: '请等一分钟再测试。详情见服务器日志。',
  }),

  proxy: ({ faults }) => ({
    title: '服务器前面的反向代理配置不完整',
    advice: `请联系服务器管理员。${faults.map((fault) => proxyAdvice[fault]).join('')}`,
  }),

  devices: ({ cameras, microphones }) => ({
    title: `此设备有 ${cameras} 个摄像头和 ${microphones} 个麦克风`,
    advice:
      cameras && microphones
        ? '实际可能更多，浏览器在你授权前会隐藏设备。加入前可以先试用。'
        : '没有也可以通话。要使用的话，请插上设备，或在系统设置中允许此浏览器使用。',
  }),
  'no-devices': () => ({
    title: '未找到摄像头或麦克风',
    advice: '你能看到和听到对方，但对方看不到也听不到你。请插上设备，或在系统设置中允许此浏览器使用。',
  }),
  'devices-unknown': () => ({
    title: '无法列出摄像头和麦克风',
    advice: '浏览器只为安全网页列出设备。请用 https:// 打开此网页。',
  }),

  addresses: ({ kinds: found }) => ({
    title: `此设备的地址：${found.map((kind) => addressKinds[kind]).join('、')}`,
    advice: found.includes('mdns')
      ? '这是正常的：网页获准使用摄像头之前，浏览器会隐藏地址。通话时使用真实地址。'
      : '通话会先尝试这些地址，以便在同一网络内直连。',
  }),
  'no-addresses': () => ({
    title: '浏览器隐藏了此设备的地址',
    advice: '可能是某项设置、扩展或 VPN 造成的。此时通话需要可用的中继。',
  }),

  'no-servers': () => ({
    title: '没有配置 STUN 或 TURN 服务器',
    advice: '只能在同一网络内通话。请服务器管理员设置 DUET_TURN=embedded，或设置 DUET_TURN_URLS。',
  }),
  'no-relays': () => ({
    title: '没有配置 TURN 服务器',
    advice:
      '防火墙阻止直连时，通话会失败。请服务器管理员设置 DUET_TURN=embedded，或在 DUET_TURN_URLS 中添加 turn: 地址。',
  }),

  mapped: ({ address }) => ({ title: `看到你的地址是 ${address}`, advice: '通话可以尝试与其他网络直连。' }),
  same: () => ({ title: '看到的就是此设备自己的地址', advice: '中间没有地址转换（NAT）。' }),

  relayed: ({ address, roundTripMs }, url) => ({
    title: `中继数据包用时 ${formatMs(roundTripMs)}`,
    advice: `中继地址 ${address}${url ? `，通过 ${url.transport.toUpperCase()} 连接` : ''}。`,
  }),
  'relayed-nearby': ({ address, roundTripMs }) => ({
    title: `中继用时 ${formatMs(roundTripMs)}，但仅限于它自己的网络`,
    advice: `中继地址是 ${address}。${privateRelayAdvice}`,
  }),
  unrelayed: ({ address }) => ({
    title: '分配了中继，但数据包无法通过',
    advice: `中继地址是 ${address}。请服务器管理员在所有防火墙上为 UDP 开放中继端口（49152–65535，或 DUET_TURN_RELAY_PORTS），并确认 DUET_TURN_EXTERNAL_IP 是它的公网地址。`,
  }),
  'unrelayed-nearby': ({ address }) => ({
    title: '分配的中继无法访问',
    advice: `中继地址是 ${address}。${privateRelayAdvice}`,
  }),

  unsupported: () => ({
    title: '此浏览器不接受这个 URL',
    advice: '有效的 URL 形如 turn:example.org:3478?transport=udp。请服务器管理员更正 DUET_TURN_URLS。',
  }),
  loopback: () => ({
    title: '此浏览器会跳过本机上的服务器',
    advice: 'Firefox 会忽略环回地址。请用这台电脑在网络中的名称或地址打开此网页。',
  }),
  unresolved: (_, url) => ({
    title: url ? `无法解析名称 ${url.host}` : '无法解析服务器的名称',
    advice: '请检查它在 DUET_TURN_URLS 中的拼写、它的 DNS 记录，以及此设备的 DNS 服务器。',
  }),
  silent: (_, url) => ({
    title: `${portText(url)} 没有响应`,
    advice: `你的网络或服务器的防火墙可能拦截了发往${hostText(url)}的 UDP，或那里没有服务在监听。${url?.isTurn ? '在 UDP 被拦截的地方，基于 TCP 或 TLS 的 TURN 可以通过。' : '没有 STUN，与其他网络通话就需要中继。'}`,
  }),
  unreachable: (_, url) => ({
    title: `无法连接${url ? ' ' : ''}${portText(url)}`,
    advice: `${hostText(url).trimStart()}上没有服务在监听，或被防火墙拦截。请服务器管理员启动服务，并开放该 TCP 端口。`,
  }),
  untrusted: (_, url) => ({
    title: `无法通过 TLS 连接${url ? ' ' : ''}${portText(url)}`,
    advice: `证书必须对${hostText(url)}有效、没有过期，并由浏览器信任的机构签发。该端口必须开放并使用 TLS。`,
  }),
  unauthorized: () => ({
    title: '凭据被拒绝 (401)',
    advice:
      '此服务器和 TURN 服务器必须使用同一个密钥：这里是 DUET_TURN_SECRET，coturn 中是 static-auth-secret。凭据会过期，所以两边的时钟都必须准确。',
  }),
  expired: () => ({
    title: 'Nonce 被反复拒绝 (438)',
    advice: '可能有多台 TURN 服务器共用这个名称，却不共享状态。请逐台列出。',
  }),
  forbidden: () => ({
    title: '中继被禁止 (403)',
    advice: 'TURN 服务器的规则不允许此用户或此对端。请其管理员检查允许和拒绝的对端。',
  }),
  quota: () => ({
    title: '此用户的中继过多 (486)',
    advice: '请关闭其他通话，等几分钟再测试。也可以调高 DUET_TURN_QUOTA_USER。',
  }),
  capacity: () => ({ title: '中继端口已用完 (508)', advice: '请服务器管理员扩大 DUET_TURN_RELAY_PORTS 的范围。' }),
  error: ({ number, text }) => ({ title: `被拒绝，错误 ${number}`, advice: text || '详情见 TURN 服务器的日志。' }),
  nothing: () => ({
    title: '没有结果，浏览器也没有说明原因',
    advice: '可能有扩展或设置阻止此网页使用中继。请换个浏览器。如果还是不行，请查看服务器日志。',
  }),
}

const verdicts: Record<Verdict, UserMessage> = {
  everywhere: { title: '可以正常通话', advice: '中继也可用，限制严格的网络也没问题。' },
  'relay-over-tcp': {
    title: '可以通话，但有时会有延迟',
    advice: '中继只能走 TCP，丢失一个数据包就会拖慢后面的数据包。用 UDP 会更好。',
  },
  mostly: { title: '可以和大多数人通话', advice: '没有可用的中继，而有些网络只允许中继。详情见下。' },
  nearby: { title: '只能在你自己的网络内通话', advice: '没有可用的 STUN 或 TURN 服务器。详情见下。' },
  insecure: { title: '摄像头和麦克风在这里无法使用', advice: '此网页不安全。详情见下。' },
  'no-webrtc': { title: '此浏览器无法通话', advice: '解决方法见下。' },
  unreachable: { title: '无法开始通话', advice: '服务器没有响应。详情见下。' },
}

export const check: CheckTexts = {
  title: '连接测试',
  about: '测试此浏览器能否在当前网络下通话。测试会联系每台服务器，并通过每个中继发送一个数据包。',
  running: '正在测试…',
  runningNote: '服务器无响应时，最多需要十秒。',
  runAgain: '重新测试',
  copy: '复制报告',
  copied: '已复制',
  copyFailed: '复制失败，请手动选中文字。',
  report: '报告',
  groups: { device: '此设备', servers: 'STUN 和 TURN' },
  subjects: {
    page: '网页',
    signaling: '信令',
    proxy: '反向代理',
    devices: '摄像头和麦克风',
    addresses: '地址',
    servers: '服务器',
  },
  severities: { fine: '正常', limited: '受限', failed: '失败' },
  testing: '测试中',
  stages: { gathering: '正在请求中继…', connecting: '正在通过中继连接…', sending: '正在发送数据包…' },
  waiting: '正在测试…',
  verdict: (verdict) => verdicts[verdict],
  finding: (finding, url) => (findings[finding.code] as FindingText<Finding['code']>)(finding as never, url),
}
