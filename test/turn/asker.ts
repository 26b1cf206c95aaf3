import type { Path } from '../../turn/core/fiveTuple.ts'
import type { Attribute } from '../../turn/stun/attributes.ts'
import { isSealedWith } from '../../turn/stun/integrity.ts'
import type { Address } from '../../turn/stun/ip.ts'
import { decode, read, type Message } from '../../turn/stun/message.ts'
import type { Desk } from './desk.ts'
import { channelData, codeOf, keyOf, plainRequest, sealedRequest, sendIndication, type Manner, type Method } from './packets.ts'

export { codeOf, newTransaction, outcome } from './packets.ts'
export type { Manner, Method } from './packets.ts'

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
    const claims = { ...this.login, nonce: this.nonce(), ...manner }
    const answer = this.send(sealedRequest(method, values, claims))
    const isSealed = answer && isSealedWith(answer, 'messageIntegrity', keyOf(claims))
    const code = answer && codeOf(answer)
    if (answer && code !== 401 && code !== 438 && !isSealed) throw new Error('the answer is not sealed')
    return answer
  }

  /** One request without any. */
  askPlainly(method: Method, values: readonly Attribute[] = [], fingerprint = false): Message | undefined {
    return this.send(plainRequest(method, values, fingerprint))
  }

  indicate(values: readonly Attribute[]): void {
    this.send(sendIndication(values))
  }

  sendChannelData(channel: number, data: Uint8Array, claimed = data.length): void {
    this.send(channelData(channel, data, claimed))
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
