import { isDeepStrictEqual } from 'node:util'
import { attributes, type Attribute, type AttributeName } from '../../../turn/stun/attributes.ts'
import type { Codec } from '../../../turn/stun/codec.ts'
import { encode } from '../../../turn/stun/encode.ts'
import { StunError } from '../../../turn/stun/error.ts'
import { decode, unknownRequiredTypes, type Message } from '../../../turn/stun/message.ts'
import { encodableNames } from '../../turn/messageFixtures.ts'

/** What became of the inputs. */
export interface Tally {
  inputs: number
  /** Refused as a whole, with StunError. */
  rejected: number
  /** Attributes that were read, and that were refused. */
  values: number
  malformed: number
}

export const newTally = (): Tally => ({ inputs: 0, rejected: 0, values: 0, malformed: 0 })

const attributeNames = new Map<number, AttributeName>(encodableNames.map((name) => [attributes[name][0], name]))

/** Throws an Error that holds the input when the decoder does what it must not. */
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

/** Decoded, encoded, decoded: the same, in values and in bytes. */
function checkRoundTrip(message: Message, tally: Tally): void {
  unknownRequiredTypes(message)
  const rows = decodeAttributes(message, tally)
  const again = encode(message, rows)
  const second = decode(again)
  const secondRows = decodeAttributes(second)
  if (!isDeepStrictEqual(headerFields(second), headerFields(message)))
    throw new Error('the header differs when decoded again')
  if (!isDeepStrictEqual(secondRows, rows)) throw new Error('a value differs when decoded again')
  if (!Buffer.from(encode(second, secondRows)).equals(again)) throw new Error('the bytes differ when encoded again')
}

const headerFields = ({ messageClass: kind, method, transactionId: transaction }: Message): object => ({
  kind,
  method,
  transaction,
})

/** The attributes that we know, in order; what is malformed is passed over, as a server answers it with 400. */
function decodeAttributes(
  { packet: bytes, attributes: raws, transactionId: transaction }: Message,
  tally = newTally(),
): Attribute[] {
  const rows: Attribute[] = []
  const packet = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (const { type, offset, value } of raws) {
    if (packet.getUint16(offset + 2) !== value.length)
      throw new Error(`the attribute at ${offset} has not the length that it says`)
    const name = attributeNames.get(type)
    if (!name) continue
    const codec: Codec<unknown> = attributes[name][1]
    const read = catchStunError(() => ({ value: codec.decode(value, transaction) }))
    if (read) rows.push([name, read.value] as unknown as Attribute)
    tally[read ? 'values' : 'malformed']++
  }
  return rows
}

/** Nothing where StunError is thrown; all other errors go on. */
function catchStunError<T>(work: () => T): T | undefined {
  try {
    return work()
  } catch (error) {
    if (error instanceof StunError) return undefined
    throw error
  }
}
