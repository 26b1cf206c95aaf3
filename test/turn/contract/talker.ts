import { openWire, type Wire } from '../../../turn/client/transport.ts'
import { channelHeaderLength, dataLengthOf, isChannelData } from '../../../turn/core/channelData.ts'
import type { Attribute } from '../../../turn/stun/attributes.ts'
import { isSealedWith } from '../../../turn/stun/integrity.ts'
import type { Address } from '../../../turn/stun/ip.ts'
import { decode, find, read, type Message } from '../../../turn/stun/message.ts'
import { login } from '../line.ts'
import { channelData, codeOf, keyOf, outcome, plainRequest, sealedRequest, sendIndication, type Manner, type Method } from '../packets.ts'
import { Inbox } from './inbox.ts'
import type { Running } from './subject.ts'

/** What came from a peer: by which channel, or from whom. */
type Came = readonly [from: number | Address, text: string]

/** A 5-tuple of its own at a server elsewhere, that can do what no good client does. */
export class Talker {
  readonly login: { username: string; credential: string }
  #wire!: Wire
  #nonce: string | undefined
  readonly #waiting = new Map<string, (message: Message) => void>()
  readonly #inbox = new Inbox<Came>()

  private constructor(credentials: { username: string; credential: string }) {
    this.login = credentials
  }

  static async at({ ip, port, seconds, clients }: Running, { transport = 'udp', name = 'anna', host = ip }: { transport?: 'udp' | 'tcp'; name?: string; host?: string } = {}): Promise<Talker> {
    const talker = new Talker(login(name, seconds))
    const listener = { packet: (packet: Buffer) => talker.#receive(packet), failed: () => {} }
    talker.#wire = await openWire({ transport, isTurn: true, host, port }, host, listener, AbortSignal.timeout(5000))
    clients.push(talker)
    return talker
  }

  /** A request with credentials; every answer to one who is known must be sealed. */
  async ask(method: Method, values: readonly Attribute[] = [], manner: Manner = {}): Promise<Message> {
    const claims = { ...this.login, nonce: await this.nonce(), ...manner }
    const answer = await this.exchange(sealedRequest(method, values, claims))
    const code = codeOf(answer)
    if (code === undefined && !isSealedWith(answer, manner.seal ?? 'messageIntegrity', keyOf(claims))) throw new Error('the answer is not sealed')
    return answer
  }

  /** What `ask` came to. */
  async try(method: Method, values: readonly Attribute[] = [], manner: Manner = {}): Promise<'success' | 'silence' | number> {
    return outcome(await this.ask(method, values, manner))
  }

  askPlainly(method: Method, values: readonly Attribute[] = [], fingerprint = false): Promise<Message> {
    return this.exchange(plainRequest(method, values, fingerprint))
  }

  /** Allocates, and tells the relayed address. */
  async allocate(...values: Attribute[]): Promise<Address> {
    const answer = await this.ask('allocate', [['requestedTransport', 17], ...values])
    const relay = find(answer, 'xorRelayedAddress') && read(answer, 'xorRelayedAddress')
    if (!relay) throw new Error(`no allocation: ${codeOf(answer)}`)
    return relay
  }

  /** The answer to a packet that was made somewhere. */
  exchange(packet: Uint8Array): Promise<Message> {
    return new Promise((resolve) => {
      this.#waiting.set(transactionOf(packet), resolve)
      this.#wire.send(packet)
    })
  }

  /** What comes of a packet that may have no answer: `silence` if a Binding behind it is answered before. */
  answerTo(packet: Uint8Array): Promise<'success' | 'silence' | number> {
    return Promise.race([this.exchange(packet).then(outcome), this.askPlainly('binding').then(() => 'silence' as const)])
  }

  send(packet: Uint8Array): void {
    this.#wire.send(packet)
  }

  say(to: Address, text: string, ...more: Attribute[]): void {
    this.send(sendIndication([['xorPeerAddress', to], ['data', Buffer.from(text)], ...more]))
  }

  sayOn(channel: number, text: string): void {
    const packet = channelData(channel, Buffer.from(text))
    // RFC 8656 §12.5.
    this.send(this.#wire.isReliable ? Buffer.concat([packet, Buffer.alloc(-packet.length & 3)]) : packet)
  }

  /** The next that came from a peer. */
  hear(): Promise<Came> {
    return this.#inbox.next()
  }

  close(): void {
    this.#wire.close()
  }

  async nonce(): Promise<string> {
    return (this.#nonce ??= read(await this.askPlainly('allocate'), 'nonce')!)
  }

  #receive(packet: Buffer): void {
    if (isChannelData(packet)) return this.#inbox.put([packet.readUInt16BE(0), packet.toString('utf8', channelHeaderLength, channelHeaderLength + dataLengthOf(packet))])
    const message = decode(packet)
    if (message.kind === 'indication') return this.#inbox.put([read(message, 'xorPeerAddress')!, Buffer.from(read(message, 'data')!).toString()])
    this.#waiting.get(transactionOf(packet))?.(message)
  }
}

const transactionOf = (packet: Uint8Array): string => Buffer.from(packet.subarray(8, 20)).toString('hex')
