import { randomBytes } from 'node:crypto'
import type { Attribute } from '../stun/attributes.ts'
import { encode } from '../stun/encode.ts'
import { StunError } from '../stun/error.ts'
import { longTermKey } from '../stun/integrity.ts'
import type { Address } from '../stun/ip.ts'
import { decode, methods, read, type Message } from '../stun/message.ts'
import type { Wire } from './transport.ts'

export interface Login {
  readonly username: string
  readonly credential: string
}

/** The server answered with an error. */
export class ServerError extends Error {
  readonly code: number
  constructor(code: number, reason: string) {
    super(`${code} ${reason}`)
    this.code = code
  }
}

interface Waiting {
  resolve(message: Message): void
  reject(error: Error): void
}

/** One 5-tuple of a TURN client (RFC 8656 §4): as much as checking a server takes. */
export class Client {
  /** Given by whoever made it, once there is one. */
  wire: Wire | undefined
  onData: ((data: Uint8Array, from: Address) => void) | undefined
  readonly #login: Login | undefined
  readonly #patience: number
  readonly #waiting = new Map<string, Waiting>()
  #challenge: { readonly realm: string; readonly nonce: string } | undefined

  /** @param patience in milliseconds, for one answer */
  constructor(login: Login | undefined, patience: number) {
    this.#login = login
    this.#patience = patience
  }

  /** Rejects with ServerError, or with an Error in words when nothing came. */
  async request(method: keyof typeof methods, values: readonly Attribute[]): Promise<Message> {
    const first = await this.#transact(method, values)
    const code = read(first, 'errorCode')?.code
    const [realm, nonce] = [read(first, 'realm'), read(first, 'nonce')]
    const isChallenge = realm !== undefined && nonce !== undefined && (code === 438 || (code === 401 && !this.#challenge))
    if (!isChallenge || !this.#login) return accepted(first)
    this.#challenge = { realm, nonce }
    return accepted(await this.#transact(method, values))
  }

  /** RFC 8656 §11.1. */
  sendData(peer: Address, data: Uint8Array): void {
    const header = { kind: 'indication', method: methods.send, transaction: randomBytes(12) } as const
    this.wire?.send(encode(header, [['xorPeerAddress', peer], ['data', data]]))
  }

  receive(packet: Uint8Array): void {
    const message = decodeOrNothing(packet)
    if (message?.kind === 'indication') return this.#receiveData(message)
    if (message) this.#waiting.get(Buffer.from(message.transaction).toString('hex'))?.resolve(message)
  }

  fail(error: Error): void {
    for (const { reject } of this.#waiting.values()) reject(error)
  }

  /** What still waits is rejected, and nothing is sent again. */
  close(): void {
    this.fail(new Error('closed'))
    this.wire?.close()
    this.wire = undefined
  }

  #receiveData(message: Message): void {
    const [peer, data] = [read(message, 'xorPeerAddress'), read(message, 'data')]
    if (message.method === methods.data && peer && data) this.onData?.(data, peer)
  }

  /** RFC 8489 §6.2.1: sent again after 250 ms, 500 ms … where packets may get lost. */
  #transact(method: keyof typeof methods, values: readonly Attribute[]): Promise<Message> {
    const transaction = randomBytes(12)
    const packet = this.#seal({ kind: 'request', method: methods[method], transaction }, values)
    const key = transaction.toString('hex')
    let again: NodeJS.Timeout | undefined
    let deadline: NodeJS.Timeout | undefined
    const send = (wait: number): void => {
      this.wire?.send(packet)
      if (this.wire?.isReliable === false) again = setTimeout(send, wait, wait * 2)
    }
    return new Promise<Message>((resolve, reject) => {
      this.#waiting.set(key, { resolve, reject })
      deadline = setTimeout(() => reject(new Error(`no answer in ${this.#patience / 1000} s`)), this.#patience)
      send(250)
    }).finally(() => {
      clearTimeout(again)
      clearTimeout(deadline)
      this.#waiting.delete(key)
    })
  }

  #seal(header: { kind: 'request'; method: number; transaction: Uint8Array }, values: readonly Attribute[]): Uint8Array {
    if (!this.#challenge || !this.#login) return encode(header, values, { fingerprint: true })
    const { realm, nonce } = this.#challenge
    const { username, credential } = this.#login
    const claims: Attribute[] = [['username', username], ['realm', realm], ['nonce', nonce]]
    const key = longTermKey(username, realm, credential)
    return encode(header, [...values, ...claims], { seal: 'messageIntegrity', key, fingerprint: true })
  }
}

function accepted(message: Message): Message {
  const error = read(message, 'errorCode')
  if (error) throw new ServerError(error.code, error.reason)
  return message
}

function decodeOrNothing(packet: Uint8Array): Message | undefined {
  try {
    return decode(packet)
  } catch (error) {
    if (error instanceof StunError) return undefined
    throw error
  }
}
