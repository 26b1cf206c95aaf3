import type { RoomEvent } from '../../machines/protocol/messages.ts'

/** Objects, keys and short strings of any event, measured at 300 to 700 bytes. */
const envelopeBytes = 700
/** One trace entry, and one of its fields. */
const traceEntryBytes = 500
const traceFieldBytes = 100

/** About as many bytes as an event takes on the heap, rather too many than too few. */
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

/** V8 keeps a string with one byte for each character if all of them are Latin-1, and with two otherwise. */
const textBytes = (text: string): number => (Buffer.byteLength(text) === text.length ? text.length : 2 * text.length)
