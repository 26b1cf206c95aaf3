import type { RoomEvent } from '../../machines/protocol/messages.ts'

/** Heap of the objects, keys and short strings of any event; measured: 300 to 700 bytes. */
const envelopeBytes = 700
/** Heap of one trace entry, and of one of its fields. */
const traceEntryBytes = 500
const traceFieldBytes = 100

/** An upper estimate of the heap that an event takes, in bytes. */
export function estimateHeapBytes(event: RoomEvent): number {
  if (event.type !== 'message') return envelopeBytes
  const { message } = event
  switch (message.type) {
    case 'offer':
    case 'answer':
      return envelopeBytes + textBytes(message.sdp)
    case 'candidate':
      return (
        envelopeBytes + textBytes(message.candidate.candidate) + textBytes(message.candidate.usernameFragment ?? '')
      )
    case 'trace.entries':
      return message.entries.reduce(
        (sum, { fields }) => sum + traceEntryBytes + traceFieldBytes * Object.keys(fields).length,
        envelopeBytes,
      )
    default:
      return envelopeBytes
  }
}

/** V8 stores one byte per character if all characters are Latin-1, and two otherwise. */
const textBytes = (text: string): number => (Buffer.byteLength(text) === text.length ? text.length : 2 * text.length)
