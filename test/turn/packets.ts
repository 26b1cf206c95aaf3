import { createHash } from 'node:crypto'
import { attributes, type Attribute } from '../../turn/stun/attributes.ts'
import { encode } from '../../turn/stun/encode.ts'
import { hmacOf, longTermKey, type Seal } from '../../turn/stun/integrity.ts'
import { methods, read, type Message } from '../../turn/stun/message.ts'

export type Method = keyof typeof methods

/** How a request is sealed, where it is not as usual. */
export interface Manner {
  readonly transaction?: Uint8Array
  readonly username?: string
  readonly credential?: string
  readonly realm?: string
  readonly nonce?: string
  readonly fingerprint?: boolean
  readonly seal?: Seal
  /** Attributes that our own table does not have. */
  readonly more?: readonly (readonly [type: number, value: Uint8Array])[]
}

type Claims = Manner & { readonly username: string; readonly credential: string; readonly nonce: string }

let asked = 0
export const newTransaction = (): Uint8Array => createHash('sha1').update(`transaction ${asked++}`).digest().subarray(0, 12)

export const keyOf = ({ username, credential, realm = 'test' }: Claims): Uint8Array => longTermKey(username, realm, credential)

/** A request with long-term credentials (RFC 8489 §9.2.3). */
export function sealedRequest(method: Method, values: readonly Attribute[], claims: Claims): Uint8Array {
  const { transaction = newTransaction(), username, realm = 'test', nonce, fingerprint = false, seal = 'messageIntegrity', more = [] } = claims
  const header = { kind: 'request', method: methods[method], transaction } as const
  const named: Attribute[] = [...values, ['username', username], ['realm', realm], ['nonce', nonce]]
  const key = keyOf(claims)
  if (more.length === 0) return encode(header, named, { seal, key, fingerprint })
  const open = more.reduce((packet, [type, value]) => withMore(packet, type, value), encode(header, named))
  return withMore(open, attributes[seal][0], hmacOf(seal, key, open, open.length))
}

export const plainRequest = (method: Method, values: readonly Attribute[] = [], fingerprint = false): Uint8Array =>
  encode({ kind: 'request', method: methods[method], transaction: newTransaction() }, values, { fingerprint })

export const sendIndication = (values: readonly Attribute[]): Uint8Array =>
  encode({ kind: 'indication', method: methods.send, transaction: newTransaction() }, values)

/** @param claimed the length that it says */
export const channelData = (channel: number, data: Uint8Array, claimed = data.length): Uint8Array =>
  Buffer.concat([Uint8Array.of(channel >> 8, channel, claimed >> 8, claimed), data])

/** The packet with one attribute more, behind all others: whatever was sealed or summed up before does not cover it. */
export function withMore(packet: Uint8Array, type: number, value: Uint8Array): Uint8Array {
  const longer = Buffer.concat([packet, Uint8Array.of(type >> 8, type, value.length >> 8, value.length), value, Buffer.alloc(-value.length & 3)])
  longer.writeUInt16BE(longer.length - 20, 2)
  return longer
}

export const codeOf = (message: Message): number | undefined => read(message, 'errorCode')?.code

/** `success`, or the code, or `silence`. */
export const outcome = (message: Message | undefined): 'success' | 'silence' | number =>
  message ? (codeOf(message) ?? 'success') : 'silence'
