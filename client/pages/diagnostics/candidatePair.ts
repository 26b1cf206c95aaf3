import { findSelectedPairStats } from '../../webrtc/qualitySampler.ts'

/** One end of the selected candidate pair. */
export interface Endpoint {
  type: 'host' | 'srflx' | 'prflx' | 'relay'
  /** With its port; null if the browser hides it. */
  address: string | null
}

/** The candidate pair that carries the media. */
export interface SelectedPair {
  local: Endpoint
  remote: Endpoint
  protocol: string
  isRelayed: boolean
  /** In ms; null before the first measurement. */
  roundTripMs: number | null
}

/** The fields in use of candidate and pair statistics (webrtc-stats §9.10, §9.12). */
interface StatsEntry {
  id: string
  type: string
  selectedCandidatePairId?: string
  selected?: boolean
  localCandidateId?: string
  remoteCandidateId?: string
  currentRoundTripTime?: number
  candidateType?: Endpoint['type']
  address?: string
  port?: number
  protocol?: string
  relayProtocol?: string
}

/** Returns the selected candidate pair of a stats report; null if there is none. */
export function findSelectedPair(report: Iterable<[string, unknown]>): SelectedPair | null {
  const statsById = new Map(report as Iterable<[string, StatsEntry]>)
  const entries = [...statsById.values()]
  const pair = findSelectedPairStats(entries)
  const [here, there] = [statsById.get(pair?.localCandidateId ?? ''), statsById.get(pair?.remoteCandidateId ?? '')]
  if (!pair || !here || !there) return null
  const { currentRoundTripTime: seconds } = pair
  return {
    local: toEndpoint(here),
    remote: toEndpoint(there),
    // `relayProtocol` is the transport to the relay; `protocol` is the transport of the relay itself.
    protocol: (here.relayProtocol ?? here.protocol ?? 'udp').toUpperCase(),
    isRelayed: here.candidateType === 'relay' || there.candidateType === 'relay',
    roundTripMs: seconds === undefined ? null : Math.round(seconds * 1000),
  }
}

function toEndpoint({ candidateType = 'host', address, port }: StatsEntry): Endpoint {
  if (!address) return { type: candidateType, address: null }
  return { type: candidateType, address: `${address.includes(':') ? `[${address}]` : address}:${port ?? ''}` }
}
