import { type Gathered, gatherTimeoutMs, recordGathering } from './gather.ts'

/** What came of sending a packet from one relay of a server to another. */
export interface RelayResult {
  gathered: Gathered
  /** There and back, through both relays; null where nothing came back. */
  roundTripMs: number | null
}

export type RelayStage = 'gathering' | 'connecting' | 'sending'

/** How long ICE and DTLS may take once there is a relay. */
const connectTimeoutMs = 12_000
/** The first packet finds ways that are not yet warm: the fastest of a few counts. */
const packetCount = 5

/** Two peer connections of this page that may reach each other through `server` alone, and a packet between them. */
export async function testRelay(
  server: RTCIceServer,
  signal: AbortSignal,
  onStage: (stage: RelayStage) => void,
): Promise<RelayResult> {
  const configuration: RTCConfiguration = { iceServers: [server], iceTransportPolicy: 'relay' }
  const [offerer, answerer] = [new RTCPeerConnection(configuration), new RTCPeerConnection(configuration)]
  try {
    const gathered = recordGathering(offerer)
    onStage('gathering')
    const open = connect(offerer, answerer)
    const hasRelay = await Promise.race([waitForRelay(offerer), timeout(gatherTimeoutMs, signal)])
    if (!hasRelay) return { gathered, roundTripMs: null }
    onStage('connecting')
    const channel = await Promise.race([open, timeout(connectTimeoutMs, signal)])
    if (!channel) return { gathered, roundTripMs: null }
    onStage('sending')
    return { gathered, roundTripMs: await minRoundTripMs(channel, signal) }
  } finally {
    offerer.close()
    answerer.close()
  }
}

/** Resolves to the channel from `offerer`, when it is open. */
async function connect(offerer: RTCPeerConnection, answerer: RTCPeerConnection): Promise<RTCDataChannel> {
  // A candidate that the browser does not take is one path less; whether one of them works is what the check finds out.
  offerer.addEventListener(
    'icecandidate',
    ({ candidate }) => candidate && void answerer.addIceCandidate(candidate).catch(() => undefined),
  )
  answerer.addEventListener(
    'icecandidate',
    ({ candidate }) => candidate && void offerer.addIceCandidate(candidate).catch(() => undefined),
  )
  answerer.addEventListener('datachannel', ({ channel }) => {
    channel.onmessage = ({ data }) => channel.send(data as string)
  })
  const channel = offerer.createDataChannel('check', { ordered: false, maxRetransmits: 3 })
  const opened = new Promise<RTCDataChannel>((resolve) => (channel.onopen = () => resolve(channel)))
  await offerer.setLocalDescription()
  await answerer.setRemoteDescription(offerer.localDescription as RTCSessionDescription)
  await answerer.setLocalDescription()
  await offerer.setRemoteDescription(answerer.localDescription as RTCSessionDescription)
  return opened
}

/** True as soon as there is a relay; false when the browser has tried everything. */
function waitForRelay(pc: RTCPeerConnection): Promise<boolean> {
  return new Promise((resolve) => {
    pc.addEventListener('icecandidate', ({ candidate }) => candidate?.candidate && resolve(true))
    pc.addEventListener('icegatheringstatechange', () => pc.iceGatheringState === 'complete' && resolve(false))
  })
}

async function minRoundTripMs(channel: RTCDataChannel, signal: AbortSignal): Promise<number | null> {
  const roundTripsMs: number[] = []
  for (let packet = 0; packet < packetCount; packet++) {
    const roundTripMs = await Promise.race([measureRoundTripMs(channel, String(packet)), timeout(2_000, signal)])
    if (roundTripMs !== null) roundTripsMs.push(roundTripMs)
  }
  return roundTripsMs.length === 0 ? null : Math.min(...roundTripsMs)
}

function measureRoundTripMs(channel: RTCDataChannel, text: string): Promise<number> {
  return new Promise((resolve) => {
    const startedAt = performance.now()
    channel.onmessage = ({ data }) => data === text && resolve(performance.now() - startedAt)
    channel.send(text)
  })
}

const timeout = (ms: number, signal: AbortSignal): Promise<null> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms, null)
    signal.addEventListener('abort', () => resolve(null), { once: true })
  })
