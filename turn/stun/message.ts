import { attributes, knownTypes, type AttributeName, type Values } from './attributes.ts'
import type { Codec } from './codec.ts'
import { StunError } from './error.ts'
import { checkFingerprint } from './fingerprint.ts'
import type { RawAttribute } from './rawAttribute.ts'

export const kinds = ['request', 'indication', 'success', 'error'] as const
export type Kind = (typeof kinds)[number]

/** RFC 8489 §18.2, RFC 8656 §17. */
export const methods = { binding: 1, allocate: 3, refresh: 4, send: 6, data: 7, createPermission: 8, channelBind: 9 } as const

export interface Header {
  readonly kind: Kind
  readonly method: number
  /** 12 bytes. */
  readonly transaction: Uint8Array
}

export interface Message extends Header {
  readonly packet: Uint8Array
  /** Only what may be believed: nothing that follows MESSAGE-INTEGRITY, save FINGERPRINT and its SHA-256 sister. */
  readonly attributes: readonly RawAttribute[]
}

export const headerLength = 20
export const magicCookie = 0x2112a442

/** RFC 8489 §5, §6.3: the whole packet, or StunError. Values are read later, by `read`. */
export function decode(packet: Uint8Array): Message {
  const view = new DataView(packet.buffer, packet.byteOffset, packet.byteLength)
  checkHeader(view)
  const type = view.getUint16(0)
  const all = splitAttributes(packet, view)
  checkFingerprint(packet, all)
  return {
    kind: kinds[((type >> 7) & 2) | ((type >> 4) & 1)]!,
    method: (type & 0xf) | ((type >> 1) & 0x70) | ((type >> 2) & 0xf80),
    transaction: packet.subarray(8, headerLength),
    packet,
    attributes: believable(all),
  }
}

function checkHeader(view: DataView): void {
  if (view.byteLength < headerLength) throw new StunError('header', `${view.byteLength} bytes`)
  if (view.getUint16(0) & 0xc000) throw new StunError('header', 'the first two bits are not zero')
  if (view.getUint32(4) !== magicCookie) throw new StunError('header', 'no magic cookie')
  const length = view.getUint16(2)
  if (length % 4 !== 0 || length + headerLength !== view.byteLength) throw new StunError('header', `length ${length}`)
}

function splitAttributes(packet: Uint8Array, view: DataView): RawAttribute[] {
  const found: RawAttribute[] = []
  for (let offset = headerLength; offset < packet.length; ) {
    const type = view.getUint16(offset)
    const start = offset + 4
    const end = start + view.getUint16(offset + 2)
    if (end > packet.length) throw new StunError('attribute', `0x${type.toString(16)} is longer than its packet`)
    found.push({ type, offset, value: packet.subarray(start, end) })
    offset = (end + 3) & ~3
  }
  return found
}

/** RFC 8489 §14.5, §14.6, §14.7: what a stranger may append to somebody's signed message is not looked at. */
function believable(all: readonly RawAttribute[]): RawAttribute[] {
  const sha1 = attributes.messageIntegrity[0]
  const sha256 = attributes.messageIntegritySha256[0]
  const fingerprint = attributes.fingerprint[0]
  let closed = false
  let sealed = false
  return all.filter(({ type }) => {
    const kept = !closed || type === fingerprint || (type === sha256 && !sealed)
    closed ||= type === sha1 || type === sha256
    sealed ||= type === sha256
    return kept
  })
}

export const find = (message: Message, name: AttributeName): RawAttribute | undefined =>
  message.attributes.find(({ type }) => type === attributes[name][0])

export const has = (message: Message, name: AttributeName): boolean => find(message, name) !== undefined

/** The first of its name, as RFC 8489 §14 wants of duplicates. Throws StunError when it is malformed. */
export function read<Name extends AttributeName>(message: Message, name: Name): Values[Name] | undefined {
  const raw = find(message, name)
  return raw && valueOf(name, raw, message)
}

export function readAll<Name extends AttributeName>(message: Message, name: Name): Values[Name][] {
  return message.attributes.filter(({ type }) => type === attributes[name][0]).map((raw) => valueOf(name, raw, message))
}

function valueOf<Name extends AttributeName>(name: Name, raw: RawAttribute, message: Message): Values[Name] {
  const codec = attributes[name][1] as Codec<Values[Name]>
  return codec.decode(raw.value, message.transaction)
}

/** RFC 8489 §6.3.1: comprehension-required types that we do not know, for a 420. */
export const unknownRequired = (message: Message): number[] =>
  message.attributes.map(({ type }) => type).filter((type) => type < 0x8000 && !knownTypes.has(type))
