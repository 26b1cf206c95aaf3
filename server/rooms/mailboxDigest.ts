import type { PeerMessage, RoomEvent } from '../../machines/protocol/messages.ts'

/** A summary of dropped events: the newest of each kind, with its sequence number. Plain data. */
export type MailboxDigest = readonly { readonly seq: number; readonly kind: Kind; readonly event: RoomEvent }[]

/** In the order of delivery: a reader of the digest ends in the same state as a reader of every event. */
const kinds = ['peer.left', 'ready', 'full', 'presence', 'media', 'trace.subscribe', 'hangup'] as const
type Kind = (typeof kinds)[number]
type Name = RoomEvent['type'] | PeerMessage['type']

/** Not in the digest: negotiation messages (after a gap both sides renegotiate) and events that are never stored. */
const digestKinds: Partial<Record<Name, Kind>> = {
  'peer.left': 'peer.left',
  ready: 'ready',
  full: 'full',
  'peer.disconnected': 'presence',
  'peer.reconnected': 'presence',
  media: 'media',
  'trace.subscribe': 'trace.subscribe',
  hangup: 'hangup',
}

/** Digest entries that an event makes obsolete. */
const obsoletedKinds: Partial<Record<Name, readonly Kind[]>> = {
  'peer.left': kinds,
  ready: ['full'],
  'peer.disconnected': ['trace.subscribe'],
  offer: ['hangup'],
}

/** The digest after the event with this sequence number was dropped as well. */
export function addDropped(digest: MailboxDigest, seq: number, event: RoomEvent): MailboxDigest {
  const name = event.type === 'message' ? event.message.type : event.type
  const kind = digestKinds[name]
  const rest = digest.filter((other) => other.kind !== kind && !obsoletedKinds[name]?.includes(other.kind))
  return kind
    ? [...rest, { seq, kind, event }].sort((one, other) => kinds.indexOf(one.kind) - kinds.indexOf(other.kind))
    : rest
}

/** The events of the digest after a position. */
export const digestSince = (digest: MailboxDigest, afterSeq: number): RoomEvent[] =>
  digest.flatMap(({ seq, event }) => (seq > afterSeq ? [event] : []))
