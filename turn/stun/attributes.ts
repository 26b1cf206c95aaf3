import { passwordAlgorithm, passwordAlgorithms } from './algorithms.ts'
import { paddedUint8, highBit, opaque, utf8Text, uint32, paddedUint16, uint16List, type Codec } from './codec.ts'
import { addressErrorCode, errorCode, xorAddress } from './addressCodecs.ts'

/**
 * The known attributes (RFC 8489 §18.3, RFC 8656 §18). Absent by intent: RFC 6062, RFC 5780 and mobility. Types below 0x8000 are comprehension-required (420); others may be ignored.
 */
export const attributes = {
  username: [0x0006, utf8Text('username', 508)],
  messageIntegrity: [0x0008, opaque('messageIntegrity', 20)],
  errorCode: [0x0009, errorCode],
  unknownAttributes: [0x000a, uint16List],
  channelNumber: [0x000c, paddedUint16('channelNumber')],
  lifetime: [0x000d, uint32('lifetime')],
  xorPeerAddress: [0x0012, xorAddress],
  data: [0x0013, opaque('data', 0, 65535)],
  realm: [0x0014, utf8Text('realm', 763)],
  nonce: [0x0015, utf8Text('nonce', 763)],
  xorRelayedAddress: [0x0016, xorAddress],
  requestedAddressFamily: [0x0017, paddedUint8('requestedAddressFamily')],
  evenPort: [0x0018, highBit('evenPort')],
  requestedTransport: [0x0019, paddedUint8('requestedTransport')],
  dontFragment: [0x001a, opaque('dontFragment', 0)],
  messageIntegritySha256: [0x001c, opaque('messageIntegritySha256', 16, 32)],
  passwordAlgorithm: [0x001d, passwordAlgorithm],
  userHash: [0x001e, opaque('userHash', 32)],
  xorMappedAddress: [0x0020, xorAddress],
  reservationToken: [0x0022, opaque('reservationToken', 8)],
  additionalAddressFamily: [0x8000, paddedUint8('additionalAddressFamily')],
  addressErrorCode: [0x8001, addressErrorCode],
  passwordAlgorithms: [0x8002, passwordAlgorithms],
  fingerprint: [0x8028, uint32('fingerprint')],
} as const satisfies Record<string, readonly [type: number, codec: Codec<unknown>]>

/** A key of `attributes`. */
export type AttributeName = keyof typeof attributes

type ValueOf<Row> = Row extends readonly [number, Codec<infer T>] ? T : never
/** The decoded value of each attribute. */
export type AttributeValues = { [Name in AttributeName]: ValueOf<(typeof attributes)[Name]> }

/** A name and a value to encode. */
export type Attribute = { [Name in AttributeName]: readonly [name: Name, value: AttributeValues[Name]] }[AttributeName]

/** The numeric types of `attributes`. */
export const knownAttributeTypes: ReadonlySet<number> = new Set(Object.values(attributes).map(([type]) => type))
