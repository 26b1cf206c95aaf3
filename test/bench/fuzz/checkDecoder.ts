import { isDeepStrictEqual } from 'node:util'
import { attributes, type Attribute, type AttributeName } from '../../../turn/stun/attributes.ts'
import type { Codec } from '../../../turn/stun/codec.ts'
import { encode } from '../../../turn/stun/encode.ts'
import { StunError } from '../../../turn/stun/error.ts'
import { decode, unknownRequiredTypes, type Message } from '../../../turn/stun/message.ts'
import { encodableNames } from '../../turn/messageFixtures.ts'

/** Counts of inputs and attributes by result. */
export interface Tally {
  inputs: number
  /** Inputs rejected with StunError. */
  rejected: number
  /** Decoded and malformed attributes. */
  values: number
  malformed: number
}

/** Creates a tally of zeros. */
export const newTally = (): Tally => ({ inputs: 0, rejected: 0, values: 0, malformed: 0 })

const attributeNames = new Map<number, AttributeName>(encodableNames.map((name) => [attributes[name][0], name]))

/** Checks the decoder with one input. @throws on a violation, with the input in hex */
export function checkDecoder(packet: Buffer, tally: Tally): void {
  tally.inputs++
  try {
    const message = catchStunError(() => decode(packet))
    if (message) checkRoundTrip(message, tally)
    else tally.rejected++
  } catch (error) {
    const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
    throw new Error(`${reason}\ninput ${packet.toString('hex')}`, { cause: error })
  }
}

/** Decode, encode and decode again yield the same values and bytes. */
function checkRoundTrip(message: Message, tally: Tally): void {
  unknownRequiredTypes(message)
  const rows = decodeAttributes(message, tally)
  const again = encode(message, rows)
  const second = decode(again)
  const secondRows = decodeAttributes(second)
  if (!isDeepStrictEqual(headerFields(second), headerFields(message)))
    throw new Error('the header differs after a round trip')
  if (!isDeepStrictEqual(secondRows, rows)) throw new Error('an attribute value differs after a round trip')
  if (!Buffer.from(encode(second, secondRows)).equals(again)) throw new Error('the bytes differ after a round trip')
}

const headerFields = ({ messageClass: kind, method, transactionId: transaction }: Message): object => ({
  kind,
  method,
  transaction,
})

/** The known attributes, in order. Skips malformed ones, which a server rejects with 400. */
function decodeAttributes(
  { packet: bytes, attributes: raws, transactionId: transaction }: Message,
  tally = newTally(),
): Attribute[] {
  const rows: Attribute[] = []
  const packet = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (const { type, offset, value } of raws) {
    if (packet.getUint16(offset + 2) !== value.length) throw new Error(`wrong length of the attribute at ${offset}`)
    const name = attributeNames.get(type)
    if (!name) continue
    const codec: Codec<unknown> = attributes[name][1]
    const read = catchStunError(() => ({ value: codec.decode(value, transaction) }))
    if (read) rows.push([name, read.value] as Attribute)
    tally[read ? 'values' : 'malformed']++
  }
  return rows
}

/** Returns undefined on a StunError. Rethrows all other errors. */
function catchStunError<T>(work: () => T): T | undefined {
  try {
    return work()
  } catch (error) {
    if (error instanceof StunError) return undefined
    throw error
  }
}
