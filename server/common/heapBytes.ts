import type { PeerMessage, RoomEvent } from '../../machines/protocol/messages.ts'

/** Heap of the objects, keys and short strings of any event; measured: 300 to 700 bytes. */
const envelopeBytes = 700
/** Heap of one trace entry, and of one of its fields. */
const traceEntryBytes = 500
const traceFieldBytes = 100

/** An upper estimate of the heap that an event takes, in bytes. */
export function estimateHeapBytes(event: RoomEvent): number {
  switch (event.type) {
    case 'message':
      return envelopeBytes + estimateContentBytes(event.message)
    case 'joined':
    case 'ready':
    case 'full':
    case 'peer.disconnected':
    case 'peer.reconnected':
    case 'peer.left':
    case 'seat.replaced':
    case 'resync':
    case 'drain':
    case 'room.trace':
      return envelopeBytes
    default:
      return event satisfies never
  }
}

/** An upper estimate of the long texts and lists in a message, in bytes. */
function estimateContentBytes(message: PeerMessage): number {
  switch (message.type) {
    case 'offer':
    case 'answer':
      return textBytes(message.sdp)
    case 'candidate':
      return textBytes(message.candidate.candidate) + textBytes(message.candidate.usernameFragment ?? '')
    case 'trace.entries':
      return message.entries.reduce(
        (sum, { fields }) => sum + traceEntryBytes + traceFieldBytes * Object.keys(fields).length,
        0,
      )
    case 'media':
    case 'hangup':
    case 'trace.subscribe':
      return 0
    default:
      return message satisfies never
  }
}

/** V8 stores one byte per character if all characters are Latin-1, and two otherwise. */
const textBytes = (text: string): number => (Buffer.byteLength(text) === text.length ? text.length : 2 * text.length)
