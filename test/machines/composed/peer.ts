import { ufragOf } from '../../../machines/protocol/iceCandidate.ts'
import type { ConnectionFact, ConnectionOrder } from '../../../machines/call/callEvents.ts'
import type { Candidate } from '../../../machines/protocol/messages.ts'

/** An RTCPeerConnection as far as W3C WebRTC §4.3 says what it does with descriptions: a value, and pure steps. */
export interface Peer {
  /** No other ever had it: ufrags are made of it. */
  name: string
  connection: string
  /** What it was told and has not done yet. */
  orders: ConnectionOrder[]
  /** Its own offer that awaits an answer: `have-local-offer`. */
  offered: { negotiation: number; ufrag: string } | null
  /** The ICE credentials in force: its own and the other side's. */
  current: { own: string; theirs: string } | null
  /** The generation whose candidates are still to be gathered. */
  gathering: string | null
  /** It knows an address of the other side's generation in force. */
  hasAddress: boolean
  /** `wavering` may come back; `lost` and `failed` do not, but by a restart. The first two of these the page takes for a stall. */
  path: 'none' | 'open' | 'wavering' | 'lost' | 'failed'
  /** A way is looked for anew while the old one is there: that it is open is news again (client/webrtc/connectionMonitor.ts). */
  isNews: boolean
  /** With whom the keys were agreed on (DTLS): no other is let in, whatever the way. */
  met: string | null
  /** The path is open, and nothing came over it yet. */
  isSilent: boolean
  /** Whether its tracks changed in a way that only a negotiation tells. */
  needs: boolean
}

/** What became of an order, what the page hears of it, and which rule of W3C it would have broken. */
export interface Obeyed { peer: Peer; facts: ConnectionFact[]; broken: string | null }

export const newPeer = (name: string, connection: string): Peer => ({
  name, connection, orders: [], offered: null, current: null, gathering: null, hasAddress: false, path: 'none', isNews: false,
  met: null, isSilent: false, needs: false,
})

/** The first of its orders, done. */
export function obey(peer: Peer): Obeyed {
  const [order, ...orders] = peer.orders
  const rest = { ...peer, orders }
  switch (order?.type) {
    case 'make.offer': return makeOffer(rest, order)
    case 'take.offer': return takeOffer(rest, order)
    case 'take.answer': return takeAnswer(rest, order)
    case 'take.candidate': return takeCandidate(rest, order.candidate)
    default: throw new Error('nothing to obey')
  }
}

type Order<T extends ConnectionOrder['type']> = Extract<ConnectionOrder, { type: T }>

const sdpOf = (ufrag: string): string => `v=0\na=ice-ufrag:${ufrag}`

/** An offer without a restart keeps the credentials (RFC 8829 §5.2.2). */
function makeOffer(peer: Peer, { negotiation, restart }: Order<'make.offer'>): Obeyed {
  const ufrag = peer.current && !restart ? peer.current.own : `${peer.name}.${negotiation}`
  const isNews = peer.isNews || (restart && peer.path === 'open')
  return described(peer, { ...peer, offered: { negotiation, ufrag }, needs: false, isNews }, 'offer.made', negotiation, ufrag)
}

/** Where an offer of its own is open, this rolls it back (RFC 8829 §4.1.10.2). */
/** On a connection in use nothing is rolled back, as client/webrtc/negotiator.ts has it. */
function takeOffer(peer: Peer, { negotiation, sdp }: Order<'take.offer'>): Obeyed {
  if (peer.offered && peer.current) return { peer, facts: [{ type: 'connection.broke', message: 'offers have crossed' }], broken: null }
  const theirs = ufragOf(sdp) ?? ''
  const isSame = peer.current?.theirs === theirs
  const own = isSame && peer.current ? peer.current.own : `${peer.name}.${negotiation}'`
  return described(peer, { ...agreed(peer, own, theirs), needs: false }, 'answer.made', negotiation, own)
}

/** One that nobody awaits is ignored, as client/webrtc/negotiator.ts does; one to another offer would be refused. */
function takeAnswer(peer: Peer, { negotiation, sdp }: Order<'take.answer'>): Obeyed {
  if (!peer.offered) return { peer, facts: [], broken: null }
  if (peer.offered.negotiation !== negotiation) return refused(peer, 'an answer is taken to the offer that it answers')
  return { peer: agreed(peer, peer.offered.ufrag, ufragOf(sdp) ?? ''), facts: [], broken: null }
}

/** W3C §4.4.2 addIceCandidate: without a remote description, or with the ufrag of another, it is refused. */
function takeCandidate(peer: Peer, { usernameFragment }: Candidate): Obeyed {
  if (!peer.current) return refused(peer, 'no candidate before a description')
  if (usernameFragment !== peer.current.theirs) return refused(peer, 'no candidate under a foreign ufrag')
  return { peer: { ...peer, hasAddress: true }, facts: [], broken: null }
}

const refused = (peer: Peer, broken: string): Obeyed =>
  ({ peer, facts: [{ type: 'connection.broke', message: broken }], broken })

/** The old way stays until there is a new one; where it was gone, there is none (RFC 8445 §9). */
function agreed(peer: Peer, own: string, theirs: string): Peer {
  const isSame = peer.current?.own === own && peer.current.theirs === theirs
  if (isSame) return { ...peer, offered: null }
  const after = { ...peer, offered: null, current: { own, theirs }, hasAddress: false }
  return peer.path === 'open' ? { ...after, isNews: true } : { ...after, path: 'none', isSilent: false }
}

/** New credentials, new candidates. */
function described(before: Peer, after: Peer, type: 'offer.made' | 'answer.made', negotiation: number, ufrag: string): Obeyed {
  const gathering = before.current?.own === ufrag ? after.gathering : ufrag
  return { peer: { ...after, gathering }, facts: [{ type, connection: after.connection, negotiation, sdp: sdpOf(ufrag) }], broken: null }
}

export function gather(peer: Peer): Obeyed {
  const candidate = { candidate: 'candidate:1 1 udp 1 192.0.2.7 9 typ host', sdpMid: '0', sdpMLineIndex: 0, usernameFragment: peer.gathering }
  return { peer: { ...peer, gathering: null }, facts: [{ type: 'candidate.gathered', connection: peer.connection, candidate }], broken: null }
}

/** Both use the other's credentials, and one of them knows where the other is: the other learns it from its checks (RFC 8445 §7.3.1.3). */
export const isMatch = (one: Peer | null, other: Peer | null): boolean =>
  one?.connection === other?.connection && !!one?.current && !!other?.current
  && one.current.own === other.current.theirs && one.current.theirs === other.current.own && (one.hasAddress || other.hasAddress)
  && isAcquainted(one, other) && isAcquainted(other, one)

/** True but where somebody else was met before: a certificate may not change. */
export const isAcquainted = ({ met }: Peer, { name }: Peer): boolean => met === null || met === name
