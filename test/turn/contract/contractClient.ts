import { openTransport, type PacketTransport } from '../../../turn/client/transport.ts'
import { channelHeaderBytes, readDataLength, isChannelData } from '../../../turn/core/channelData.ts'
import type { Attribute } from '../../../turn/stun/attributes.ts'
import { hasValidIntegrity } from '../../../turn/stun/integrity.ts'
import type { Address } from '../../../turn/stun/ip.ts'
import { decode, find, read, type Message } from '../../../turn/stun/message.ts'
import { createCredentials } from '../turnFixture.ts'
import {
  channelData,
  readErrorCode,
  integrityKey,
  outcome,
  unauthenticatedRequest,
  authenticatedRequest,
  sendIndication,
  type RequestOptions,
  type Method,
} from '../packets.ts'
import { AsyncQueue } from './asyncQueue.ts'
import type { RunningServer } from './serverUnderTest.ts'

/** Data from a peer, with its channel or its address. */
type ReceivedData = readonly [from: number | Address, text: string]

/** A client with its own 5-tuple, which can also break the protocol. */
export class ContractClient {
  readonly credentials: { username: string; credential: string }
  #transport!: PacketTransport
  #nonce: string | undefined
  readonly #pending = new Map<string, (message: Message) => void>()
  readonly #queue = new AsyncQueue<ReceivedData>()

  private constructor(credentials: { username: string; credential: string }) {
    this.credentials = credentials
  }

  static async open(
    { ip, port, credentialSeconds, clients }: RunningServer,
    { transport = 'udp', name = 'anna', host = ip }: { transport?: 'udp' | 'tcp'; name?: string; host?: string } = {},
  ): Promise<ContractClient> {
    const client = new ContractClient(createCredentials(name, credentialSeconds))
    const listener = { onPacket: (packet: Buffer) => client.#handlePacket(packet), onError: () => {} }
    client.#transport = await openTransport({ transport, isTurn: true, host, port }, host, listener, {
      signal: AbortSignal.timeout(5000),
    })
    clients.push(client)
    return client
  }

  /** A request with credentials. A success response must have a valid MESSAGE-INTEGRITY. */
  async request(method: Method, values: readonly Attribute[] = [], options: RequestOptions = {}): Promise<Message> {
    const claims = { ...this.credentials, nonce: await this.nonce(), ...options }
    const answer = await this.exchange(authenticatedRequest(method, values, claims))
    const code = readErrorCode(answer)
    if (code === undefined && !hasValidIntegrity(answer, options.integrity ?? 'messageIntegrity', integrityKey(claims)))
      throw new Error('the response has no valid MESSAGE-INTEGRITY')
    return answer
  }

  /** Returns the outcome of `ask`. */
  async requestOutcome(
    method: Method,
    values: readonly Attribute[] = [],
    options: RequestOptions = {},
  ): Promise<'success' | 'silence' | number> {
    return outcome(await this.request(method, values, options))
  }

  requestUnauthenticated(method: Method, values: readonly Attribute[] = [], fingerprint = false): Promise<Message> {
    return this.exchange(unauthenticatedRequest(method, values, fingerprint))
  }

  /** Allocates and returns the relayed address. */
  async allocate(...values: Attribute[]): Promise<Address> {
    const answer = await this.request('allocate', [['requestedTransport', 17], ...values])
    const relay = find(answer, 'xorRelayedAddress') && read(answer, 'xorRelayedAddress')
    if (!relay) throw new Error(`no allocation: ${readErrorCode(answer)}`)
    return relay
  }

  /** Sends a packet and returns its response. */
  exchange(packet: Uint8Array): Promise<Message> {
    return new Promise((resolve) => {
      this.#pending.set(transactionKey(packet), resolve)
      this.#transport.send(packet)
    })
  }

  /** Returns the outcome of a packet. It is `silence` if a later Binding is answered first. */
  exchangeOutcome(packet: Uint8Array): Promise<'success' | 'silence' | number> {
    return Promise.race([
      this.exchange(packet).then(outcome),
      this.requestUnauthenticated('binding').then(() => 'silence' as const),
    ])
  }

  send(packet: Uint8Array): void {
    this.#transport.send(packet)
  }

  sendTo(to: Address, text: string, ...more: Attribute[]): void {
    this.send(sendIndication([['xorPeerAddress', to], ['data', Buffer.from(text)], ...more]))
  }

  sendOnChannel(channel: number, text: string): void {
    const packet = channelData(channel, Buffer.from(text))
    // RFC 8656 §12.5.
    this.send(this.#transport.isReliable ? Buffer.concat([packet, Buffer.alloc(-packet.length & 3)]) : packet)
  }

  /** Returns the next data from a peer. */
  receive(): Promise<ReceivedData> {
    return this.#queue.next()
  }

  close(): void {
    this.#transport.close()
  }

  async nonce(): Promise<string> {
    return (this.#nonce ??= read(await this.requestUnauthenticated('allocate'), 'nonce')!)
  }

  #handlePacket(packet: Buffer): void {
    if (isChannelData(packet))
      return this.#queue.push([
        packet.readUInt16BE(0),
        packet.toString('utf8', channelHeaderBytes, channelHeaderBytes + readDataLength(packet)),
      ])
    const message = decode(packet)
    if (message.messageClass === 'indication')
      return this.#queue.push([read(message, 'xorPeerAddress')!, Buffer.from(read(message, 'data')!).toString()])
    this.#pending.get(transactionKey(packet))?.(message)
  }
}

const transactionKey = (packet: Uint8Array): string => Buffer.from(packet.subarray(8, 20)).toString('hex')
