import type { Browser } from '../../../client/i18n/browserName.ts'
import { named } from '../../../client/i18n/named.en.ts'
import type { Finding, ProxyFault } from '../../../client/pages/check/finding.ts'
import type { IceUrl } from '../../../client/pages/check/iceUrl.ts'
import type { Verdict } from '../../../client/pages/check/verdict.ts'
import type { MissingFeature } from '../../../client/common/browserSupport.ts'
import type { UnreachableCause } from '../../../client/signaling/serverReachability.svelte.ts'
import { callEndReasons, deviceProblems } from '../../../machines/protocol/vocabulary.ts'
import { errorCode } from '../../../machines/protocol/messages.ts'
import type { QualityCause } from '../../../machines/status/qualityMachine.ts'
import type { AbortReason } from '../../../machines/verification/verificationEvents.ts'

/** Texts, and functions that return texts, by key. */
export interface TextTree {
  readonly [key: string]: string | TextTree | ((...args: never[]) => string | TextTree)
}

// Records make the compiler report a missing key.
const keysOf = <K extends string>(record: Record<K, true>): K[] => Object.keys(record) as K[]
const browsers = keysOf<Browser>({ chromium: true, firefox: true, safari: true, ios: true, other: true })
const aborts = keysOf<AbortReason>({
  early: true,
  repeated: true,
  malformed: true,
  commitmentMismatch: true,
  certificateChanged: true,
  timedOut: true,
  unsupported: true,
})
const qualityCauses = keysOf<QualityCause>({ outbound: true, inbound: true, both: true, latency: true })
const unreachableCauses = keysOf<UnreachableCause>({
  offline: true,
  silent: true,
  elsewhere: true,
  gateway: true,
  busy: true,
  host: true,
  origin: true,
  websocket: true,
})
const missingFeatures = keysOf<MissingFeature>({ webrtc: true, websocket: true })
const verdicts = keysOf<Verdict>({
  everywhere: true,
  'relay-over-tcp': true,
  mostly: true,
  nearby: true,
  insecure: true,
  'no-webrtc': true,
  unreachable: true,
})
const proxyFaults = keysOf<ProxyFault>({ Host: true, 'X-Forwarded-For': true, Upgrade: true, trust: true })

const address = '203.0.113.77'
const findings: { [C in Finding['code']]: Omit<Extract<Finding, { code: C }>, 'code'>[] } = {
  secure: [{}],
  insecure: [{}],
  'no-webrtc': [{}],
  signaling: [{ roundTripMs: 17 }, { roundTripMs: 0.4 }],
  'signaling-silent': [{}],
  'signaling-error': [{ errorCode: 'XCODE' }],
  proxy: [{ faults: proxyFaults }],
  devices: [
    { cameras: 17, microphones: 23 },
    { cameras: 1, microphones: 1 },
    { cameras: 0, microphones: 23 },
    { cameras: 17, microphones: 0 },
  ],
  'no-devices': [{}],
  'devices-unknown': [{}],
  addresses: [{ kinds: ['ipv4', 'ipv6'] }, { kinds: ['ipv4', 'mdns'] }],
  'no-addresses': [{}],
  'no-servers': [{}],
  'no-relays': [{}],
  mapped: [{ address }],
  same: [{}],
  relayed: [{ address, roundTripMs: 17 }],
  'relayed-nearby': [{ address, roundTripMs: 17 }],
  unrelayed: [{ address }],
  'unrelayed-nearby': [{ address }],
  unsupported: [{}],
  loopback: [{}],
  unresolved: [{}],
  silent: [{}],
  unreachable: [{}],
  untrusted: [{}],
  unauthorized: [{}],
  expired: [{}],
  forbidden: [{}],
  quota: [{}],
  capacity: [{}],
  error: [
    { number: 777, text: 'XTEXT' },
    { number: 777, text: '' },
  ],
  nothing: [{}],
}
const iceUrl: Omit<IceUrl, 'url'> = { host: 'turn.example', port: 4711, transport: 'udp', isTurn: true } as never

/** Every combination of the values. */
const combine = (...lists: readonly (readonly unknown[])[]): unknown[][] =>
  lists.reduce<unknown[][]>((rows, list) => rows.flatMap((row) => list.map((value) => [...row, value])), [[]])

const isOn = [true, false]
const date = new Date(2024, 4, 17, 16, 23, 45)
const seatsAndPlaces = combine(['here', 'there', 'server'], [undefined, 'a', 'b'])

/** Arguments of each function among the texts, by its path. The values show in the text, unless they select one. */
const samples: Readonly<Record<string, unknown[][]>> = {
  ...Object.fromEntries(Object.keys(named).map((key) => [`texts.named.${key}`, [['XNAME']]])),
  'texts.lobby.joinNote': combine(isOn, isOn),
  'texts.devices.unnamed.camera': [[17]],
  'texts.devices.unnamed.microphone': [[17]],
  'texts.devices.unnamed.speaker': [[17]],
  'texts.devices.problem': combine(['camera', 'microphone', 'both'], deviceProblems, browsers),
  'texts.devices.substituted': combine(['camera', 'microphone'], deviceProblems, ['XLABEL', '']),
  'texts.connecting.retrying': [[17, 23]],
  'texts.invitation.qrCodeLabel': [['https://duet.example/r/den']],
  'texts.call.smallVideo': [['XVIDEO', 'XCORNER']],
  'texts.call.screenShareFailed': combine(deviceProblems),
  'texts.call.seatLost': combine(errorCode.options),
  'texts.call.weakConnectionAdvice': combine(
    [null, ...qualityCauses],
    combine(isOn, isOn).map(([ours, theirs]) => ({ ours, theirs })),
  ),
  'verification.button': [['XSTATE']],
  'verification.aborted': combine(aborts),
  'texts.announcements.remoteMicrophone': combine(isOn),
  'texts.announcements.remoteCamera': combine(isOn),
  'texts.announcements.localMicrophone': combine(isOn),
  'texts.announcements.localCamera': combine(isOn),
  'texts.callEnded': combine(callEndReasons),
  'texts.endedByPeer': [['unsupported']],
  'texts.endedWithoutSeat': combine(callEndReasons),
  'texts.apiError': combine(errorCode.options),
  'texts.unreachable': combine(unreachableCauses),
  'texts.missingFeature': combine(missingFeatures, browsers),
  'texts.updated': combine(isOn),
  'call.files.size': [[1_700_000]],
  'call.files.progress': [[1_700_000, 23_000_000]],
  'call.files.rate': [[1_700_000]],
  'call.files.left': [['17:23']],
  'call.files.tooMany': [[17]],
  'call.files.tooLarge': [[23_000_000_000]],
  'call.files.memoryLimit': [[23_000_000]],
  'call.endedAfter': [['XTITLE', '12:34']],
  'audio.volume': [['XNAME'], ['']],
  'audio.percent': [[17]],
  'call.chat.unread': [['3']],
  'call.chat.said': [['XNAME', 'XTEXT']],
  'call.chat.arrivedFrom': [['XNAME']],
  'door.declinedNote': [[17_000], [23 * 60_000]],
  'door.atDoor': [['XNAME'], ['']],
  'door.admitted': [['XNAME'], ['']],
  'check.verdict': combine(verdicts),
  'check.finding': Object.entries(findings).flatMap(([code, values]) =>
    combine(
      values.map((value) => ({ code, ...value })),
      [null, iceUrl, { ...iceUrl, transport: 'tcp', isTurn: false }],
    ),
  ),
  'diagnostics.connectionPath.direct': [['XUDP']],
  'diagnostics.connectionPath.relayed': [['XUDP']],
  'diagnostics.connectionPath.milliseconds': [[17]],
  'diagnostics.connectionPath.lossAndRate': combine(['XLOSS'], [null, 777]),
  'diagnostics.connectionPath.percent': [[17]],
  'diagnostics.connectionPath.reconnectCounts': [
    [17, 23],
    [0, 1],
  ],
  'diagnostics.events.elapsed': [[62_345]],
  'statecharts.about': [[17]],
  'statecharts.live.call': [[17, date]],
  'statecharts.live.newer': [[0], [1], [1_234]],
  'statecharts.file.shown': [['XFILE', date]],
  'statecharts.file.unreadable': [['XWHY']],
  'statecharts.replay.progress': [
    [17, 23],
    [1_234, 5_000],
  ],
  'statecharts.replay.speed': [[1], [17]],
  'statecharts.machines.picture': [['XNAME']],
  'statecharts.places.shortLabel': seatsAndPlaces,
  'statecharts.places.laneLabel': seatsAndPlaces,
  'statecharts.state.inheritedFrom': [['XGROUP']],
  'statecharts.sequence.seconds': [[17_000]],
  'statecharts.sandbox.send': [['XEVENT']],
  'statecharts.sandbox.badFields': [['XWHY']],
  'statecharts.sandbox.after': [[17_000], [1_500]],
  'statecharts.sandbox.effects.send': [['XEVENT', 'XACTOR']],
  'statecharts.sandbox.effects.emit': [['XEVENT']],
  'statecharts.sandbox.effects.start': [['XACTOR']],
  'statecharts.sandbox.effects.stop': [['XACTOR']],
  'statecharts.sandbox.effects.timer': [['XEVENT', 'XDELAY']],
  'statecharts.sandbox.effects.cancel': [['XEVENT']],
  'statecharts.export.download': [['XFORMAT']],
  'statecharts.export.copy': [['XFORMAT']],
  'statecharts.source.copy': [['XPLACE']],
}

/**
 * Returns every text, by its path. A function is called with its samples, and their JSON becomes part of the path.
 * @throws {Error} if a function has no samples
 */
export function renderTexts(tree: TextTree, path = ''): Map<string, string> {
  const rendered = new Map<string, string>()
  const add = (at: string, value: TextTree[string]): void => {
    if (typeof value === 'string') rendered.set(at, value)
    else if (typeof value === 'object') for (const [each, text] of renderTexts(value, at)) rendered.set(each, text)
    else {
      const rows = samples[at]
      if (!rows) throw new Error(`textSamples.ts has no arguments for ${at}`)
      for (const row of rows) add(`${at}(${JSON.stringify(row)})`, value(...(row as never[])))
    }
  }
  for (const [key, value] of Object.entries(tree)) add(path ? `${path}.${key}` : key, value)
  return rendered
}
