import { attributes, knownAttributeTypes, type AttributeName, type AttributeValues } from './attributes.ts'
import type { Codec } from './codec.ts'
import { StunError } from './error.ts'
import { checkFingerprint } from './fingerprint.ts'
import type { RawAttribute } from './rawAttribute.ts'

/** Message classes in the order of their bits (RFC 8489 §5). */
export const messageClasses = ['request', 'indication', 'success', 'error'] as const
/** One of `messageClasses`. */
export type MessageClass = (typeof messageClasses)[number]

/** Method numbers (RFC 8489 §18.2, RFC 8656 §17). */
export const methods = {
  binding: 1,
  allocate: 3,
  refresh: 4,
  send: 6,
  data: 7,
  createPermission: 8,
  channelBind: 9,
} as const

/** The header of a message (RFC 8489 §5). */
export interface Header {
  readonly messageClass: MessageClass
  readonly method: number
  /** 12 bytes. */
  readonly transactionId: Uint8Array
}

/** A decoded message. Attribute values are decoded by `read` and `readAll`. */
export interface Message extends Header {
  readonly packet: Uint8Array
  /** Attributes up to MESSAGE-INTEGRITY, plus FINGERPRINT and MESSAGE-INTEGRITY-SHA256 after it. */
  readonly attributes: readonly RawAttribute[]
}

/** RFC 8489 §5. */
export const headerBytes = 20
/** RFC 8489 §5. */
export const magicCookie = 0x2112a442

/**
 * Decodes a whole packet (RFC 8489 §5, §6.3). `read` decodes attribute values later.
 * @throws {StunError} if malformed
 */
export function decode(packet: Uint8Array): Message {
  const view = new DataView(packet.buffer, packet.byteOffset, packet.byteLength)
  checkHeader(view)
  const type = view.getUint16(0)
  const all = splitAttributes(packet, view)
  checkFingerprint(packet, all)
  return {
    messageClass: messageClasses[((type >> 7) & 2) | ((type >> 4) & 1)]!,
    method: (type & 0xf) | ((type >> 1) & 0x70) | ((type >> 2) & 0xf80),
    transactionId: packet.subarray(8, headerBytes),
    packet,
    attributes: dropUnprotected(all),
  }
}

function checkHeader(view: DataView): void {
  if (view.byteLength < headerBytes) throw new StunError('header', `${view.byteLength} bytes`)
  if (view.getUint16(0) & 0xc000) throw new StunError('header', 'the first two bits are not zero')
  if (view.getUint32(4) !== magicCookie) throw new StunError('header', 'no magic cookie')
  const length = view.getUint16(2)
  if (length % 4 !== 0 || length + headerBytes !== view.byteLength) throw new StunError('header', `length ${length}`)
}

/** Twice the default permission quota: a CreatePermission has one attribute a peer. 16,000 attributes cost 40 ms. */
const maxAttributes = 512

function splitAttributes(packet: Uint8Array, view: DataView): RawAttribute[] {
  const found: RawAttribute[] = []
  for (let offset = headerBytes; offset < packet.length;) {
    const type = view.getUint16(offset)
    const start = offset + 4
    const end = start + view.getUint16(offset + 2)
    if (end > packet.length) throw new StunError('attribute', `0x${type.toString(16)} is longer than its packet`)
    if (found.length === maxAttributes) throw new StunError('attribute', `more than ${maxAttributes} attributes`)
    found.push({ type, offset, value: packet.subarray(start, end) })
    offset = (end + 3) & ~3
  }
  return found
}

/** RFC 8489 §14.5, §14.6, §14.7: attributes after MESSAGE-INTEGRITY are not authenticated, so they are ignored. */
function dropUnprotected(all: readonly RawAttribute[]): RawAttribute[] {
  const sha1 = attributes.messageIntegrity[0]
  const sha256 = attributes.messageIntegritySha256[0]
  const fingerprint = attributes.fingerprint[0]
  let hasIntegrity = false
  let hasSha256 = false
  return all.filter(({ type }) => {
    const isKept = !hasIntegrity || type === fingerprint || (type === sha256 && !hasSha256)
    hasIntegrity ||= type === sha1 || type === sha256
    hasSha256 ||= type === sha256
    return isKept
  })
}

/** Returns the first attribute of this name, undecoded. */
export const find = (message: Message, name: AttributeName): RawAttribute | undefined =>
  message.attributes.find(({ type }) => type === attributes[name][0])

/** Returns whether the message has the attribute. */
export const has = (message: Message, name: AttributeName): boolean => find(message, name) !== undefined

/** Returns the first value of this name; RFC 8489 §14 ignores duplicates. @throws {StunError} if it is malformed */
export function read<Name extends AttributeName>(message: Message, name: Name): AttributeValues[Name] | undefined {
  const raw = find(message, name)
  return raw && decodeValue(name, raw, message)
}

/** Returns all values of this name, in order. @throws {StunError} if one is malformed */
export function readAll<Name extends AttributeName>(message: Message, name: Name): AttributeValues[Name][] {
  return message.attributes
    .filter(({ type }) => type === attributes[name][0])
    .map((raw) => decodeValue(name, raw, message))
}

function decodeValue<Name extends AttributeName>(
  name: Name,
  raw: RawAttribute,
  message: Message,
): AttributeValues[Name] {
  const codec = attributes[name][1] as Codec<AttributeValues[Name]>
  return codec.decode(raw.value, message.transactionId)
}

/** Returns the unknown comprehension-required types, for a 420 (RFC 8489 §6.3.1). */
export const unknownRequiredTypes = (message: Message): number[] =>
  message.attributes.map(({ type }) => type).filter((type) => type < 0x8000 && !knownAttributeTypes.has(type))
