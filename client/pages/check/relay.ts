import { type Gathered, gatherTimeoutMs, recordGathering } from './gather.ts'

/** Result of a packet between two relays of one server. */
export interface RelayResult {
  gathered: Gathered
  /** Round-trip time through both relays in ms; null if nothing returned. */
  roundTripMs: number | null
}

/** Progress of a relay test. */
export type RelayStage = 'gathering' | 'connecting' | 'sending'

/** Timeout for ICE and DTLS after the relay exists. */
const connectTimeoutMs = 12_000
/** The first packets are slower, so the fastest counts. */
const packetCount = 5

/**
 * Connects two peer connections of this page through relays of `server` only, and sends packets between them.
 * @throws if the browser rejects the URL
 */
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

/** Resolves with the open data channel of `offerer`. */
async function connect(offerer: RTCPeerConnection, answerer: RTCPeerConnection): Promise<RTCDataChannel> {
  // A rejected candidate only means one candidate pair less. The test finds out whether any pair works.
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

/** Resolves with true at the first relay candidate, or with false when gathering completes. */
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
