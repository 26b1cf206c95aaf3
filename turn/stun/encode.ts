import { attributes, type Attribute } from './attributes.ts'
import type { Codec } from './codec.ts'
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
  const integrityBytes = integrity && key ? hmacBytes[integrity] + 4 : 0
  const rows = values.map((value) => encodeValue(value, header.transactionId))
  const body = rows.reduce((sum, [, bytes]) => sum + 4 + padded(bytes.length), headerBytes)
  const packet = Buffer.alloc(body + integrityBytes + (hasFingerprint ? 8 : 0))
  writeHeader(packet, header)
  let offset = headerBytes
  for (const [type, bytes] of rows) offset = writeAttribute(packet, offset, type, bytes)
  if (integrity && key)
    offset = writeAttribute(packet, offset, attributes[integrity][0], computeIntegrity(integrity, key, packet, offset))
  if (hasFingerprint) writeFingerprint(packet, offset)
  return packet
}

const padded = (length: number): number => (length + 3) & ~3

function encodeValue([name, value]: Attribute, transactionId: Uint8Array): [type: number, bytes: Uint8Array] {
  const [type, codec] = attributes[name] as readonly [number, Codec<unknown>]
  return [type, codec.encode(value, transactionId)]
}

function writeHeader(packet: Buffer, { messageClass, method, transactionId }: Header): void {
  const bits = messageClasses.indexOf(messageClass)
  const type = (method & 0xf) | ((method & 0x70) << 1) | ((method & 0xf80) << 2) | ((bits & 1) << 4) | ((bits & 2) << 7)
  packet.writeUInt16BE(type, 0)
  packet.writeUInt16BE(packet.length - headerBytes, 2)
  packet.writeUInt32BE(magicCookie, 4)
  packet.set(transactionId, 8)
}

function writeAttribute(packet: Buffer, offset: number, type: number, bytes: Uint8Array): number {
  packet.writeUInt16BE(type, offset)
  packet.writeUInt16BE(bytes.length, offset + 2)
  packet.set(bytes, offset + 4)
  return offset + 4 + padded(bytes.length)
}

function writeFingerprint(packet: Buffer, offset: number): void {
  packet.writeUInt16BE(attributes.fingerprint[0], offset)
  packet.writeUInt16BE(4, offset + 2)
  packet.writeUInt32BE(computeFingerprint(packet.subarray(0, offset)), offset + 4)
}
