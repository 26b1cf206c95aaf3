import type { PeerMessage, RoomEvent } from './messages.ts'

/** How the server and the pages store and trace a type of message. */
interface MessageTraits {
  /** True: never stored. The event carries the position of the event before it. */
  readonly isTransient: boolean
  /** True: about a trace. Neither the server nor a page records it, and the call does not need it. */
  readonly isAboutTraces: boolean
}

const ordinary: MessageTraits = { isTransient: false, isAboutTraces: false }

/** The traits of each message between the two seats. */
const peerMessageTraits: Readonly<Record<PeerMessage['type'], MessageTraits>> = {
  offer: ordinary,
  answer: ordinary,
  candidate: ordinary,
  media: ordinary,
  hangup: ordinary,
  'trace.subscribe': { isTransient: false, isAboutTraces: true },
  'trace.entries': { isTransient: true, isAboutTraces: true },
}

/** The traits of each event of the server. The event `message` has the traits of its message. */
const roomEventTraits: Readonly<Record<Exclude<RoomEvent['type'], 'message'>, MessageTraits>> = {
  joined: ordinary,
  ready: ordinary,
  full: ordinary,
  'peer.disconnected': ordinary,
  'peer.reconnected': ordinary,
  'peer.left': ordinary,
  'seat.replaced': { isTransient: true, isAboutTraces: false },
  resync: ordinary,
  drain: { isTransient: true, isAboutTraces: false },
  door: ordinary,
  // The answer belongs to one page of the holder, and a later page cannot use it.
  'preparation.answered': { isTransient: true, isAboutTraces: false },
  'room.trace': { isTransient: true, isAboutTraces: true },
}

/** Returns the traits of a message between the seats. A newer server may relay a type that this page does not know. */
export const getMessageTraits = ({ type }: Pick<PeerMessage, 'type'>): MessageTraits =>
  peerMessageTraits[type] ?? ordinary

/** Returns the traits of an event of the server. A newer server may send a type that this page does not know. */
export const getEventTraits = (event: RoomEvent): MessageTraits =>
  event.type === 'message' ? getMessageTraits(event.message) : (roomEventTraits[event.type] ?? ordinary)
