import { findSelectedPairStats } from '../../webrtc/qualitySampler.ts'

/** One end of the way that the media takes. */
export interface Endpoint {
  type: 'host' | 'srflx' | 'prflx' | 'relay'
  /** With its port; browsers may keep it to themselves. */
  address: string | null
}

export interface SelectedPair {
  local: Endpoint
  remote: Endpoint
  protocol: string
  isRelayed: boolean
  /** Milliseconds; null: not measured yet. */
  roundTripMs: number | null
}

/** What browsers tell of a candidate and of a pair (webrtc-stats §9.10, §9.12), as far as it is used. */
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

/** The pair of candidates in use; null while there is none. */
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
    // What a relay is spoken to by may differ from what it relays by.
    protocol: (here.relayProtocol ?? here.protocol ?? 'udp').toUpperCase(),
    isRelayed: here.candidateType === 'relay' || there.candidateType === 'relay',
    roundTripMs: seconds === undefined ? null : Math.round(seconds * 1000),
  }
}

function toEndpoint({ candidateType = 'host', address, port }: StatsEntry): Endpoint {
  if (!address) return { type: candidateType, address: null }
  return { type: candidateType, address: `${address.includes(':') ? `[${address}]` : address}:${port ?? ''}` }
}
