import type { QualitySample } from '../../machines/status/qualityMachine.ts'

/** The fields used from the stats of streams and candidate pairs (webrtc-stats §8). */
interface Stats {
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

/** The quality of one interval, and the bitrates in both directions. */
export interface QualityReading extends QualitySample {
  receivedKbps: number | null
  sentKbps: number | null
}

/** Below this bitrate the video is visibly worse. */
const minGoodBitrateBps = 600_000

/**
 * Computes quality from successive stats reports. Most stats are totals, so only their growth shows the current
 * quality.
 */
export class QualitySampler {
  #previous = new Map<string, Stats>()

  /**
   * Reads one stats report. Reports must come in order.
   * @returns null for the first report of a connection
   */
  read(report: Iterable<[string, unknown]>): QualityReading | null {
    const current = new Map(report as Iterable<[string, Stats]>)
    const previous = this.#previous
    this.#previous = current
    const all = [...current.values()]
    const inbound = all.filter(({ type, id }) => type === 'inbound-rtp' && previous.has(id))
    const outbound = all.filter(({ type, id }) => type === 'outbound-rtp' && previous.has(id))
    if (inbound.length === 0 && outbound.length === 0) return null
    const growth: Growth = ({ id, ...stats }, name) => (stats[name] ?? 0) - (previous.get(id)?.[name] ?? 0)
    const remote = all.filter(({ type }) => type === 'remote-inbound-rtp')
    const pair = findSelectedPairStats(all)
    const known = pair && previous.has(pair.id) ? pair : undefined
    return {
      inboundLossRatio: inboundLossRatio(inbound, growth),
      outboundLossRatio: outboundLossRatio(outbound, remote, growth),
      roundTripMs: shortestRoundTripMs(remote, pair),
      jitterMs: toMs(findBusiest(inbound, 'audio')?.jitter),
      freezeRatio: freezeRatio(findBusiest(inbound, 'video'), growth),
      uplinkShortfall: uplinkShortfall(outbound, pair),
      receivedKbps: bitrateKbps(known, 'bytesReceived', growth),
      sentKbps: bitrateKbps(known, 'bytesSent', growth),
    }
  }
}

type Counter =
  | 'timestamp'
  | 'bytesReceived'
  | 'bytesSent'
  | 'packetsReceived'
  | 'packetsSent'
  | 'packetsLost'
  | 'totalFreezesDuration'
type Growth = (stats: Stats, name: Counter) => number

const sum = (all: readonly Stats[], count: (stats: Stats) => number): number =>
  all.reduce((total, each) => total + Math.max(0, count(each)), 0)
const toMs = (seconds: number | undefined): number | null =>
  seconds === undefined ? null : Math.round(seconds * 1_000)

/** Returns the selected candidate pair. Older Firefox has no transport stats and marks the pair as `selected`. */
export function findSelectedPairStats<T extends Pick<Stats, 'id' | 'type' | 'selectedCandidatePairId' | 'selected'>>(
  all: readonly T[],
): T | undefined {
  const selectedId = all.find(({ type }) => type === 'transport')?.selectedCandidatePairId
  return all.find(({ id, type, selected }) => type === 'candidate-pair' && (id === selectedId || selected))
}

function inboundLossRatio(inbound: readonly Stats[], growth: Growth): number | null {
  const [lost, received] = [
    sum(inbound, (stats) => growth(stats, 'packetsLost')),
    sum(inbound, (stats) => growth(stats, 'packetsReceived')),
  ]
  return lost + received === 0 ? null : lost / (lost + received)
}

/** Returns the stream of a kind with the most packets. The stream of an unused shared screen has none. */
function findBusiest(streams: readonly Stats[], wantedKind: 'audio' | 'video'): Stats | undefined {
  const packets = ({ packetsReceived, packetsSent }: Stats): number => packetsReceived ?? packetsSent ?? 0
  return streams.filter(({ kind }) => kind === wantedKind).sort((one, other) => packets(other) - packets(one))[0]
}

/**
 * The loss that the peer last reported, weighted by the packets sent per stream. For audio the peer reports only every
 * 5 s.
 */
function outboundLossRatio(outbound: readonly Stats[], remote: readonly Stats[], growth: Growth): number | null {
  const losses = outbound.flatMap((stream) => {
    const { fractionLost } = remote.find(({ localId }) => localId === stream.id) ?? {}
    return fractionLost === undefined ? [] : [{ weight: Math.max(0, growth(stream, 'packetsSent')), fractionLost }]
  })
  const total = losses.reduce((weights, { weight }) => weights + weight, 0)
  return total === 0 ? null : losses.reduce((lost, { weight, fractionLost }) => lost + weight * fractionLost, 0) / total
}

/** The minimum of the reported round-trip times, because a busy computer delays some of them. */
function shortestRoundTripMs(remote: readonly Stats[], pair: Stats | undefined): number | null {
  const reported = [...remote.map(({ roundTripTime }) => roundTripTime), pair?.currentRoundTripTime].filter(
    (seconds) => seconds !== undefined,
  )
  // Firefox starts with 0, which is not a measurement.
  const measured = reported.filter((seconds) => seconds > 0)
  return toMs(reported.length === 0 ? undefined : Math.min(...(measured.length > 0 ? measured : [0])))
}

function freezeRatio(video: Stats | undefined, growth: Growth): number | null {
  const passedSeconds = video ? growth(video, 'timestamp') / 1_000 : 0
  if (!video || video.totalFreezesDuration === undefined || passedSeconds <= 0) return null
  return Math.min(1, Math.max(0, growth(video, 'totalFreezesDuration') / passedSeconds))
}

/** Null unless the browser reports that bandwidth limits the video; Firefox never does. */
function uplinkShortfall(outbound: readonly Stats[], pair: Stats | undefined): number | null {
  const video = findBusiest(outbound, 'video')
  if (video?.qualityLimitationReason === undefined || pair?.availableOutgoingBitrate === undefined) return null
  return video.qualityLimitationReason === 'bandwidth'
    ? Math.max(0, 1 - pair.availableOutgoingBitrate / minGoodBitrateBps)
    : 0
}

function bitrateKbps(pair: Stats | undefined, name: 'bytesReceived' | 'bytesSent', growth: Growth): number | null {
  const passedMs = pair ? growth(pair, 'timestamp') : 0
  return pair && passedMs > 0 ? Math.round((Math.max(0, growth(pair, name)) * 8) / passedMs) : null
}
