import type { PeerMessage, RoomEvent } from '../../machines/protocol/messages.ts'

/** What still counts of news that was dropped before it was read: of each kind the newest, with its number. Plain data. */
export type Gist = readonly { readonly n: number; readonly kind: Kind; readonly event: RoomEvent }[]

/** In the order in which they are told, which leaves one who hears them where one is who heard everything. */
const kinds = ['peer.left', 'ready', 'full', 'presence', 'media', 'watch', 'bye'] as const
type Kind = (typeof kinds)[number]
type Name = RoomEvent['type'] | PeerMessage['type']

/** What is in none: a negotiation, for after a gap it is begun anew, and what lies in no mailbox. */
const kindOf: Partial<Record<Name, Kind>> = {
  'peer.left': 'peer.left', ready: 'ready', full: 'full', 'peer.away': 'presence', 'peer.back': 'presence', media: 'media', watch: 'watch', bye: 'bye',
}

/** What is over with this one. */
const ends: Partial<Record<Name, readonly Kind[]>> = {
  'peer.left': kinds, ready: ['full'], 'peer.away': ['watch'], offer: ['bye'],
}

/** With one more that was dropped, the n-th. */
export function withDropped(gist: Gist, n: number, event: RoomEvent): Gist {
  const name = event.type === 'message' ? event.message.type : event.type
  const kind = kindOf[name]
  const rest = gist.filter((other) => other.kind !== kind && !ends[name]?.includes(other.kind))
  return kind ? [...rest, { n, kind, event }].sort((one, other) => kinds.indexOf(one.kind) - kinds.indexOf(other.kind)) : rest
}

/** For one who read up to the n-th. */
export const gistAfter = (gist: Gist, after: number): RoomEvent[] => gist.flatMap(({ n, event }) => (n > after ? [event] : []))
