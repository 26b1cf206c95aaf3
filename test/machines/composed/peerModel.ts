import { parseIceUfrag } from '../../../machines/protocol/iceCandidate.ts'
import type { PeerConnectionEvent, PeerConnectionCommand } from '../../../machines/call/callEvents.ts'
import type { Candidate } from '../../../machines/protocol/messages.ts'

/** An RTCPeerConnection as far as W3C WebRTC §4.3 says what it does with descriptions: a value, and pure steps. */
export interface PeerModel {
  /** No other ever had it: ufrags are made of it. */
  name: string
  connection: string
  /** What it was told and has not done yet. */
  commands: PeerConnectionCommand[]
  /** Its own offer that awaits an answer: `have-local-offer`. */
  offered: { negotiation: number; ufrag: string } | null
  /** The ICE credentials in force: its own and the other side's. */
  current: { own: string; theirs: string } | null
  /** The generation whose candidates are still to be gathered. */
  gathering: string | null
  /** It knows an address of the other side's generation in force. */
  hasAddress: boolean
  /** `wavering` may come back; `lost` and `failed` do not, but by a restart. The first two of these the page takes for a stall. */
  transport: 'none' | 'open' | 'wavering' | 'lost' | 'failed'
  /** A way is looked for anew while the old one is there: that it is open is roomEvent again (client/webrtc/connectionMonitor.ts). */
  isNews: boolean
  /** With whom the keys were agreed on (DTLS): no other is let in, whatever the way. */
  met: string | null
  /** The path is open, and nothing came over it yet. */
  isSilent: boolean
  /** Whether its tracks changed in a way that only a negotiation tells. */
  needs: boolean
}

/** What became of an order, what the page hears of it, and which rule of W3C it would have broken. */
export interface PeerStep {
  peer: PeerModel
  facts: PeerConnectionEvent[]
  broken: string | null
}

export const newPeerModel = (name: string, connection: string): PeerModel => ({
  name,
  connection,
  commands: [],
  offered: null,
  current: null,
  gathering: null,
  hasAddress: false,
  transport: 'none',
  isNews: false,
  met: null,
  isSilent: false,
  needs: false,
})

/** Runs its first command. */
export function runCommand(peer: PeerModel): PeerStep {
  const [order, ...commands] = peer.commands
  const rest = { ...peer, commands }
  switch (order?.type) {
    case 'createOffer':
      return createOffer(rest, order)
    case 'applyOffer':
      return applyOffer(rest, order)
    case 'applyAnswer':
      return applyAnswer(rest, order)
    case 'addCandidate':
      return addCandidate(rest, order.candidate)
    default:
      throw new Error('nothing to obey')
  }
}

type Order<T extends PeerConnectionCommand['type']> = Extract<PeerConnectionCommand, { type: T }>

const sdpOf = (ufrag: string): string => `v=0\na=ice-ufrag:${ufrag}`

/** An offer without a restart keeps the credentials (RFC 8829 §5.2.2). */
function createOffer(peer: PeerModel, { negotiation, iceRestart: restart }: Order<'createOffer'>): PeerStep {
  const ufrag = peer.current && !restart ? peer.current.own : `${peer.name}.${negotiation}`
  const isNews = peer.isNews || (restart && peer.transport === 'open')
  return described(
    peer,
    { ...peer, offered: { negotiation, ufrag }, needs: false, isNews },
    'offer.created',
    negotiation,
    ufrag,
  )
}

/** Where an offer of its own is open, this rolls it back (RFC 8829 §4.1.10.2). */
/** On a connection in use nothing is rolled back, as client/webrtc/negotiator.ts has it. */
function applyOffer(peer: PeerModel, { negotiation, sdp }: Order<'applyOffer'>): PeerStep {
  if (peer.offered && peer.current)
    return { peer, facts: [{ type: 'connection.failed', message: 'offers have crossed' }], broken: null }
  const theirs = parseIceUfrag(sdp) ?? ''
  const isSame = peer.current?.theirs === theirs
  const own = isSame && peer.current ? peer.current.own : `${peer.name}.${negotiation}'`
  return described(peer, { ...agreed(peer, own, theirs), needs: false }, 'answer.created', negotiation, own)
}

/** One that nobody awaits is ignored, as client/webrtc/negotiator.ts does; one to another offer would be refused. */
function applyAnswer(peer: PeerModel, { negotiation, sdp }: Order<'applyAnswer'>): PeerStep {
  if (!peer.offered) return { peer, facts: [], broken: null }
  if (peer.offered.negotiation !== negotiation) return refused(peer, 'an answer is taken to the offer that it answers')
  return { peer: agreed(peer, peer.offered.ufrag, parseIceUfrag(sdp) ?? ''), facts: [], broken: null }
}

/** W3C §4.4.2 addIceCandidate: without a remote description, or with the ufrag of another, it is refused. */
function addCandidate(peer: PeerModel, { usernameFragment }: Candidate): PeerStep {
  if (!peer.current) return refused(peer, 'no candidate before a description')
  if (usernameFragment !== peer.current.theirs) return refused(peer, 'no candidate under a foreign ufrag')
  return { peer: { ...peer, hasAddress: true }, facts: [], broken: null }
}

const refused = (peer: PeerModel, broken: string): PeerStep => ({
  peer,
  facts: [{ type: 'connection.failed', message: broken }],
  broken,
})

/** The old way stays until there is a new one; where it was gone, there is none (RFC 8445 §9). */
function agreed(peer: PeerModel, own: string, theirs: string): PeerModel {
  const isSame = peer.current?.own === own && peer.current.theirs === theirs
  if (isSame) return { ...peer, offered: null }
  const after = { ...peer, offered: null, current: { own, theirs }, hasAddress: false }
  return peer.transport === 'open' ? { ...after, isNews: true } : { ...after, transport: 'none', isSilent: false }
}

/** New credentials, new candidates. */
function described(
  before: PeerModel,
  after: PeerModel,
  type: 'offer.created' | 'answer.created',
  negotiation: number,
  ufrag: string,
): PeerStep {
  const gathering = before.current?.own === ufrag ? after.gathering : ufrag
  return {
    peer: { ...after, gathering },
    facts: [{ type, connection: after.connection, negotiation, sdp: sdpOf(ufrag) }],
    broken: null,
  }
}

export function gather(peer: PeerModel): PeerStep {
  const candidate = {
    candidate: 'candidate:1 1 udp 1 192.0.2.7 9 typ host',
    sdpMid: '0',
    sdpMLineIndex: 0,
    usernameFragment: peer.gathering,
  }
  return {
    peer: { ...peer, gathering: null },
    facts: [{ type: 'candidate.gathered', connection: peer.connection, candidate }],
    broken: null,
  }
}

/** Both use the other's credentials, and one of them knows where the other is: the other learns it from its checks (RFC 8445 §7.3.1.3). */
export const isMatch = (one: PeerModel | null, other: PeerModel | null): boolean =>
  one?.connection === other?.connection &&
  !!one?.current &&
  !!other?.current &&
  one.current.own === other.current.theirs &&
  one.current.theirs === other.current.own &&
  (one.hasAddress || other.hasAddress) &&
  isSamePeer(one, other) &&
  isSamePeer(other, one)

/** True but where somebody else was met before: a certificate may not change. */
export const isSamePeer = ({ met }: PeerModel, { name }: PeerModel): boolean => met === null || met === name
