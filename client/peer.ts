import type { ConnectionFact, ConnectionOrder } from '../machines/call.facts.ts'
import { leadsSomewhere, plain, take } from './candidates.ts'
import type { IceSource } from './ice.ts'
import { watchPath } from './path.ts'
import { Senders } from './senders.ts'
import type { Tracks } from './tracks.ts'

export interface PeerParts {
  tracks: Tracks
  ice: IceSource
  relayOnly: boolean
  /** Resolves when the devices that were asked for have answered, or take too long. */
  settled(): Promise<void>
  /** What arrives is to be shown; null: nothing does any more. */
  show(remote: MediaStream | null): void
  /** How its figures are read; null: there are none any more. */
  measure(stats: (() => Promise<RTCStatsReport>) | null): void
  /** Calls when the browser thinks that its addresses changed; returns its undo. */
  watchNetwork(changed: () => void): () => void
}

/** How long pictures stay small after the path opened, in milliseconds. */
const smallFor = 1_000

type Order<T extends ConnectionOrder['type']> = Extract<ConnectionOrder, { type: T }>
type Report = (fact: ConnectionFact) => void

/** One RTCPeerConnection, from its making to its end. */
export class Peer {
  readonly #parts: PeerParts
  readonly #connection: string
  readonly #stops: (() => void)[] = []
  #pc: RTCPeerConnection | null = null
  #senders: Senders | null = null
  #remote: MediaStream | null = null
  #isOver = false
  /** A change that only a negotiation can tell, and none has yet. */
  #isNeeded = false
  /** One thing after the other: a description may not overtake the one before. */
  #work: Promise<void>
  readonly #report: Report

  constructor(parts: PeerParts, connection: string, report: Report) {
    this.#parts = parts
    this.#connection = connection
    this.#report = (fact) => { if (!this.#isOver) report(fact) }
    this.#work = this.#attempt(() => this.#open())
  }

  obey(order: ConnectionOrder): void {
    this.#then(() => this.#carryOut(order))
  }

  close(): void {
    this.#isOver = true
    for (const stop of this.#stops) stop()
    this.#pc?.close()
    if (this.#pc) this.#parts.measure(null)
    if (this.#remote) this.#parts.show(null)
  }

  #then(work: () => Promise<void>): void {
    this.#work = this.#work.then(() => this.#attempt(work))
  }

  async #attempt(work: () => Promise<void>): Promise<void> {
    if (this.#isOver) return
    await work().catch((error: unknown) => this.#report({ type: 'connection.broke', message: String(error) }))
  }

  async #open(): Promise<void> {
    const { ice, relayOnly, tracks, settled, watchNetwork } = this.#parts
    // Media first: it saves a negotiation, and browsers hide their addresses from pages without a camera or a microphone.
    const [iceServers] = await Promise.all([ice.servers(), settled()])
    if (this.#isOver) return
    const pc = new RTCPeerConnection({ iceServers, iceTransportPolicy: relayOnly ? 'relay' : 'all', bundlePolicy: 'max-bundle' })
    this.#pc = pc
    this.#parts.measure(() => pc.getStats())
    this.#senders = new Senders(pc, tracks)
    pc.addEventListener('icecandidate', ({ candidate }) => this.#sayCandidate(candidate))
    pc.addEventListener('track', ({ track }) => this.#show(track))
    pc.addEventListener('negotiationneeded', () => this.#need())
    this.#stops.push(
      watchPath(pc, (fact) => {
        this.#report(fact)
        if (fact.type === 'path.opened' && !this.#isOver) this.#growSoon()
        // The call may have had no ear for it before there was a path.
        if (fact.type === 'path.opened' && this.#isNeeded) this.#report({ type: 'negotiation.needed' })
      }),
      tracks.watch(() => this.#then(() => this.#fill())),
      watchNetwork(() => this.#age()),
    )
  }

  async #carryOut(order: ConnectionOrder): Promise<void> {
    const [pc, senders] = [this.#pc, this.#senders]
    if (!pc || !senders) return
    if (order.type === 'make.offer') await this.#makeOffer(pc, senders, order)
    else if (order.type === 'take.offer') await this.#takeOffer(pc, senders, order)
    else if (order.type === 'take.answer') await takeAnswer(pc, order)
    else await take(pc, order.candidate)
  }

  async #makeOffer(pc: RTCPeerConnection, senders: Senders, { negotiation, restart }: Order<'make.offer'>): Promise<void> {
    senders.create()
    await senders.fill()
    if (restart) pc.restartIce()
    this.#isNeeded = false
    await pc.setLocalDescription(await pc.createOffer())
    this.#report({ type: 'offer.made', ...this.#description(pc, negotiation) })
  }

  /** Where an offer of our own is open, taking theirs rolls it back (JSEP, RFC 8829 §4.1.10.2). */
  async #takeOffer(pc: RTCPeerConnection, senders: Senders, { negotiation, sdp }: Order<'take.offer'>): Promise<void> {
    const isFirst = !pc.currentRemoteDescription
    await pc.setRemoteDescription({ type: 'offer', sdp })
    await senders.fill()
    if (isFirst) await senders.startSmall()
    this.#isNeeded = false
    await pc.setLocalDescription(await pc.createAnswer())
    this.#report({ type: 'answer.made', ...this.#description(pc, negotiation) })
  }

  #description(pc: RTCPeerConnection, negotiation: number) {
    return { connection: this.#connection, negotiation, sdp: pc.localDescription?.sdp ?? '' }
  }

  async #fill(): Promise<void> {
    if (await this.#senders?.fill()) this.#age()
  }

  #growSoon(): void {
    const timer = setTimeout(() => void this.#senders?.grow(), smallFor)
    this.#stops.push(() => clearTimeout(timer))
  }

  #sayCandidate(candidate: RTCIceCandidate | null): void {
    if (candidate && leadsSomewhere(candidate)) {
      this.#report({ type: 'candidate.gathered', connection: this.#connection, candidate: plain(candidate) })
    }
  }

  #show(track: MediaStreamTrack): void {
    this.#remote ??= new MediaStream()
    this.#remote.addTrack(track)
    this.#parts.show(this.#remote)
  }

  /** The browser asks in stable states only; before the first offer that is no news. */
  #need(): void {
    if (!this.#pc?.localDescription) return
    this.#isNeeded = true
    this.#report({ type: 'negotiation.needed' })
  }

  /** What an offer says is true no more, and nobody has answered it. */
  #age(): void {
    if (this.#pc?.signalingState === 'have-local-offer' && !this.#pc.currentLocalDescription) this.#report({ type: 'offer.aged' })
  }
}

async function takeAnswer(pc: RTCPeerConnection, { sdp }: Order<'take.answer'>): Promise<void> {
  if (pc.signalingState === 'have-local-offer') await pc.setRemoteDescription({ type: 'answer', sdp })
}
