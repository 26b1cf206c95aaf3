import type { Sample } from '../../machines/status/qualityMachine.ts'

/** What browsers tell of streams and pairs (webrtc-stats §8), as far as it is used. */
interface Told {
  id: string
  type: string
  kind?: 'audio' | 'video'
  timestamp?: number
  selectedCandidatePairId?: string
  selected?: boolean
  currentRoundTripTime?: number
  availableOutgoingBitrate?: number
  bytesReceived?: number
  bytesSent?: number
  packetsReceived?: number
  packetsSent?: number
  packetsLost?: number
  jitter?: number
  totalFreezesDuration?: number
  qualityLimitationReason?: string
  localId?: string
  fractionLost?: number
  roundTripTime?: number
}

/** What a second was like, and how much went which way, in kilobits a second. */
export interface Reading extends Sample { received: number | null; sent: number | null }

/** In bits a second: less than this shows. */
const decent = 600_000

/** Reads one report after the other: most of what browsers tell is a sum, and only its growth says how it is now. */
export class QualityReader {
  #before = new Map<string, Told>()

  /** @returns null for the first report of a connection */
  read(report: Iterable<[string, unknown]>): Reading | null {
    const now = new Map(report as Iterable<[string, Told]>)
    const before = this.#before
    this.#before = now
    const all = [...now.values()]
    const inbound = all.filter(({ type, id }) => type === 'inbound-rtp' && before.has(id))
    const outbound = all.filter(({ type, id }) => type === 'outbound-rtp' && before.has(id))
    if (inbound.length === 0 && outbound.length === 0) return null
    const grown: Growth = ({ id, ...told }, name) => (told[name] ?? 0) - (before.get(id)?.[name] ?? 0)
    const remote = all.filter(({ type }) => type === 'remote-inbound-rtp')
    const pair = pairIn(all)
    const known = pair && before.has(pair.id) ? pair : undefined
    return {
      lossIn: lossIn(inbound, grown), lossOut: lossOut(outbound, remote, grown),
      roundTrip: roundTrip(remote, pair), jitter: milliseconds(inbound.find(({ kind }) => kind === 'audio')?.jitter),
      frozen: frozen(inbound.find(({ kind }) => kind === 'video'), grown), squeeze: squeeze(outbound, pair),
      received: rate(known, 'bytesReceived', grown), sent: rate(known, 'bytesSent', grown),
    }
  }
}

type Sum = 'timestamp' | 'bytesReceived' | 'bytesSent' | 'packetsReceived' | 'packetsSent' | 'packetsLost' | 'totalFreezesDuration'
type Growth = (told: Told, name: Sum) => number

const sum = (all: readonly Told[], count: (told: Told) => number): number => all.reduce((total, each) => total + Math.max(0, count(each)), 0)
const milliseconds = (seconds: number | undefined): number | null => (seconds === undefined ? null : Math.round(seconds * 1_000))

/** The pair in use: where no transport names it, as in older Firefox, it is marked. */
export function pairIn<T extends Pick<Told, 'id' | 'type' | 'selectedCandidatePairId' | 'selected'>>(all: readonly T[]): T | undefined {
  const chosen = all.find(({ type }) => type === 'transport')?.selectedCandidatePairId
  return all.find(({ id, type, selected }) => type === 'candidate-pair' && (id === chosen || selected))
}

function lossIn(inbound: readonly Told[], grown: Growth): number | null {
  const [lost, received] = [sum(inbound, (told) => grown(told, 'packetsLost')), sum(inbound, (told) => grown(told, 'packetsReceived'))]
  return lost + received === 0 ? null : lost / (lost + received)
}

/** As the other side last reported it, weighed by how much was sent of what. Of sound it reports every five seconds only. */
function lossOut(outbound: readonly Told[], remote: readonly Told[], grown: Growth): number | null {
  const told = outbound.flatMap((stream) => {
    const { fractionLost } = remote.find(({ localId }) => localId === stream.id) ?? {}
    return fractionLost === undefined ? [] : [{ weight: Math.max(0, grown(stream, 'packetsSent')), fractionLost }]
  })
  const total = told.reduce((weights, { weight }) => weights + weight, 0)
  return total === 0 ? null : told.reduce((lost, { weight, fractionLost }) => lost + weight * fractionLost, 0) / total
}

/** The shortest that is told: each of them may have waited for a busy computer. */
function roundTrip(remote: readonly Told[], pair: Told | undefined): number | null {
  const told = [...remote.map(({ roundTripTime }) => roundTripTime), pair?.currentRoundTripTime].filter((seconds) => seconds !== undefined)
  // Firefox begins with 0, which it did not measure.
  const measured = told.filter((seconds) => seconds > 0)
  return milliseconds(told.length === 0 ? undefined : Math.min(...(measured.length > 0 ? measured : [0])))
}

function frozen(video: Told | undefined, grown: Growth): number | null {
  const passed = video ? grown(video, 'timestamp') / 1_000 : 0
  if (!video || video.totalFreezesDuration === undefined || passed <= 0) return null
  return Math.min(1, Math.max(0, grown(video, 'totalFreezesDuration') / passed))
}

/** Only where the browser says that the way out is what makes the picture small; Firefox never does. */
function squeeze(outbound: readonly Told[], pair: Told | undefined): number | null {
  const video = outbound.find(({ kind }) => kind === 'video')
  if (video?.qualityLimitationReason === undefined || pair?.availableOutgoingBitrate === undefined) return null
  return video.qualityLimitationReason === 'bandwidth' ? Math.max(0, 1 - pair.availableOutgoingBitrate / decent) : 0
}

function rate(pair: Told | undefined, name: 'bytesReceived' | 'bytesSent', grown: Growth): number | null {
  const passed = pair ? grown(pair, 'timestamp') : 0
  return pair && passed > 0 ? Math.round((Math.max(0, grown(pair, name)) * 8) / passed) : null
}
