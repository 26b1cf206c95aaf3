import { createHash } from 'node:crypto'
import { attributes, type Attribute } from '../../turn/stun/attributes.ts'
import { encode } from '../../turn/stun/encode.ts'
import { computeIntegrity, longTermKey, type IntegrityAlgorithm } from '../../turn/stun/integrity.ts'
import { methods, read, type Message } from '../../turn/stun/message.ts'

export type Method = keyof typeof methods

/** Deviations from a valid request. */
export interface RequestOptions {
  readonly transactionId?: Uint8Array
  readonly username?: string
  readonly credential?: string
  readonly realm?: string
  readonly nonce?: string
  readonly hasFingerprint?: boolean
  readonly integrity?: IntegrityAlgorithm
  /** Attributes that `attributes` does not have. */
  readonly extraAttributes?: readonly (readonly [type: number, value: Uint8Array])[]
}

type CredentialOptions = RequestOptions & {
  readonly username: string
  readonly credential: string
  readonly nonce: string
}

let transactionCount = 0
export const createTransactionId = (): Uint8Array =>
  createHash('sha1').update(`transaction ${transactionCount++}`).digest().subarray(0, 12)

export const integrityKey = ({ username, credential, realm = 'test' }: CredentialOptions): Uint8Array =>
  longTermKey(username, realm, credential)

/** A request with long-term credentials (RFC 8489 §9.2.3). */
export function authenticatedRequest(
  method: Method,
  values: readonly Attribute[],
  options: CredentialOptions,
): Uint8Array {
  const {
    transactionId = createTransactionId(),
    username,
    realm = 'test',
    nonce,
    hasFingerprint = false,
    integrity = 'messageIntegrity',
    extraAttributes = [],
  } = options
  const header = { messageClass: 'request', method: methods[method], transactionId } as const
  const named: Attribute[] = [...values, ['username', username], ['realm', realm], ['nonce', nonce]]
  const key = integrityKey(options)
  if (extraAttributes.length === 0) return encode(header, named, { integrity, key, hasFingerprint })
  const open = extraAttributes.reduce(
    (packet, [type, value]) => appendAttribute(packet, type, value),
    encode(header, named),
  )
  return appendAttribute(open, attributes[integrity][0], computeIntegrity(integrity, key, open, open.length))
}

export const unauthenticatedRequest = (
  method: Method,
  values: readonly Attribute[] = [],
  hasFingerprint = false,
): Uint8Array =>
  encode({ messageClass: 'request', method: methods[method], transactionId: createTransactionId() }, values, {
    hasFingerprint,
  })

export const sendIndication = (values: readonly Attribute[]): Uint8Array =>
  encode({ messageClass: 'indication', method: methods.send, transactionId: createTransactionId() }, values)

/** @param claimedBytes the length in its header */
export const channelData = (channel: number, data: Uint8Array, claimedBytes = data.length): Uint8Array =>
  Buffer.concat([Uint8Array.of(channel >> 8, channel, claimedBytes >> 8, claimedBytes), data])

/** Appends one attribute, which an existing HMAC or fingerprint does not cover. */
export function appendAttribute(packet: Uint8Array, type: number, value: Uint8Array): Uint8Array {
  const longer = Buffer.concat([
    packet,
    Uint8Array.of(type >> 8, type, value.length >> 8, value.length),
    value,
    Buffer.alloc(-value.length & 3),
  ])
  longer.writeUInt16BE(longer.length - 20, 2)
  return longer
}

export const readErrorCode = (message: Message): number | undefined => read(message, 'errorCode')?.code

/** Returns `success`, the error code, or `silence`. */
export const outcome = (message: Message | undefined): 'success' | 'silence' | number =>
  message ? (readErrorCode(message) ?? 'success') : 'silence'
