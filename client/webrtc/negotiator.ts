import type { PeerConnectionEvent, PeerConnectionCommand } from '../../machines/call/callEvents.ts'
import { parseIceUfrag } from '../../machines/protocol/iceCandidate.ts'
import { addCandidate } from './iceCandidates.ts'
import { type DtlsRole, oppositeDtlsRole, parseDtlsRole, withActiveOffer, withDtlsRole } from './dtlsRole.ts'
import type { IceSource } from './iceServerCache.ts'
import { assertSameFingerprint } from './remoteFingerprint.ts'
import type { ConnectionMonitor } from './connectionMonitor.ts'
import type { Senders } from './senders.ts'

interface NegotiatorParts {
  pc: RTCPeerConnection
  senders: Senders
  monitor: ConnectionMonitor
  ice: IceSource
  iceTransportPolicy: RTCIceTransportPolicy
  connection: string
  sendBack(event: PeerConnectionEvent): void
  /** Adds an entry to the trace. */
  trace(event: 'candidate.rejected'): void
}

type Command<T extends PeerConnectionCommand['type']> = Extract<PeerConnectionCommand, { type: T }>

/** Runs the offer/answer exchange of one connection (JSEP, RFC 8829). */
export class Negotiator {
  readonly #parts: NegotiatorParts
  /** A change is pending that needs a negotiation. */
  #isNegotiationNeeded = false
  /** The local DTLS role, set by the first answer. */
  #dtlsRole: DtlsRole | null = null

  constructor(parts: NegotiatorParts) {
    this.#parts = parts
    // A prepared connection has chosen the roles.
    const { currentLocalDescription: local, currentRemoteDescription: remote } = parts.pc
    this.#setDtlsRole(local?.sdp, remote?.sdp)
    parts.pc.addEventListener('negotiationneeded', () => this.#onNegotiationNeeded())
  }

  /**
   * Runs one command. Commands must not overlap.
   * @throws the browser's error, or an Error if a description is not acceptable
   */
  async execute(command: PeerConnectionCommand): Promise<void> {
    if (command.type === 'createOffer') await this.#createOffer(command)
    else if (command.type === 'applyOffer') await this.#applyOffer(command)
    else if (command.type === 'applyAnswer') await this.#applyAnswer(command)
    else if (command.type === 'addCandidate')
      await addCandidate(this.#parts.pc, command.candidate, () => this.#parts.trace('candidate.rejected'))
  }

  /** Sends the current tracks. Reports `offer.stale` if an unanswered first offer no longer describes them. */
  async syncTracks(): Promise<void> {
    const { pc, senders, sendBack } = this.#parts
    if (!(await senders.syncTracks())) return
    if (pc.signalingState === 'have-local-offer' && !pc.currentLocalDescription) sendBack({ type: 'offer.stale' })
  }

  /** Reports a pending negotiation again, because the call machine ignores it before the transport is connected. */
  reportPendingNegotiation(): void {
    if (this.#isNegotiationNeeded) this.#parts.sendBack({ type: 'negotiation.needed' })
  }

  async #createOffer({ negotiation, iceRestart }: Command<'createOffer'>): Promise<void> {
    const { pc, senders, sendBack } = this.#parts
    senders.addTransceivers()
    await senders.syncTracks()
    if (iceRestart) await this.#prepareIceRestart()
    if (pc.signalingState === 'closed') return
    this.#isNegotiationNeeded = false
    // `restartIce` would fire `negotiationneeded` for this same negotiation.
    await pc.setLocalDescription(await pc.createOffer({ iceRestart }))
    const offer = this.#localDescription(negotiation)
    const isFirst = pc.currentRemoteDescription === null
    sendBack({ type: 'offer.created', ...offer, sdp: isFirst ? withActiveOffer(offer.sdp) : offer.sdp })
  }

  /**
   * Applies a remote offer and creates the answer. A pending local offer is rolled back (RFC 8829 §4.1.10.2). After a
   * rollback on a connection in use, Chromium (156) no longer renders arriving media. A new connection replaces it.
   */
  async #applyOffer({ negotiation, sdp }: Command<'applyOffer'>): Promise<void> {
    const { pc, senders, sendBack } = this.#parts
    const before = pc.currentRemoteDescription
    assertSameFingerprint(before?.sdp, sdp)
    if (before && pc.signalingState === 'have-local-offer')
      throw new Error('offers have crossed on a connection in use')
    if (before && parseIceUfrag(before.sdp) !== parseIceUfrag(sdp)) await this.#prepareIceRestart()
    if (pc.signalingState === 'closed') return
    await pc.setRemoteDescription({ type: 'offer', sdp })
    // At once, because each waits for another thread of the browser.
    await Promise.all([senders.syncTracks(), before ? undefined : senders.startAtLowResolution()])
    this.#isNegotiationNeeded = false
    await pc.setLocalDescription(await pc.createAnswer())
    const answer = this.#localDescription(negotiation)
    this.#setDtlsRole(answer.sdp)
    sendBack({
      type: 'answer.created',
      ...answer,
      sdp: this.#dtlsRole ? withDtlsRole(answer.sdp, this.#dtlsRole) : answer.sdp,
    })
    // Chromium 156 drops the bitrate that the answerer sets before its first answer.
    await senders.syncTracks()
  }

  async #applyAnswer({ sdp }: Command<'applyAnswer'>): Promise<void> {
    const { pc, senders } = this.#parts
    if (pc.signalingState !== 'have-local-offer') return
    assertSameFingerprint(pc.currentRemoteDescription?.sdp, sdp)
    await pc.setRemoteDescription({ type: 'answer', sdp })
    this.#setDtlsRole('', sdp)
    // The answer shows whether the peer has a shared screen beside the camera.
    await senders.syncTracks()
  }

  /** The first answer sets the roles; an offer sets none. */
  #setDtlsRole(local = '', remote = ''): void {
    const peerRole = parseDtlsRole(remote)
    this.#dtlsRole ??= parseDtlsRole(local) ?? (peerRole && oppositeDtlsRole[peerRole])
  }

  /** Fetches new TURN credentials, because an ICE restart gathers candidates again. */
  async #prepareIceRestart(): Promise<void> {
    const { pc, ice, iceTransportPolicy, monitor } = this.#parts
    const iceServers = await ice.fetchServers()
    // The connection may have closed during the fetch.
    if (pc.signalingState === 'closed') return
    // A prepared connection had relay candidates only.
    pc.setConfiguration({ ...pc.getConfiguration(), iceServers, iceTransportPolicy })
    monitor.onIceRestart()
  }

  #localDescription(negotiation: number) {
    const { pc, connection } = this.#parts
    return { connection, negotiation, sdp: pc.localDescription?.sdp ?? '' }
  }

  /** The browser fires this event in stable states only. Before the first offer it is expected. */
  #onNegotiationNeeded(): void {
    if (!this.#parts.pc.localDescription) return
    this.#isNegotiationNeeded = true
    this.reportPendingNegotiation()
  }
}
