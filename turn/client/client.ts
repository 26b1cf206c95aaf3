import { randomBytes } from 'node:crypto'
import type { Attribute } from '../stun/attributes.ts'
import { encode } from '../stun/encode.ts'
import { StunError } from '../stun/error.ts'
import { longTermKey } from '../stun/integrity.ts'
import type { Address } from '../stun/ip.ts'
import { decode, methods, read, type Message } from '../stun/message.ts'
import type { PacketTransport } from './transport.ts'

/** Long-term credentials, as in RTCIceServer. */
export interface TurnCredentials {
  readonly username: string
  readonly credential: string
}

/** The server sent an error response. */
export class TurnResponseError extends Error {
  readonly code: number
  /** @param reason from the server. The message replaces its control characters, which could be terminal escapes. */
  constructor(code: number, reason: string) {
    super(`${code} ${reason.replaceAll(/\p{C}/gu, '?')}`)
    this.code = code
  }
}

interface PendingTransaction {
  resolve(message: Message): void
  reject(error: Error): void
}

/** A minimal TURN client with one 5-tuple (RFC 8656 §4), for checking servers. */
export class TurnClient {
  /** Set by the caller once it is connected. */
  transport: PacketTransport | undefined
  onData: ((data: Uint8Array, from: Address) => void) | undefined
  readonly #credentials: TurnCredentials | undefined
  readonly #timeoutMs: number
  readonly #pending = new Map<string, PendingTransaction>()
  #challenge: { readonly realm: string; readonly nonce: string } | undefined

  /** @param timeoutMs timeout of one transaction */
  constructor(credentials: TurnCredentials | undefined, timeoutMs: number) {
    this.#credentials = credentials
    this.#timeoutMs = timeoutMs
  }

  /**
   * Sends a request, answers one challenge and returns the success response.
   * Rejects with TurnResponseError, or with a readable Error on timeout.
   */
  async request(method: keyof typeof methods, values: readonly Attribute[]): Promise<Message> {
    const first = await this.#transact(method, values)
    const code = read(first, 'errorCode')?.code
    const [realm, nonce] = [read(first, 'realm'), read(first, 'nonce')]
    const isChallenge =
      realm !== undefined && nonce !== undefined && (code === 438 || (code === 401 && !this.#challenge))
    if (!isChallenge || !this.#credentials) return assertSuccess(first)
    this.#challenge = { realm, nonce }
    return assertSuccess(await this.#transact(method, values))
  }

  /** Sends a Send indication (RFC 8656 §11.1). */
  sendData(peer: Address, data: Uint8Array): void {
    const header = { messageClass: 'indication', method: methods.send, transactionId: randomBytes(12) } as const
    this.transport?.send(
      encode(header, [
        ['xorPeerAddress', peer],
        ['data', data],
      ]),
    )
  }

  /** Handles a packet from the server. Ignores packets that are not STUN. */
  receive(packet: Uint8Array): void {
    const message = tryDecode(packet)
    if (message?.messageClass === 'indication') return this.#receiveData(message)
    if (message) this.#pending.get(Buffer.from(message.transactionId).toString('hex'))?.resolve(message)
  }

  /** Rejects all pending requests. */
  fail(error: Error): void {
    for (const { reject } of this.#pending.values()) reject(error)
  }

  /** Rejects all pending requests and closes the transport. May be called twice. */
  close(): void {
    this.fail(new Error('closed'))
    this.transport?.close()
    this.transport = undefined
  }

  #receiveData(message: Message): void {
    const [peer, data] = [read(message, 'xorPeerAddress'), read(message, 'data')]
    if (message.method === methods.data && peer && data) this.onData?.(data, peer)
  }

  /** RFC 8489 §6.2.1: retransmits after 250 ms, 500 ms … on unreliable transports. */
  #transact(method: keyof typeof methods, values: readonly Attribute[]): Promise<Message> {
    const transactionId = randomBytes(12)
    const packet = this.#encodeRequest({ messageClass: 'request', method: methods[method], transactionId }, values)
    const key = transactionId.toString('hex')
    let resendTimer: NodeJS.Timeout | undefined
    let timeoutTimer: NodeJS.Timeout | undefined
    const send = (delayMs: number): void => {
      this.transport?.send(packet)
      if (this.transport?.isReliable === false) resendTimer = setTimeout(send, delayMs, delayMs * 2)
    }
    return new Promise<Message>((resolve, reject) => {
      this.#pending.set(key, { resolve, reject })
      timeoutTimer = setTimeout(
        () => reject(new Error(`no response within ${this.#timeoutMs / 1000} s`)),
        this.#timeoutMs,
      )
      send(250)
    }).finally(() => {
      clearTimeout(resendTimer)
      clearTimeout(timeoutTimer)
      this.#pending.delete(key)
    })
  }

  #encodeRequest(
    header: { messageClass: 'request'; method: number; transactionId: Uint8Array },
    values: readonly Attribute[],
  ): Uint8Array {
    if (!this.#challenge || !this.#credentials) return encode(header, values, { hasFingerprint: true })
    const { realm, nonce } = this.#challenge
    const { username, credential } = this.#credentials
    const claims: Attribute[] = [
      ['username', username],
      ['realm', realm],
      ['nonce', nonce],
    ]
    const key = longTermKey(username, realm, credential)
    return encode(header, [...values, ...claims], { integrity: 'messageIntegrity', key, hasFingerprint: true })
  }
}

function assertSuccess(message: Message): Message {
  const error = read(message, 'errorCode')
  if (error) throw new TurnResponseError(error.code, error.reason)
  return message
}

function tryDecode(packet: Uint8Array): Message | undefined {
  try {
    return decode(packet)
  } catch (error) {
    if (error instanceof StunError) return undefined
    throw error
  }
}
