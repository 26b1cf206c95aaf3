import { fromCallback } from 'xstate'
import type { ChannelMessage } from '../../machines/protocol/dataChannelMessages.ts'
import type { ExchangeFact, ExchangeOrder } from '../../machines/verification/verificationEvents.ts'
import type { Role } from '../../machines/protocol/messages.ts'
import type { Confidence } from '../webrtc/peerConnection.ts'
import { bytesOf, hash, textOf } from './bytes.ts'
import { ownFingerprint, theirCertificate, watchCertificates } from './certificates.ts'
import { codeOf, commitmentOf, type End, type Place } from './safetyCode.ts'

export interface Talk extends Confidence { room: string; role: Role }

/** What both ends put in, as far as one knows it before the other's nonce. */
interface Known { own: End; commitment: string; theirs: End['fingerprint'] }

const otherRole: Record<Role, Role> = { impolite: 'polite', polite: 'impolite' }

/** The actor `exchange` of machines/verification/verificationMachine.ts: the sums of one exchange, and what is said in it. */
export const exchangeActor = (talkOf: (connection: string) => Talk | undefined) =>
  fromCallback<ExchangeOrder, { connection: string }, ExchangeFact>(({ input, receive, sendBack }) => {
    const talk = talkOf(input.connection)
    if (!talk) return sendBack({ type: 'exchange.broke' })
    const exchange = new Exchange(talk, sendBack)
    receive((order) => exchange.obey(order))
    return () => exchange.close()
  })

class Exchange {
  readonly #talk: Talk
  readonly #place: Place
  readonly #report: (fact: ExchangeFact) => void
  readonly #stops: (() => void)[] = []
  #isOver = false
  readonly #known: Promise<Known>

  constructor(talk: Talk, report: (fact: ExchangeFact) => void) {
    this.#talk = talk
    this.#place = { room: talk.room, connection: talk.connection }
    this.#report = (fact) => { if (!this.#isOver) report(fact) }
    this.#stops.push(talk.channel.watch((message) => this.#hear(message)))
    this.#known = this.#prepare()
    this.#attempt(async () => {
      await this.#known
      this.#report({ type: 'commitment.made' })
    })
  }

  obey(order: ExchangeOrder): void {
    this.#attempt(() => this.#carryOut(order))
  }

  close(): void {
    this.#isOver = true
    for (const stop of this.#stops) stop()
  }

  #attempt(work: () => Promise<void>): void {
    work().catch(() => this.#report({ type: 'exchange.broke' }))
  }

  async #prepare(): Promise<Known> {
    const { pc, certificate, role } = this.#talk
    const first = theirCertificate(pc)
    this.#stops.push(watchCertificates(pc, first, () => this.#report({ type: 'certificate.changed' })))
    const own = { fingerprint: ownFingerprint(certificate), nonce: crypto.getRandomValues(new Uint8Array(32)) }
    return { own, commitment: await commitmentOf(this.#place, role, own), theirs: await hash(first) }
  }

  #hear(message: ChannelMessage): void {
    if (message.type === 'commit') this.#read(message.commitment, (commitment) => ({ type: 'peer.committed', commitment }))
    if (message.type === 'reveal') this.#read(message.nonce, (nonce) => ({ type: 'peer.revealed', nonce }))
  }

  #read(text: string, fact: (text: string) => ExchangeFact): void {
    this.#report(bytesOf(text) ? fact(text) : { type: 'peer.garbled' })
  }

  async #carryOut(order: ExchangeOrder): Promise<void> {
    const known = await this.#known
    const { channel } = this.#talk
    if (this.#isOver) return
    if (order.type === 'commit') channel.say({ type: 'commit', commitment: known.commitment })
    else if (order.type === 'reveal') channel.say({ type: 'reveal', nonce: textOf(known.own.nonce) })
    else await this.#check(known, order)
  }

  /** Their commitment is made anew from what this end sees: their certificate, and the role that is not ours. */
  async #check({ own, theirs: fingerprint }: Known, { commitment, nonce: text }: Extract<ExchangeOrder, { type: 'check' }>): Promise<void> {
    const { role } = this.#talk
    const nonce = bytesOf(text)
    const theirs = nonce && { fingerprint, nonce }
    const isProven = theirs && await commitmentOf(this.#place, otherRole[role], theirs) === commitment
    if (!isProven) return this.#report({ type: 'proof.failed' })
    const ends = role === 'polite' ? { polite: own, impolite: theirs } : { polite: theirs, impolite: own }
    this.#report({ type: 'code.derived', code: await codeOf(this.#place, ends) })
  }
}
