import type { ConnectionFact, ConnectionOrder } from '../../machines/call/callEvents.ts'
import { ufragOf } from '../../machines/protocol/iceCandidate.ts'
import { take } from './iceCandidates.ts'
import { type DtlsEnd, endIn, otherEnd, withEnd } from './dtlsRole.ts'
import type { IceSource } from './iceServerCache.ts'
import { expectSameEnd } from './remoteFingerprint.ts'
import type { Path } from './connectionMonitor.ts'
import type { Senders } from './senders.ts'

interface NegotiatorParts {
  pc: RTCPeerConnection
  senders: Senders
  path: Path
  ice: IceSource
  connection: string
  report(fact: ConnectionFact): void
  /** Writes a line into the trace. */
  note(event: 'candidate.refused'): void
}

type Order<T extends ConnectionOrder['type']> = Extract<ConnectionOrder, { type: T }>

/** What the two sides agree on, description by description (JSEP, RFC 8829). */
export class Negotiator {
  readonly #parts: NegotiatorParts
  /** A change that only a negotiation can tell, and none has yet. */
  #isNeeded = false
  /** Ours, since the first answer. */
  #end: DtlsEnd | null = null

  constructor(parts: NegotiatorParts) {
    this.#parts = parts
    parts.pc.addEventListener('negotiationneeded', () => this.#need())
  }

  async carryOut(order: ConnectionOrder): Promise<void> {
    if (order.type === 'make.offer') await this.#makeOffer(order)
    else if (order.type === 'take.offer') await this.#takeOffer(order)
    else if (order.type === 'take.answer') await this.#takeAnswer(order)
    else if (order.type === 'take.candidate') await take(this.#parts.pc, order.candidate, () => this.#parts.note('candidate.refused'))
  }

  /** Sends what there is to send now. An offer that nobody has answered tells it no more as it is. */
  async fill(): Promise<void> {
    const { pc, senders, report } = this.#parts
    if (!await senders.fill()) return
    if (pc.signalingState === 'have-local-offer' && !pc.currentLocalDescription) report({ type: 'offer.aged' })
  }

  /** The call may have had no ear for it before there was a path. */
  repeatNeed(): void {
    if (this.#isNeeded) this.#parts.report({ type: 'negotiation.needed' })
  }

  async #makeOffer({ negotiation, restart }: Order<'make.offer'>): Promise<void> {
    const { pc, senders, report } = this.#parts
    senders.create()
    await senders.fill()
    if (restart) await this.#renew()
    if (pc.signalingState === 'closed') return
    this.#isNeeded = false
    // `restartIce` would say that a negotiation is needed, which is this one.
    await pc.setLocalDescription(await pc.createOffer({ iceRestart: restart }))
    report({ type: 'offer.made', ...this.#description(negotiation) })
  }

  /**
   * Where an offer of our own is open, taking theirs rolls it back (RFC 8829 §4.1.10.2). After that Chromium (156) shows nothing any
   * more of what arrives on a connection that was in use: a new one takes its place.
   */
  async #takeOffer({ negotiation, sdp }: Order<'take.offer'>): Promise<void> {
    const { pc, senders, report } = this.#parts
    const before = pc.currentRemoteDescription
    expectSameEnd(before?.sdp, sdp)
    if (before && pc.signalingState === 'have-local-offer') throw new Error('offers have crossed on a connection in use')
    if (before && ufragOf(before.sdp) !== ufragOf(sdp)) await this.#renew()
    if (pc.signalingState === 'closed') return
    await pc.setRemoteDescription({ type: 'offer', sdp })
    await senders.fill()
    if (!before) await senders.startSmall()
    this.#isNeeded = false
    await pc.setLocalDescription(await pc.createAnswer())
    const answer = this.#description(negotiation)
    this.#end ??= endIn(answer.sdp)
    report({ type: 'answer.made', ...answer, sdp: this.#end ? withEnd(answer.sdp, this.#end) : answer.sdp })
  }

  async #takeAnswer({ sdp }: Order<'take.answer'>): Promise<void> {
    const { pc } = this.#parts
    if (pc.signalingState !== 'have-local-offer') return
    expectSameEnd(pc.currentRemoteDescription?.sdp, sdp)
    await pc.setRemoteDescription({ type: 'answer', sdp })
    const theirs = endIn(sdp)
    if (theirs) this.#end ??= otherEnd[theirs]
  }

  /** Who gathers anew does it with credentials that are good for as long as any. */
  async #renew(): Promise<void> {
    const { pc, ice, path } = this.#parts
    const iceServers = await ice.fresh()
    // It may have taken the server long to say.
    if (pc.signalingState === 'closed') return
    pc.setConfiguration({ ...pc.getConfiguration(), iceServers })
    path.renew()
  }

  #description(negotiation: number) {
    const { pc, connection } = this.#parts
    return { connection, negotiation, sdp: pc.localDescription?.sdp ?? '' }
  }

  /** The browser asks in stable states only; before the first offer that is no news. */
  #need(): void {
    if (!this.#parts.pc.localDescription) return
    this.#isNeeded = true
    this.repeatNeed()
  }
}
