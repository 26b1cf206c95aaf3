import { parseIceUfrag } from '../../../machines/protocol/iceCandidate.ts'
import type { PeerConnectionEvent, PeerConnectionCommand } from '../../../machines/call/callEvents.ts'
import type { Candidate } from '../../../machines/protocol/messages.ts'

/** The part of an RTCPeerConnection that handles descriptions (webrtc-pc §4.3), as a value with pure steps. */
export interface PeerModel {
  /** Unique name; ufrags contain it. */
  name: string
  connection: string
  /** Commands that it has not run yet. */
  commands: PeerConnectionCommand[]
  /** The pending local offer (`have-local-offer`). */
  offered: { negotiation: number; ufrag: string } | null
  /** The current ICE credentials of both sides. */
  current: { own: string; theirs: string } | null
  /** The generation whose candidates are not gathered yet. */
  gathering: string | null
  /** A candidate of the peer's current generation is known. */
  hasAddress: boolean
  /** `wavering` may recover; `lost` and `failed` need a restart. The page treats `wavering` and `lost` as a stall. */
  transport: 'none' | 'open' | 'wavering' | 'lost' | 'failed'
  /**
   * An ICE restart runs while the old transport works; its `open` is then reported again
   * (client/webrtc/connectionMonitor.ts).
   */
  isNews: boolean
  /** The peer connection of the DTLS handshake. No other peer is accepted on any transport. */
  met: string | null
  /** The transport is open, and no media has arrived yet. */
  isSilent: boolean
  /** Whether tracks changed in a way that needs a negotiation. */
  needs: boolean
}

/** The peer connection after a command, the events for the page, and the broken rule of webrtc-pc. */
export interface PeerStep {
  peer: PeerModel
  facts: PeerConnectionEvent[]
  broken: string | null
}

/** Returns a new peer connection without descriptions. */
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

/** Runs the first queued command. */
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
      throw new Error('no command to run')
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

/** An offer while a local offer is pending rolls that back (RFC 8829 §4.1.10.2). */
/** A connection in use is not rolled back, as in client/webrtc/negotiator.ts. */
function applyOffer(peer: PeerModel, { negotiation, sdp }: Order<'applyOffer'>): PeerStep {
  if (peer.offered && peer.current)
    return { peer, facts: [{ type: 'connection.failed', message: 'offers have crossed' }], broken: null }
  const theirs = parseIceUfrag(sdp) ?? ''
  const isSame = peer.current?.theirs === theirs
  const own = isSame && peer.current ? peer.current.own : `${peer.name}.${negotiation}'`
  return described(peer, { ...agreed(peer, own, theirs), needs: false }, 'answer.created', negotiation, own)
}

/**
 * An answer without a pending offer is ignored, as in client/webrtc/negotiator.ts. An answer to another offer would be
 * rejected.
 */
function applyAnswer(peer: PeerModel, { negotiation, sdp }: Order<'applyAnswer'>): PeerStep {
  if (!peer.offered) return { peer, facts: [], broken: null }
  if (peer.offered.negotiation !== negotiation)
    return refused(peer, 'an answer is applied to the offer that it answers')
  return { peer: agreed(peer, peer.offered.ufrag, parseIceUfrag(sdp) ?? ''), facts: [], broken: null }
}

/** webrtc-pc §4.4.2 addIceCandidate: rejects without a remote description, or with an unknown ufrag. */
function addCandidate(peer: PeerModel, { usernameFragment }: Candidate): PeerStep {
  if (!peer.current) return refused(peer, 'no candidate before a description')
  if (usernameFragment !== peer.current.theirs) return refused(peer, 'no candidate has an unknown ufrag')
  return { peer: { ...peer, hasAddress: true }, facts: [], broken: null }
}

const refused = (peer: PeerModel, broken: string): PeerStep => ({
  peer,
  facts: [{ type: 'connection.failed', message: broken }],
  broken,
})

/** The old transport stays until the new one connects; without an old one, there is none (RFC 8445 §9). */
function agreed(peer: PeerModel, own: string, theirs: string): PeerModel {
  const isSame = peer.current?.own === own && peer.current.theirs === theirs
  if (isSame) return { ...peer, offered: null }
  const after = { ...peer, offered: null, current: { own, theirs }, hasAddress: false }
  return peer.transport === 'open' ? { ...after, isNews: true } : { ...after, transport: 'none', isSilent: false }
}

/** New credentials need new candidates. */
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

/** Gathers one candidate of the current generation. */
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

/**
 * Both use each other's credentials, and one side knows a candidate of the other. The other side learns the address
 * from its checks (RFC 8445 §7.3.1.3).
 */
export const isMatch = (one: PeerModel | null, other: PeerModel | null): boolean =>
  one?.connection === other?.connection &&
  !!one?.current &&
  !!other?.current &&
  one.current.own === other.current.theirs &&
  one.current.theirs === other.current.own &&
  (one.hasAddress || other.hasAddress) &&
  isSamePeer(one, other) &&
  isSamePeer(other, one)

/** False when the DTLS handshake was with another peer; a certificate must not change. */
export const isSamePeer = ({ met }: PeerModel, { name }: PeerModel): boolean => met === null || met === name
