import { attributes, type Attribute, type AttributeName } from './attributes.ts'
import { padded, type Codec } from './codec.ts'
import { computeFingerprint } from './fingerprint.ts'
import { computeIntegrity, hmacBytes, type IntegrityAlgorithm } from './integrity.ts'
import { headerBytes, messageClasses, magicCookie, type Header } from './message.ts'

/** MESSAGE-INTEGRITY needs both `integrity` and `key`. */
export interface EncodeOptions {
  readonly integrity?: IntegrityAlgorithm | undefined
  readonly key?: Uint8Array | undefined
  readonly hasFingerprint?: boolean
}

/** Encodes a whole packet. Padding is zero, so old buffer contents never leak (CVE-2020-4067). */
export function encode(
  header: Header,
  values: readonly Attribute[],
  { integrity, key, hasFingerprint }: EncodeOptions = {},
): Uint8Array {
  let length = headerBytes
  for (const [name, value] of values) length += 4 + padded(codecOf(name).byteLength(value))
  if (integrity && key) length += 4 + hmacBytes[integrity]
  if (hasFingerprint) length += 8
  const packet = Buffer.alloc(length)
  writeHeader(packet, header)
  let offset = headerBytes
  for (const [name, value] of values) offset = writeAttribute(packet, offset, name, value, header.transactionId)
  if (integrity && key) {
    const hmac = computeIntegrity(integrity, key, packet, offset)
    offset = writeAttribute(packet, offset, integrity, hmac, header.transactionId)
  }
  if (hasFingerprint)
    writeAttribute(packet, offset, 'fingerprint', computeFingerprint(packet.subarray(0, offset)), header.transactionId)
  return packet
}

const codecOf = (name: AttributeName): Codec<unknown> => attributes[name][1]

function writeHeader(packet: Buffer, { messageClass, method, transactionId }: Header): void {
  const bits = messageClasses.indexOf(messageClass)
  const type = (method & 0xf) | ((method & 0x70) << 1) | ((method & 0xf80) << 2) | ((bits & 1) << 4) | ((bits & 2) << 7)
  packet.writeUInt16BE(type, 0)
  packet.writeUInt16BE(packet.length - headerBytes, 2)
  packet.writeUInt32BE(magicCookie, 4)
  packet.set(transactionId, 8)
}

/** Returns the offset of the next attribute. */
function writeAttribute(
  packet: Buffer,
  offset: number,
  name: AttributeName,
  value: unknown,
  transactionId: Uint8Array,
): number {
  const codec = codecOf(name)
  const length = codec.byteLength(value)
  packet.writeUInt16BE(attributes[name][0], offset)
  packet.writeUInt16BE(length, offset + 2)
  codec.write(packet, offset + 4, value, transactionId)
  return offset + 4 + padded(length)
}
