import fc from 'fast-check'
import { attributes, type Attribute, type AttributeName } from '../../turn/stun/attributes.ts'
import { messageClasses } from '../../turn/stun/message.ts'

const port = fc.integer({ min: 0, max: 65535 })
const address = fc.record({
  ip: fc.oneof(fc.ipV4(), fc.constantFrom('::', '::1', '2001:db8::1', 'fe80::1:0:0:2', '::ffff:10.0.0.1', '1::')),
  port,
})
export const bytes = fc.integer({ min: 0, max: 255 })
const failure = { code: fc.integer({ min: 300, max: 699 }), reason: fc.string({ maxLength: 100 }) }
const passwordAlgorithm = fc.record({ id: port, parameters: fc.uint8Array({ maxLength: 9 }) })
const values = {
  passwordAlgorithm,
  passwordAlgorithms: fc.array(passwordAlgorithm, { maxLength: 3 }),
  userHash: fc.uint8Array({ minLength: 32, maxLength: 32 }),
  username: fc.string({ maxLength: 100, unit: 'grapheme' }),
  realm: fc.string({ maxLength: 100 }),
  nonce: fc.string({ maxLength: 100 }),
  messageIntegrity: fc.uint8Array({ minLength: 20, maxLength: 20 }),
  messageIntegritySha256: fc.uint8Array({ minLength: 32, maxLength: 32 }),
  errorCode: fc.record(failure),
  addressErrorCode: fc.record({ ...failure, family: fc.constantFrom(1, 2) }),
  unknownAttributes: fc.array(port, { maxLength: 9 }),
  channelNumber: port,
  lifetime: fc.integer({ min: 0, max: 0xffffffff }),
  xorPeerAddress: address,
  xorRelayedAddress: address,
  xorMappedAddress: address,
  data: fc.uint8Array({ maxLength: 1500 }),
  requestedAddressFamily: bytes,
  additionalAddressFamily: bytes,
  requestedTransport: bytes,
  evenPort: fc.boolean(),
  dontFragment: fc.constant(new Uint8Array()),
  reservationToken: fc.uint8Array({ minLength: 8, maxLength: 8 }),
  fingerprint: fc.integer({ min: 0, max: 0xffffffff }),
} satisfies Record<AttributeName, fc.Arbitrary<unknown>>

const computed = new Set<AttributeName>(['fingerprint', 'messageIntegrity', 'messageIntegritySha256'])
/** Attributes that a message may carry anywhere. `encode` computes the others. */
export const encodableNames = (Object.keys(attributes) as AttributeName[]).filter((name) => !computed.has(name))
const attribute = fc
  .constantFrom(...encodableNames)
  .chain((name) => fc.tuple(fc.constant(name), values[name] as fc.Arbitrary<never>)) as fc.Arbitrary<Attribute>
/** Messages of every class, with any attributes, with or without integrity. */
export const messages = fc.record({
  header: fc.record({
    messageClass: fc.constantFrom(...messageClasses),
    method: fc.integer({ min: 0, max: 0xfff }),
    transactionId: fc.uint8Array({ minLength: 12, maxLength: 12 }),
  }),
  rows: fc.uniqueArray(attribute, { selector: ([name]) => name, maxLength: 6 }),
  options: fc.record({
    integrity: fc.constantFrom('messageIntegrity' as const, 'messageIntegritySha256' as const, undefined),
    key: fc.uint8Array(),
    hasFingerprint: fc.boolean(),
  }),
})
