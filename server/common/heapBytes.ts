import type { RoomEvent } from '../../machines/protocol/messages.ts'

/** Objects, keys and short strings of any event, measured at 300 to 700 bytes. */
const envelopeBytes = 700
/** One trace line, and one of its facts. */
const lineBytes = 500
const factBytes = 100

/** About as many bytes as an event takes on the heap, rather too many than too few. */
export function heapBytesOf(event: RoomEvent): number {
  if (event.type !== 'message') return envelopeBytes
  const { message } = event
  switch (message.type) {
    case 'offer':
    case 'answer':
      return envelopeBytes + textBytes(message.sdp)
    case 'candidate':
      return envelopeBytes + textBytes(message.candidate.candidate) + textBytes(message.candidate.usernameFragment ?? '')
    case 'trace':
      return message.lines.reduce((sum, { facts }) => sum + lineBytes + factBytes * Object.keys(facts).length, envelopeBytes)
    default:
      return envelopeBytes
  }
}

/** V8 keeps a string with one byte for each character if all of them are Latin-1, and with two otherwise. */
const textBytes = (text: string): number => (Buffer.byteLength(text) === text.length ? text.length : 2 * text.length)
