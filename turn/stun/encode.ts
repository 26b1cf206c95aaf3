import { attributes, type Attribute } from './attributes.ts'
import type { Codec } from './codec.ts'
import { fingerprintOf } from './fingerprint.ts'
import { hmacOf, sealLength, type Seal } from './integrity.ts'
import { headerLength, kinds, magicCookie, type Header } from './message.ts'

export interface Seals {
  readonly seal?: Seal | undefined
  readonly key?: Uint8Array | undefined
  readonly fingerprint?: boolean
}

/** A whole packet. Padding is zero: what a buffer held before never leaves (CVE-2020-4067). */
export function encode(header: Header, values: readonly Attribute[], { seal, key, fingerprint }: Seals = {}): Uint8Array {
  const sealed = seal && key ? sealLength[seal] + 4 : 0
  const rows = values.map((value) => encodeValue(value, header.transaction))
  const body = rows.reduce((sum, [, bytes]) => sum + 4 + padded(bytes.length), headerLength)
  const packet = Buffer.alloc(body + sealed + (fingerprint ? 8 : 0))
  writeHeader(packet, header)
  let offset = headerLength
  for (const [type, bytes] of rows) offset = writeAttribute(packet, offset, type, bytes)
  if (seal && key) offset = writeAttribute(packet, offset, attributes[seal][0], hmacOf(seal, key, packet, offset))
  if (fingerprint) writeFingerprint(packet, offset)
  return packet
}

const padded = (length: number): number => (length + 3) & ~3

function encodeValue([name, value]: Attribute, transaction: Uint8Array): [type: number, bytes: Uint8Array] {
  const [type, codec] = attributes[name] as readonly [number, Codec<unknown>]
  return [type, codec.encode(value, transaction)]
}

function writeHeader(packet: Buffer, { kind, method, transaction }: Header): void {
  const bits = kinds.indexOf(kind)
  const type = (method & 0xf) | ((method & 0x70) << 1) | ((method & 0xf80) << 2) | ((bits & 1) << 4) | ((bits & 2) << 7)
  packet.writeUInt16BE(type, 0)
  packet.writeUInt16BE(packet.length - headerLength, 2)
  packet.writeUInt32BE(magicCookie, 4)
  packet.set(transaction, 8)
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
  packet.writeUInt32BE(fingerprintOf(packet.subarray(0, offset)), offset + 4)
}
