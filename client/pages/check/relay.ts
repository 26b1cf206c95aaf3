import { type Gathered, gatherPatience, watchGathering } from './gather.ts'

/** What came of sending a packet from one relay of a server to another. */
export interface Relayed {
  gathered: Gathered
  /** There and back, through both relays; null where nothing came back. */
  roundTripMs: number | null
}

export type RelayStage = 'gathering' | 'connecting' | 'sending'

/** How long ICE and DTLS may take once there is a relay. */
const connectPatience = 12_000
/** The first packet finds ways that are not yet warm: the fastest of a few counts. */
const packets = 5

/** Two peer connections of this page that may reach each other through `server` alone, and a packet between them. */
export async function relay(server: RTCIceServer, signal: AbortSignal, tell: (stage: RelayStage) => void): Promise<Relayed> {
  const configuration: RTCConfiguration = { iceServers: [server], iceTransportPolicy: 'relay' }
  const [near, far] = [new RTCPeerConnection(configuration), new RTCPeerConnection(configuration)]
  try {
    const gathered = watchGathering(near)
    tell('gathering')
    const open = connect(near, far)
    const hasRelay = await Promise.race([relayFound(near), pause(gatherPatience, signal)])
    if (!hasRelay) return { gathered, roundTripMs: null }
    tell('connecting')
    const channel = await Promise.race([open, pause(connectPatience, signal)])
    if (!channel) return { gathered, roundTripMs: null }
    tell('sending')
    return { gathered, roundTripMs: await fastest(channel, signal) }
  } finally {
    near.close()
    far.close()
  }
}

/** Resolves to the channel from `near`, when it is open. */
async function connect(near: RTCPeerConnection, far: RTCPeerConnection): Promise<RTCDataChannel> {
  // A candidate that the browser does not take is one path less; whether one of them works is what the check finds out.
  near.addEventListener('icecandidate', ({ candidate }) => candidate && void far.addIceCandidate(candidate).catch(() => undefined))
  far.addEventListener('icecandidate', ({ candidate }) => candidate && void near.addIceCandidate(candidate).catch(() => undefined))
  far.addEventListener('datachannel', ({ channel }) => {
    channel.onmessage = ({ data }) => channel.send(data as string)
  })
  const channel = near.createDataChannel('check', { ordered: false, maxRetransmits: 3 })
  const opened = new Promise<RTCDataChannel>((resolve) => (channel.onopen = () => resolve(channel)))
  await near.setLocalDescription()
  await far.setRemoteDescription(near.localDescription as RTCSessionDescription)
  await far.setLocalDescription()
  await near.setRemoteDescription(far.localDescription as RTCSessionDescription)
  return opened
}

/** True as soon as there is a relay; false when the browser has tried everything. */
function relayFound(pc: RTCPeerConnection): Promise<boolean> {
  return new Promise((resolve) => {
    pc.addEventListener('icecandidate', ({ candidate }) => candidate?.candidate && resolve(true))
    pc.addEventListener('icegatheringstatechange', () => pc.iceGatheringState === 'complete' && resolve(false))
  })
}

async function fastest(channel: RTCDataChannel, signal: AbortSignal): Promise<number | null> {
  const times: number[] = []
  for (let packet = 0; packet < packets; packet++) {
    const time = await Promise.race([roundTrip(channel, String(packet)), pause(2_000, signal)])
    if (time !== null) times.push(time)
  }
  return times.length === 0 ? null : Math.min(...times)
}

function roundTrip(channel: RTCDataChannel, text: string): Promise<number> {
  return new Promise((resolve) => {
    const since = performance.now()
    channel.onmessage = ({ data }) => data === text && resolve(performance.now() - since)
    channel.send(text)
  })
}

const pause = (milliseconds: number, signal: AbortSignal): Promise<null> =>
  new Promise((resolve) => {
    setTimeout(resolve, milliseconds, null)
    signal.addEventListener('abort', () => resolve(null), { once: true })
  })
