import type { PeerMessage, RoomEvent } from './messages.ts'

/** The rules of one message type that several places follow. */
interface MessageRules {
  /** True: never stored. The event carries the position of the event before it. */
  readonly isTransient: boolean
  /** True: about a trace. Neither the server nor a page records it, and the call does not need it. */
  readonly isAboutTraces: boolean
}

const ordinary: MessageRules = { isTransient: false, isAboutTraces: false }

/** The rules of each message between the two seats. */
const peerMessageRules: Readonly<Record<PeerMessage['type'], MessageRules>> = {
  offer: ordinary,
  answer: ordinary,
  candidate: ordinary,
  media: ordinary,
  hangup: ordinary,
  'trace.subscribe': { isTransient: false, isAboutTraces: true },
  'trace.entries': { isTransient: true, isAboutTraces: true },
}

/** The rules of each event of the server. The event `message` has the rules of its message. */
const roomEventRules: Readonly<Record<Exclude<RoomEvent['type'], 'message'>, MessageRules>> = {
  joined: ordinary,
  ready: ordinary,
  full: ordinary,
  'peer.disconnected': ordinary,
  'peer.reconnected': ordinary,
  'peer.left': ordinary,
  'seat.replaced': { isTransient: true, isAboutTraces: false },
  resync: ordinary,
  drain: { isTransient: true, isAboutTraces: false },
  'room.trace': { isTransient: true, isAboutTraces: true },
}

/** Returns the rules of a message between the seats. A newer server may relay a type that this page does not know. */
export const rulesOfMessage = ({ type }: Pick<PeerMessage, 'type'>): MessageRules => peerMessageRules[type] ?? ordinary

/** Returns the rules of an event of the server. A newer server may send a type that this page does not know. */
export const rulesOfEvent = (event: RoomEvent): MessageRules =>
  event.type === 'message' ? rulesOfMessage(event.message) : (roomEventRules[event.type] ?? ordinary)
