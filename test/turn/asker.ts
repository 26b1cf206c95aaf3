import { createHash } from 'node:crypto'
import type { Path } from '../../turn/core/path.ts'
import type { Attribute } from '../../turn/stun/attributes.ts'
import { encode } from '../../turn/stun/encode.ts'
import { isSealedWith, longTermKey } from '../../turn/stun/integrity.ts'
import type { Address } from '../../turn/stun/ip.ts'
import { decode, methods, read, type Message } from '../../turn/stun/message.ts'
import type { Desk } from './desk.ts'

export type Method = keyof typeof methods

export interface Manner {
  readonly transaction?: Uint8Array
  readonly username?: string
  readonly credential?: string
  readonly realm?: string
  readonly nonce?: string
  readonly fingerprint?: boolean
}

let asked = 0
export const newTransaction = (): Uint8Array => createHash('sha1').update(`transaction ${asked++}`).digest().subarray(0, 12)

/** A client at the desk, who knows how to log in. */
export class Asker {
  readonly desk: Desk
  readonly path: Path
  login: { username: string; credential: string }
  #nonce: string | undefined

  constructor(desk: Desk, path: Path, login: { username: string; credential: string }) {
    this.desk = desk
    this.path = path
    this.login = login
  }

  /** One request with credentials; what came back, if anything. */
  ask(method: Method, values: readonly Attribute[] = [], manner: Manner = {}): Message | undefined {
    const { username, credential, nonce, ...rest } = { ...this.login, nonce: this.nonce(), ...manner }
    const named = manner.realm ?? 'test'
    const claims: Attribute[] = [['username', username], ['realm', named], ['nonce', nonce]]
    const key = longTermKey(username, named, credential)
    const header = { kind: 'request', method: methods[method], transaction: rest.transaction ?? newTransaction() } as const
    const answer = this.send(encode(header, [...values, ...claims], { seal: 'messageIntegrity', key, fingerprint: rest.fingerprint ?? false }))
    const isSealed = answer && isSealedWith(answer, 'messageIntegrity', key)
    const code = answer && codeOf(answer)
    if (answer && code !== 401 && code !== 438 && !isSealed) throw new Error('the answer is not sealed')
    return answer
  }

  /** One request without any. */
  askPlainly(method: Method, values: readonly Attribute[] = [], fingerprint = false): Message | undefined {
    return this.send(encode({ kind: 'request', method: methods[method], transaction: newTransaction() }, values, { fingerprint }))
  }

  indicate(values: readonly Attribute[]): void {
    this.send(encode({ kind: 'indication', method: methods.send, transaction: newTransaction() }, values))
  }

  sendChannelData(channel: number, data: Uint8Array, claimed = data.length): void {
    this.send(Buffer.concat([Uint8Array.of(channel >> 8, channel, claimed >> 8, claimed), data]))
  }

  /** The answer that this packet drew, decoded. */
  send(packet: Uint8Array): Message | undefined {
    const before = this.desk.sent.length
    this.desk.receive(packet, this.path)
    const answer = this.desk.sent.slice(before).find(({ to }) => to.key === this.path.key)
    return answer && decode(answer.packet)
  }

  nonce(): string {
    return (this.#nonce ??= this.freshNonce())
  }

  freshNonce(): string {
    return (this.#nonce = read(this.askPlainly('allocate')!, 'nonce')!)
  }

  /** Allocates, and tells the relayed address. */
  allocate(values: readonly Attribute[] = []): Address {
    const answer = this.ask('allocate', [['requestedTransport', 17], ...values])
    const relay = answer && read(answer, 'xorRelayedAddress')
    if (!relay) throw new Error(`no allocation: ${answer && codeOf(answer)}`)
    return relay
  }
}

export const codeOf = (message: Message): number | undefined => read(message, 'errorCode')?.code

/** `success`, or the code, or `silence`. */
export const outcome = (message: Message | undefined): 'success' | 'silence' | number =>
  message ? (codeOf(message) ?? 'success') : 'silence'
