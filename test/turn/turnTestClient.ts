import type { FiveTuple } from '../../turn/core/fiveTuple.ts'
import type { Attribute } from '../../turn/stun/attributes.ts'
import { hasValidIntegrity } from '../../turn/stun/integrity.ts'
import type { Address } from '../../turn/stun/ip.ts'
import { decode, read, type Message } from '../../turn/stun/message.ts'
import type { CoreHarness } from './coreHarness.ts'
import {
  channelData,
  readErrorCode,
  integrityKey,
  unauthenticatedRequest,
  authenticatedRequest,
  sendIndication,
  type RequestOptions,
  type Method,
} from './packets.ts'

export { readErrorCode, createTransactionId, outcome } from './packets.ts'
export type { RequestOptions, Method } from './packets.ts'

/** A client of the core harness, with long-term credentials. */
export class TurnTestClient {
  readonly harness: CoreHarness
  readonly fiveTuple: FiveTuple
  credentials: { username: string; credential: string }
  #nonce: string | undefined

  constructor(harness: CoreHarness, fiveTuple: FiveTuple, credentials: { username: string; credential: string }) {
    this.harness = harness
    this.fiveTuple = fiveTuple
    this.credentials = credentials
  }

  /** Sends a request with credentials and returns its response, if any. */
  request(method: Method, values: readonly Attribute[] = [], options: RequestOptions = {}): Message | undefined {
    const claims = { ...this.credentials, nonce: this.nonce(), ...options }
    const answer = this.send(authenticatedRequest(method, values, claims))
    const hasIntegrity = answer && hasValidIntegrity(answer, 'messageIntegrity', integrityKey(claims))
    const code = answer && readErrorCode(answer)
    if (answer && code !== 401 && code !== 438 && !hasIntegrity)
      throw new Error('the response has no valid MESSAGE-INTEGRITY')
    return answer
  }

  /** Sends a request without credentials. */
  requestUnauthenticated(method: Method, values: readonly Attribute[] = [], fingerprint = false): Message | undefined {
    return this.send(unauthenticatedRequest(method, values, fingerprint))
  }

  sendIndication(values: readonly Attribute[]): void {
    this.send(sendIndication(values))
  }

  sendChannelData(channel: number, data: Uint8Array, claimed = data.length): void {
    this.send(channelData(channel, data, claimed))
  }

  /** Sends a packet and returns its decoded response. */
  send(packet: Uint8Array): Message | undefined {
    const before = this.harness.sent.length
    this.harness.receive(packet, this.fiveTuple)
    const answer = this.harness.sent.slice(before).find(({ to }) => to.key === this.fiveTuple.key)
    return answer && decode(answer.packet)
  }

  nonce(): string {
    return (this.#nonce ??= this.freshNonce())
  }

  freshNonce(): string {
    return (this.#nonce = read(this.requestUnauthenticated('allocate')!, 'nonce')!)
  }

  /** Allocates and returns the relayed address. */
  allocate(values: readonly Attribute[] = []): Address {
    const answer = this.request('allocate', [['requestedTransport', 17], ...values])
    const relay = answer && read(answer, 'xorRelayedAddress')
    if (!relay) throw new Error(`no allocation: ${answer && readErrorCode(answer)}`)
    return relay
  }
}
