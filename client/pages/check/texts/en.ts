import type { UserMessage } from '../../../i18n/texts.ts'
import type { AddressKind } from '../address.ts'
import type { Finding, Severity } from '../finding.ts'
import type { RelayStage } from '../relay.ts'
import type { IceUrl } from '../iceUrl.ts'
import type { Verdict } from '../verdict.ts'

type FindingWith<C extends Finding['code']> = Extract<Finding, { code: C }>
type FindingText<C extends Finding['code']> = (finding: FindingWith<C>, url: IceUrl | null) => UserMessage

const formatMs = (value: number): string => (value < 1 ? 'less than 1 ms' : `${Math.round(value)} ms`)
const countText = (n: number, one: string, many = `${one}s`): string =>
  n === 0 ? `no ${one}` : n === 1 ? `1 ${one}` : `${n} ${many}`
const portText = (url: IceUrl | null): string =>
  url ? `${url.transport === 'udp' ? 'UDP' : 'TCP'} port ${url.port}` : 'its port'
const hostText = (url: IceUrl | null): string => url?.host ?? 'the server'
const transportText = (url: IceUrl | null): string => (url ? ` over ${url.transport.toUpperCase()}` : '')

const addressKinds: Record<AddressKind, string> = { ipv4: 'IPv4', ipv6: 'IPv6', mdns: 'hidden behind names' }

const privateRelayAdvice =
  'Other networks cannot reach this private address. Whoever runs the server sets DUET_TURN_EXTERNAL_IP to its public one.'
const relayPortsAdvice =
  'Whoever runs the server opens its relay ports for UDP (49152–65535, or DUET_TURN_RELAY_PORTS) in every firewall before it'

const findings: { [C in Finding['code']]: FindingText<C> } = {
  secure: () => ({
    title: 'This page is secure',
    advice: 'Browsers give it camera and microphone, if you allow them.',
  }),
  insecure: () => ({
    title: 'This page is not secure',
    advice:
      'Browsers give no camera or microphone to it. Open it with https:// in front; whoever runs the server sets DUET_TLS_CERT and DUET_TLS_KEY, or puts it behind a proxy with a certificate.',
  }),
  'no-webrtc': () => ({
    title: 'This browser makes no calls',
    advice:
      'WebRTC is missing or switched off. Use a current Chrome, Edge, Firefox or Safari; in a hardened browser, or with a privacy extension, allow WebRTC for this page.',
  }),

  signaling: ({ roundTripMs }) => ({
    title: `The server answers in ${formatMs(roundTripMs)}`,
    advice: 'There and back on the WebSocket that calls are arranged over.',
  }),
  'signaling-silent': () => ({
    title: 'The server does not answer on its WebSocket',
    advice:
      'Without it no call can start. A proxy before the server has to pass “Upgrade” on for /trpc; its address may be missing in DUET_ALLOWED_ORIGINS; or a filter in your network stops WebSockets.',
  }),
  'signaling-error': ({ errorCode }) => ({
    title: `The server refused: ${errorCode}`,
    advice: 'Wait a minute, then run the check again. Whoever runs the server finds more in its log.',
  }),

  devices: ({ cameras, microphones }) => ({
    title: `This device has ${countText(cameras, 'camera')} and ${countText(microphones, 'microphone')}`,
    advice:
      cameras && microphones
        ? 'Or more: browsers count them only for a page that may use them. Whether they work is seen before you join.'
        : 'You can call without. If there should be one, plug it in, or allow it for this browser in the system’s settings.',
  }),
  'no-devices': () => ({
    title: 'No camera and no microphone found',
    advice:
      'You can see and hear the other side, but give them nothing. Plug one in, or allow them for this browser in the system’s settings.',
  }),
  'devices-unknown': () => ({
    title: 'Cameras and microphones cannot be counted',
    advice: 'Browsers tell secure pages only: open this one with https:// in front.',
  }),

  addresses: ({ kinds: found }) => ({
    title: `Addresses of this device: ${found.map((kind) => addressKinds[kind]).join(', ')}`,
    advice: found.includes('mdns')
      ? 'As it should be: browsers hide addresses until a page may use the camera. In a call the true ones are tried.'
      : 'Tried first in a call: the direct way within one network.',
  }),
  'no-addresses': () => ({
    title: 'The browser keeps the addresses of this device to itself',
    advice: 'A setting, an extension or a VPN does that. Calls then need a relay that works.',
  }),

  'no-servers': () => ({
    title: 'The server names no STUN or TURN server',
    advice: 'Calls work within one network only. Whoever runs the server sets DUET_TURN=embedded, or DUET_TURN_URLS.',
  }),
  'no-relays': () => ({
    title: 'The server names no TURN server',
    advice:
      'Where firewalls allow no direct way, calls fail. Whoever runs the server sets DUET_TURN=embedded, or adds turn: to DUET_TURN_URLS.',
  }),

  mapped: ({ address }) => ({
    title: `Answers: it sees you as ${address}`,
    advice: 'Direct calls to other networks can be tried from here.',
  }),
  same: () => ({
    title: 'Answers: it sees an address that this device has itself',
    advice: 'No address translation is in between.',
  }),

  relayed: ({ address, roundTripMs }, url) => ({
    title: `Relays: a packet went there and back in ${formatMs(roundTripMs)}`,
    advice: `Through ${address}, spoken to${transportText(url)}.`,
  }),
  'relayed-nearby': ({ address, roundTripMs }) => ({
    title: `Relays in ${formatMs(roundTripMs)}, but only for its own network`,
    advice: `The relay calls itself ${address}. ${privateRelayAdvice}`,
  }),
  unrelayed: ({ address }) => ({
    title: 'Gives a relay, but no packet comes through',
    advice: `The relay is at ${address}. ${relayPortsAdvice}, and checks that DUET_TURN_EXTERNAL_IP is the address that others see.`,
  }),
  'unrelayed-nearby': ({ address }) => ({
    title: 'Gives a relay that cannot be reached',
    advice: `The relay calls itself ${address}. ${privateRelayAdvice}`,
  }),

  unsupported: () => ({
    title: 'This browser does not take this address',
    advice: 'It should read like turn:example.org:3478?transport=udp. Whoever runs the server corrects DUET_TURN_URLS.',
  }),
  loopback: () => ({
    title: 'This browser asks no server on its own machine',
    advice: 'Firefox leaves loopback addresses out. Open the page by this machine’s name or address in the network.',
  }),
  unresolved: (_, url) => ({
    title: `The name ${hostText(url)} is not found`,
    advice:
      'Check its spelling in DUET_TURN_URLS and its DNS record, and whether this device has a working name server.',
  }),
  silent: (_, url) => ({
    title: `No answer from ${portText(url)}`,
    advice: `Your network, or a firewall before the server, stops UDP to ${hostText(url)}, or nothing listens there. ${url?.isTurn ? 'A TURN server over TCP or TLS gets through where UDP does not.' : 'Without STUN, calls to other networks need a relay.'}`,
  }),
  unreachable: (_, url) => ({
    title: `No connection to ${portText(url)}`,
    advice: `Nothing listens at ${hostText(url)} there, or a firewall is in between. Whoever runs the server starts it, and opens the port for TCP.`,
  }),
  untrusted: (_, url) => ({
    title: `No TLS connection to ${portText(url)}`,
    advice: `The certificate must be for ${hostText(url)}, current, and from an authority that browsers trust; and the port must be open and speak TLS.`,
  }),
  unauthorized: () => ({
    title: 'Refuses the credentials (401)',
    advice:
      'The server that made them and the TURN server must share one secret: DUET_TURN_SECRET here, static-auth-secret in coturn. And both clocks must be right, for credentials end.',
  }),
  expired: () => ({
    title: 'Refuses the nonce again and again (438)',
    advice: 'Perhaps several TURN servers share this name without sharing their state. Name them one by one.',
  }),
  forbidden: () => ({
    title: 'Forbids the relay (403)',
    advice:
      'The TURN server’s rules refuse this user or this peer. Whoever runs it looks at its allowed and denied peers.',
  }),
  quota: () => ({
    title: 'This user has too many relays already (486)',
    advice: 'Close other calls, wait a few minutes, then run the check again; or raise DUET_TURN_QUOTA_USER.',
  }),
  capacity: () => ({
    title: 'The server has no relay port left (508)',
    advice: 'Whoever runs it widens DUET_TURN_RELAY_PORTS.',
  }),
  error: ({ number, text }) => ({
    title: `Refuses with error ${number}`,
    advice: text || 'The TURN server’s log knows more.',
  }),
  nothing: () => ({
    title: 'Nothing came, and the browser does not say why',
    advice:
      'An extension or a setting may keep this page from relays. Try another browser; if that fails too, the server’s log knows more.',
  }),
}

const verdicts: Record<Verdict, UserMessage> = {
  everywhere: { title: 'Calls work from here', advice: 'Also where no direct way is allowed: the relay works.' },
  'relay-over-tcp': {
    title: 'Calls work from here, at times with delay',
    advice: 'The relay works over TCP only, where one lost packet holds up those behind it. UDP would be better.',
  },
  mostly: {
    title: 'Calls work with most people',
    advice: 'No relay works, and some networks allow nothing else. See below what is wrong with it.',
  },
  nearby: {
    title: 'Calls work within your own network',
    advice: 'No STUN or TURN server works. See below what is wrong.',
  },
  insecure: { title: 'Camera and microphone do not work here', advice: 'The page is not secure. See below.' },
  'no-webrtc': { title: 'This browser makes no calls', advice: 'See below what to do.' },
  unreachable: { title: 'No call can start', advice: 'The server does not answer. See below.' },
}

export const en = {
  title: 'Connection check',
  about:
    'Whether this browser, on this network, can make a call: every server is asked, and a packet is sent through each relay.',
  running: 'Looking…',
  runningNote: 'A server that does not answer takes ten seconds.',
  runAgain: 'Run again',
  copy: 'Copy report',
  copied: 'Copied',
  copyFailed: 'Copying is not allowed here: select the text.',
  report: 'Report',
  groups: { device: 'This device', servers: 'STUN and TURN' },
  subjects: {
    page: 'Page',
    signaling: 'Signalling',
    devices: 'Camera and microphone',
    addresses: 'Addresses',
    servers: 'Servers',
  },
  severities: { fine: 'Works', limited: 'Limited', failed: 'Fails' } satisfies Record<Severity, string>,
  testing: 'Looking',
  stages: {
    gathering: 'Asking for a relay…',
    connecting: 'Connecting through it…',
    sending: 'Sending a packet…',
  } satisfies Record<RelayStage, string>,
  waiting: 'Asking…',
  verdict: (verdict: Verdict): UserMessage => verdicts[verdict],
  finding: (finding: Finding, url: IceUrl | null): UserMessage =>
    (findings[finding.code] as FindingText<Finding['code']>)(finding as never, url),
}
