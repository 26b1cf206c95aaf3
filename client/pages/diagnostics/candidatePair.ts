import { pairIn } from '../../webrtc/qualitySampler.ts'

/** One end of the way that the media takes. */
export interface End {
  type: 'host' | 'srflx' | 'prflx' | 'relay'
  /** With its port; browsers may keep it to themselves. */
  address: string | null
}

export interface Pair {
  here: End
  there: End
  protocol: string
  isRelayed: boolean
  /** Milliseconds; null: not measured yet. */
  roundTrip: number | null
}

/** What browsers tell of a candidate and of a pair (webrtc-stats §9.10, §9.12), as far as it is used. */
interface Told {
  id: string
  type: string
  selectedCandidatePairId?: string
  selected?: boolean
  localCandidateId?: string
  remoteCandidateId?: string
  currentRoundTripTime?: number
  candidateType?: End['type']
  address?: string
  port?: number
  protocol?: string
  relayProtocol?: string
}

/** The pair of candidates in use; null while there is none. */
export function pairOf(report: Iterable<[string, unknown]>): Pair | null {
  const told = new Map(report as Iterable<[string, Told]>)
  const all = [...told.values()]
  const pair = pairIn(all)
  const [here, there] = [told.get(pair?.localCandidateId ?? ''), told.get(pair?.remoteCandidateId ?? '')]
  if (!pair || !here || !there) return null
  const { currentRoundTripTime: seconds } = pair
  return {
    here: endOf(here), there: endOf(there),
    // What a relay is spoken to by may differ from what it relays by.
    protocol: (here.relayProtocol ?? here.protocol ?? 'udp').toUpperCase(),
    isRelayed: here.candidateType === 'relay' || there.candidateType === 'relay',
    roundTrip: seconds === undefined ? null : Math.round(seconds * 1000),
  }
}

function endOf({ candidateType = 'host', address, port }: Told): End {
  if (!address) return { type: candidateType, address: null }
  return { type: candidateType, address: `${address.includes(':') ? `[${address}]` : address}:${port ?? ''}` }
}
