import type { PeerMessage, RoomEvent } from '../../machines/protocol/messages.ts'

/** A summary of dropped events: the newest of each kind, with its sequence number. Plain data. */
export type MailboxDigest = readonly { readonly seq: number; readonly kind: Kind; readonly event: RoomEvent }[]

/** In the order of delivery: a reader of the digest ends in the same state as a reader of every event. */
const kinds = ['door', 'peer.left', 'ready', 'full', 'presence', 'media', 'trace.subscribe', 'hangup'] as const
type Kind = (typeof kinds)[number]
/** The event `message` follows the rule of its message. */
type Name = Exclude<RoomEvent['type'], 'message'> | PeerMessage['type']

interface DigestRule {
  /** The digest keeps the newest event of each kind; null: it keeps none. */
  readonly kind: Kind | null
  /** Digest entries that the event makes obsolete. */
  readonly obsoletes?: readonly Kind[]
}

/** Never stored, so never dropped. */
const notStored: DigestRule = { kind: null }
/** After a gap both sides renegotiate. */
const negotiation: DigestRule = { kind: null }

const rules: Readonly<Record<Name, DigestRule>> = {
  joined: notStored,
  ready: { kind: 'ready', obsoletes: ['full'] },
  full: { kind: 'full' },
  'peer.disconnected': { kind: 'presence', obsoletes: ['trace.subscribe'] },
  'peer.reconnected': { kind: 'presence' },
  // The room keeps its policy when a holder leaves.
  'peer.left': { kind: 'peer.left', obsoletes: kinds.filter((kind) => kind !== 'door') },
  'seat.replaced': notStored,
  resync: notStored,
  drain: notStored,
  door: { kind: 'door' },
  'preparation.answered': notStored,
  'room.trace': notStored,
  offer: { kind: null, obsoletes: ['hangup'] },
  answer: negotiation,
  candidate: negotiation,
  media: { kind: 'media' },
  hangup: { kind: 'hangup' },
  'trace.subscribe': { kind: 'trace.subscribe' },
  'trace.entries': notStored,
}

const ruleOf = (event: RoomEvent): DigestRule => rules[event.type === 'message' ? event.message.type : event.type]

/** Number of kinds of events in a digest. */
export const digestKindCount = kinds.length

/**
 * The rule of an event as digits, for a store that keeps the newest event of each digit.
 * The order of the digits is the order of delivery. An empty `kind`: the digest does not keep the event.
 */
export function digestDigits(event: RoomEvent): { kind: string; obsoletes: string } {
  const { kind, obsoletes = [] } = ruleOf(event)
  return {
    kind: kind === null ? '' : String(kinds.indexOf(kind)),
    obsoletes: obsoletes.map((other) => kinds.indexOf(other)).join(''),
  }
}

/** The digest after the event with this sequence number was dropped as well. */
export function addDropped(digest: MailboxDigest, seq: number, event: RoomEvent): MailboxDigest {
  const { kind, obsoletes } = ruleOf(event)
  if (kind === null && digest.length === 0) return digest
  const rest = digest.filter((other) => other.kind !== kind && !obsoletes?.includes(other.kind))
  return kind
    ? [...rest, { seq, kind, event }].sort((one, other) => kinds.indexOf(one.kind) - kinds.indexOf(other.kind))
    : rest
}

/** The events of the digest after a position. */
export const digestSince = (digest: MailboxDigest, afterSeq: number): RoomEvent[] =>
  digest.flatMap(({ seq, event }) => (seq > afterSeq ? [event] : []))
