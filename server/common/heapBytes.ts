import type { PeerMessage, RoomEvent } from '../../machines/protocol/messages.ts'

/** Heap of the objects, keys and short strings of any event; measured: 300 to 700 bytes. */
const envelopeBytes = 700
/** Heap of one trace entry, and of one of its fields. */
const traceEntryBytes = 500
const traceFieldBytes = 100

/** The estimate of the long texts and lists in a value of this type, in bytes. */
type ContentBytes<T extends { type: string }> = {
  readonly [Type in T['type']]: (value: Extract<T, { type: Type }>) => number
}

/** V8 stores one byte per character if all characters are Latin-1, and two otherwise. */
const textBytes = (text: string): number => (Buffer.byteLength(text) === text.length ? text.length : 2 * text.length)
const noContent = (): number => 0

const messageContentBytes: ContentBytes<PeerMessage> = {
  offer: ({ sdp }) => textBytes(sdp),
  answer: ({ sdp }) => textBytes(sdp),
  candidate: ({ candidate: { candidate, usernameFragment } }) =>
    textBytes(candidate) + textBytes(usernameFragment ?? ''),
  media: noContent,
  hangup: noContent,
  'trace.subscribe': noContent,
  'trace.entries': ({ entries }) =>
    entries.reduce((sum, { fields }) => sum + traceEntryBytes + traceFieldBytes * Object.keys(fields).length, 0),
}

const eventContentBytes: ContentBytes<RoomEvent> = {
  message: ({ message }) => contentBytes(messageContentBytes, message),
  joined: noContent,
  ready: noContent,
  full: noContent,
  'peer.disconnected': noContent,
  'peer.reconnected': noContent,
  'peer.left': noContent,
  'seat.replaced': noContent,
  resync: noContent,
  drain: noContent,
  door: ({ visitor }) => textBytes(visitor?.name ?? ''),
  'preparation.answered': ({ sdp }) => textBytes(sdp),
  'room.trace': noContent,
}

/** An upper estimate of the heap that an event takes, in bytes. */
export const estimateHeapBytes = (event: RoomEvent): number => envelopeBytes + contentBytes(eventContentBytes, event)

/** The schema has validated the type. TypeScript does not see that the row of a type accepts its values. */
const contentBytes = <T extends { type: string }>(table: ContentBytes<T>, value: T): number =>
  (table[value.type as T['type']] as (value: T) => number)(value)
