import { formatUnit } from '../../../i18n/format.ts'
import type { UserMessage } from '../../../i18n/texts.ts'
import type { AddressKind } from '../../../../machines/protocol/address.ts'
import type { Finding, ProxyFault, Severity } from '../finding.ts'
import type { RelayStage } from '../relay.ts'
import type { IceUrl } from '../iceUrl.ts'
import type { Verdict } from '../verdict.ts'

type FindingWith<C extends Finding['code']> = Extract<Finding, { code: C }>
type FindingText<C extends Finding['code']> = (finding: FindingWith<C>, url: IceUrl | null) => UserMessage

const formatMs = (value: number): string => (value < 1 ? 'less than 1 ms' : formatUnit('en', 'millisecond', value))
const countText = (n: number, one: string, many = `${one}s`): string =>
  n === 0 ? `no ${one}` : n === 1 ? `1 ${one}` : `${n} ${many}`
const portText = (url: IceUrl | null): string =>
  url ? `${url.transport === 'udp' ? 'UDP' : 'TCP'} port ${url.port}` : 'its port'
const hostText = (url: IceUrl | null): string => url?.host ?? 'the server'
const transportText = (url: IceUrl | null): string => (url ? ` over ${url.transport.toUpperCase()}` : '')

const addressKinds: Record<AddressKind, string> = { ipv4: 'IPv4', ipv6: 'IPv6', mdns: 'hidden (mDNS)' }

const privateRelayAdvice =
  'Other networks can’t reach this private address. Ask the person who runs the server to set DUET_TURN_EXTERNAL_IP to its public one.'
const relayPortsAdvice =
  'Ask the person who runs the server to open its relay ports for UDP (49152–65535, or DUET_TURN_RELAY_PORTS) in every firewall'

const proxyAdvice: Record<ProxyFault, string> = {
  Host: 'The proxy must forward the “Host” header.',
  'X-Forwarded-For': 'The proxy must append each visitor’s address to “X-Forwarded-For”.',
  Upgrade: 'The proxy must forward “Upgrade” and “Connection” for /trpc.',
  trust: 'DUET_TRUSTED_PROXIES must contain the proxy’s address.',
}

const findings: { [C in Finding['code']]: FindingText<C> } = {
  secure: () => ({
    title: 'This page is secure',
    advice: 'Browsers let it use the camera and microphone if you allow them.',
  }),
  insecure: () => ({
    title: 'This page isn’t secure',
    advice:
      'Browsers block its camera and microphone. Open it with https://, or ask the person who runs the server to turn on https: DUET_TLS_CERT and DUET_TLS_KEY, or a proxy with a certificate.',
  }),
  'no-webrtc': () => ({
    title: 'This browser can’t make calls',
    advice:
      'WebRTC is missing or turned off. Use a current Chrome, Edge, Firefox or Safari. If a privacy extension or setting blocks WebRTC, allow it for this page.',
  }),

  signaling: ({ roundTripMs }) => ({
    title: `The server responds in ${formatMs(roundTripMs)}`,
    advice: 'Round-trip time over the signaling WebSocket.',
  }),
  'signaling-silent': () => ({
    title: 'The server isn’t responding on its WebSocket',
    advice:
      'Calls can’t start without it. A proxy must forward “Upgrade” for /trpc, this address may be missing from DUET_ALLOWED_ORIGINS, or your network may block WebSockets.',
  }),
  'signaling-error': ({ errorCode }) => ({
    title: `The server returned an error: ${errorCode}`,
    advice: 'Wait a minute, then run the test again. Details are in the server log.',
  }),

  proxy: ({ faults }) => ({
    title: 'The reverse proxy in front of the server isn’t set up completely',
    advice: `Ask the person who runs the server. ${faults.map((fault) => proxyAdvice[fault]).join(' ')}`,
  }),

  devices: ({ cameras, microphones }) => ({
    title: `This device has ${countText(cameras, 'camera')} and ${countText(microphones, 'microphone')}`,
    advice:
      cameras && microphones
        ? 'There may be more – browsers hide devices until you grant access. You can try them before joining.'
        : 'You can call without one. To use one, plug it in, or allow it for this browser in your system settings.',
  }),
  'no-devices': () => ({
    title: 'No camera or microphone found',
    advice:
      'You can see and hear them, but they can’t see or hear you. Plug one in, or allow it for this browser in your system settings.',
  }),
  'devices-unknown': () => ({
    title: 'Cameras and microphones can’t be listed',
    advice: 'Browsers list them only for secure pages. Open this page with https://.',
  }),

  addresses: ({ kinds: found }) => ({
    title: `Addresses of this device: ${found.map((kind) => addressKinds[kind]).join(', ')}`,
    advice: found.includes('mdns')
      ? 'This is normal: browsers hide addresses until a page may use the camera. Calls use the real ones.'
      : 'A call tries these first, for a direct connection within one network.',
  }),
  'no-addresses': () => ({
    title: 'The browser hides this device’s addresses',
    advice: 'A setting, an extension or a VPN causes this. Calls then need a working relay.',
  }),

  'no-servers': () => ({
    title: 'No STUN or TURN server is configured',
    advice:
      'Calls work only within one network. Ask the person who runs the server to set DUET_TURN=embedded, or DUET_TURN_URLS.',
  }),
  'no-relays': () => ({
    title: 'No TURN server is configured',
    advice:
      'Calls fail where firewalls block direct connections. Ask the person who runs the server to set DUET_TURN=embedded, or to add turn: to DUET_TURN_URLS.',
  }),

  mapped: ({ address }) => ({
    title: `Sees you as ${address}`,
    advice: 'Calls can try a direct connection to other networks.',
  }),
  same: () => ({ title: 'Sees this device’s own address', advice: 'There’s no address translation (NAT) in between.' }),

  relayed: ({ address, roundTripMs }, url) => ({
    title: `Relays packets in ${formatMs(roundTripMs)}`,
    advice: `Relay address ${address}, reached${transportText(url)}.`,
  }),
  'relayed-nearby': ({ address, roundTripMs }) => ({
    title: `Relays in ${formatMs(roundTripMs)}, but only within its own network`,
    advice: `The relay address is ${address}. ${privateRelayAdvice}`,
  }),
  unrelayed: ({ address }) => ({
    title: 'Allocates a relay, but no packet gets through',
    advice: `The relay address is ${address}. ${relayPortsAdvice}, and to check that DUET_TURN_EXTERNAL_IP is its public address.`,
  }),
  'unrelayed-nearby': ({ address }) => ({
    title: 'Allocates a relay that can’t be reached',
    advice: `The relay address is ${address}. ${privateRelayAdvice}`,
  }),

  unsupported: () => ({
    title: 'This browser rejects this URL',
    advice:
      'A valid URL looks like turn:example.org:3478?transport=udp. Ask the person who runs the server to correct DUET_TURN_URLS.',
  }),
  loopback: () => ({
    title: 'This browser skips servers on its own computer',
    advice: 'Firefox ignores loopback addresses. Open this page by this computer’s name or address on the network.',
  }),
  unresolved: (_, url) => ({
    title: `The name ${hostText(url)} couldn’t be resolved`,
    advice: 'Check its spelling in DUET_TURN_URLS, its DNS record, and this device’s DNS server.',
  }),
  silent: (_, url) => ({
    title: `No response from ${portText(url)}`,
    advice: `Your network or the server’s firewall may block UDP to ${hostText(url)}, or nothing is listening there. ${url?.isTurn ? 'TURN over TCP or TLS can get through where UDP is blocked.' : 'Without STUN, calls to other networks need a relay.'}`,
  }),
  unreachable: (_, url) => ({
    title: `Couldn’t connect to ${portText(url)}`,
    advice: `Nothing is listening at ${hostText(url)}, or a firewall blocks it. Ask the person who runs the server to start it and open the port for TCP.`,
  }),
  untrusted: (_, url) => ({
    title: `Couldn’t connect to ${portText(url)} over TLS`,
    advice: `The certificate must be valid for ${hostText(url)}, current, and from an authority that browsers trust. The port must be open and use TLS.`,
  }),
  unauthorized: () => ({
    title: 'Credentials rejected (401)',
    advice:
      'This server and the TURN server must share one secret: DUET_TURN_SECRET here, static-auth-secret in coturn. Both clocks must be right, because credentials expire.',
  }),
  expired: () => ({
    title: 'Nonce rejected repeatedly (438)',
    advice: 'Several TURN servers may share this name without sharing state. List each one separately.',
  }),
  forbidden: () => ({
    title: 'Relay forbidden (403)',
    advice:
      'The TURN server’s rules block this user or this peer. Ask the person who runs it to check its allowed and denied peers.',
  }),
  quota: () => ({
    title: 'Too many relays for this user (486)',
    advice: 'Close other calls, wait a few minutes, then run the test again. Or raise DUET_TURN_QUOTA_USER.',
  }),
  capacity: () => ({
    title: 'No relay ports left (508)',
    advice: 'Ask the person who runs the server to widen DUET_TURN_RELAY_PORTS.',
  }),
  error: ({ number, text }) => ({
    title: `Rejected with error ${number}`,
    advice: text || 'Details are in the TURN server’s log.',
  }),
  nothing: () => ({
    title: 'No result, and the browser doesn’t say why',
    advice:
      'An extension or a setting may block relays on this page. Try another browser. If that fails too, check the server log.',
  }),
}

const verdicts: Record<Verdict, UserMessage> = {
  everywhere: { title: 'Calls work from here', advice: 'The relay works too, so strict networks are fine.' },
  'relay-over-tcp': {
    title: 'Calls work from here, sometimes with delay',
    advice: 'The relay works only over TCP, where one lost packet delays the next ones. UDP would be better.',
  },
  mostly: {
    title: 'Calls work with most people',
    advice: 'No relay works, and some networks allow nothing else. See the details below.',
  },
  nearby: {
    title: 'Calls work within your own network',
    advice: 'No STUN or TURN server works. See the details below.',
  },
  insecure: {
    title: 'Camera and microphone don’t work here',
    advice: 'This page isn’t secure. See the details below.',
  },
  'no-webrtc': { title: 'This browser can’t make calls', advice: 'See below how to fix it.' },
  unreachable: { title: 'Calls can’t start', advice: 'The server isn’t responding. See the details below.' },
}

export const en = {
  title: 'Connection test',
  about:
    'Tests whether this browser can make calls on this network. It contacts every server and sends a packet through each relay.',
  running: 'Testing…',
  runningNote: 'Unresponsive servers take up to ten seconds.',
  runAgain: 'Run again',
  copy: 'Copy report',
  copied: 'Copied',
  copyFailed: 'Couldn’t copy – select the text instead.',
  report: 'Report',
  groups: { device: 'This device', servers: 'STUN and TURN' },
  subjects: {
    page: 'Page',
    signaling: 'Signaling',
    proxy: 'Reverse proxy',
    devices: 'Camera and microphone',
    addresses: 'Addresses',
    servers: 'Servers',
  },
  severities: { fine: 'Works', limited: 'Limited', failed: 'Failed' } satisfies Record<Severity, string>,
  testing: 'Testing',
  stages: {
    gathering: 'Requesting a relay…',
    connecting: 'Connecting through the relay…',
    sending: 'Sending a packet…',
  } satisfies Record<RelayStage, string>,
  waiting: 'Testing…',
  verdict: (verdict: Verdict): UserMessage => verdicts[verdict],
  finding: (finding: Finding, url: IceUrl | null): UserMessage =>
    (findings[finding.code] as FindingText<Finding['code']>)(finding as never, url),
}
