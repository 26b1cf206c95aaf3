import { parseIceUfrag } from '../../../machines/protocol/iceCandidate.ts'
import type { FakeTrack } from '../common/fakes.ts'
import { OperationsChain } from './operationsChain.ts'
import { FakeTransceiver } from './fakeTransceiver.ts'

export type Sdp = RTCSessionDescriptionInit & { sdp: string }

/** Returns the name of the connection that a description belongs to. */
export const parseConnectionName = (sdp: string): string => /^s=(.*)$/m.exec(sdp)?.[1] ?? ''
/** True if the offerer wants to be the DTLS client. */
const isActive = (offer: Sdp | null): boolean => /^a=setup:active\r$/m.test(offer?.sdp ?? '')
export const parseUfrag = (description: Sdp | null): string | null => parseIceUfrag(description?.sdp ?? '')

/**
 * The negotiation of RTCPeerConnection: signaling states, implicit rollback, candidates by ufrag, restarts and DTLS
 * roles.
 */
export abstract class FakeNegotiation extends OperationsChain {
  signalingState: RTCSignalingState = 'stable'
  currentLocalDescription: Sdp | null = null
  pendingLocalDescription: Sdp | null = null
  currentRemoteDescription: Sdp | null = null
  pendingRemoteDescription: Sdp | null = null
  /** Number of remote candidates of the current generation. */
  candidateCount = 0
  protected readonly transceivers: FakeTransceiver[] = []
  #generations = 0
  /** True for the DTLS client; the role never changes (RFC 8842 §5.3). */
  #isDtlsClient: boolean | null = null
  #created: Sdp | null = null
  /** Counter that makes each description unique. */
  #descriptions = 0

  get localDescription(): Sdp | null {
    return this.pendingLocalDescription ?? this.currentLocalDescription
  }

  get remoteDescription(): Sdp | null {
    return this.pendingRemoteDescription ?? this.currentRemoteDescription
  }

  getTransceivers(): FakeTransceiver[] {
    return this.transceivers
  }

  addTransceiver(
    trackOrKind: FakeTrack | 'audio' | 'video',
    { direction = 'sendrecv' }: RTCRtpTransceiverInit = {},
  ): FakeTransceiver {
    const kind = typeof trackOrKind === 'string' ? trackOrKind : trackOrKind.kind
    const transceiver = new FakeTransceiver(this, kind, direction, typeof trackOrKind === 'string' ? null : trackOrKind)
    this.transceivers.push(transceiver)
    this.updateNegotiationNeeded()
    return transceiver
  }

  createOffer({ iceRestart = false }: RTCOfferOptions = {}): Promise<Sdp> {
    return this.enqueue('createOffer', () => (this.#created = this.#createDescription('offer', iceRestart)))
  }

  /** Answers an ICE restart with new credentials (RFC 8829 §5.3.1). */
  createAnswer(): Promise<Sdp> {
    return this.enqueue('createAnswer', () => {
      if (this.signalingState !== 'have-remote-offer')
        throw this.recordViolation('InvalidStateError', 'nothing to answer')
      const { currentRemoteDescription: before, pendingRemoteDescription: now } = this
      return (this.#created = this.#createDescription(
        'answer',
        before !== null && parseUfrag(before) !== parseUfrag(now),
      ))
    })
  }

  setLocalDescription(description: Sdp): Promise<void> {
    return this.enqueue(`setLocalDescription ${description.type}`, () => {
      const allowed = description.type === 'offer' ? ['stable', 'have-local-offer'] : ['have-remote-offer']
      if (!allowed.includes(this.signalingState))
        throw this.recordViolation('InvalidStateError', `${description.type} in ${this.signalingState}`)
      if (description.sdp !== this.#created?.sdp)
        throw this.recordViolation('InvalidModificationError', 'not what was created last')
      const isNew = parseUfrag(description) !== parseUfrag(this.localDescription)
      if (description.type === 'offer')
        this.#setDescriptions('have-local-offer', { pendingLocalDescription: description })
      else {
        this.#isDtlsClient ??= !isActive(this.pendingRemoteDescription)
        this.#completeNegotiation(description, this.pendingRemoteDescription)
      }
      if (isNew) this.#gather(description)
    })
  }

  setRemoteDescription(description: Sdp): Promise<void> {
    return this.enqueue(`setRemoteDescription ${description.type}`, () => {
      const isLast = description.type === 'answer'
      if (isLast && this.signalingState !== 'have-local-offer')
        throw this.recordViolation('InvalidStateError', `answer in ${this.signalingState}`)
      if (isLast) this.#setDtlsClient(/^a=setup:passive\r$/m.test(description.sdp))
      if (parseUfrag(description) !== parseUfrag(this.remoteDescription)) this.candidateCount = 0
      if (isLast) return this.#completeNegotiation(this.pendingLocalDescription, description)
      // A local offer is rolled back (RFC 8829 §4.1.10.2).
      this.#setDescriptions('have-remote-offer', {
        pendingLocalDescription: null,
        pendingRemoteDescription: description,
      })
      this.#createReceivingTransceivers()
    })
  }

  addIceCandidate({ usernameFragment }: RTCIceCandidateInit): Promise<void> {
    return this.enqueue(`addIceCandidate ${usernameFragment}`, () => {
      const known = [this.currentRemoteDescription, this.pendingRemoteDescription].map(parseUfrag)
      if (!this.remoteDescription)
        throw this.recordViolation('InvalidStateError', 'a candidate arrived before its description')
      if (!known.includes(usernameFragment ?? null))
        throw this.recordViolation('OperationError', `a candidate has the ufrag ${usernameFragment}, not ${known}`)
      this.candidateCount += 1
      this.network.checkPath(this)
    })
  }

  /** True if both sides have applied each other's newest description. */
  hasAppliedDescriptionOf({ name, currentLocalDescription }: FakeNegotiation): boolean {
    const { currentRemoteDescription: remote } = this
    return (
      remote !== null &&
      parseConnectionName(remote.sdp) === name &&
      parseUfrag(remote) === parseUfrag(currentLocalDescription)
    )
  }

  abstract readonly isFirefox: boolean

  abstract connectPath(): void

  /** Called when both descriptions are applied. A restart may invalidate the transport. */
  protected abstract onNegotiated(isRestart: boolean): void

  protected get isNegotiationNeeded(): boolean {
    return this.signalingState === 'stable' && this.transceivers.some(({ needsNegotiation }) => needsNegotiation)
  }

  #createDescription(type: 'offer' | 'answer', isFresh: boolean): Sdp {
    const ufrag = (isFresh ? null : parseUfrag(this.localDescription)) ?? `${this.name}g${++this.#generations}`
    const setup = type === 'offer' ? 'actpass' : this.#answersAsDtlsClient(isFresh) ? 'active' : 'passive'
    return {
      type,
      sdp: `v=0\ns=${this.name}\na=ice-ufrag:${ufrag}\na=setup:${setup}\nt=${++this.#descriptions}\n`.replaceAll(
        '\n',
        '\r\n',
      ),
    }
  }

  /** Firefox forgets its DTLS role in the answer to a restart, but keeps acting in it. */
  #answersAsDtlsClient(isFresh: boolean): boolean {
    return (this.isFirefox && isFresh) || (this.#isDtlsClient ?? !isActive(this.pendingRemoteDescription))
  }

  #setDtlsClient(isCaller: boolean): void {
    this.#isDtlsClient ??= isCaller
    if (this.#isDtlsClient !== isCaller && !this.isFirefox)
      throw this.recordViolation('InvalidAccessError', 'Failed to set SSL role for the transport.')
  }

  #completeNegotiation(local: Sdp | null, remote: Sdp | null): void {
    const before = this.currentRemoteDescription
    this.#setDescriptions('stable', {
      currentLocalDescription: local,
      currentRemoteDescription: remote,
      pendingLocalDescription: null,
      pendingRemoteDescription: null,
    })
    for (const transceiver of this.transceivers) transceiver.applyDirection()
    this.onNegotiated(before !== null && parseUfrag(before) !== parseUfrag(remote))
    this.network.checkPath(this)
  }

  #setDescriptions(signalingState: RTCSignalingState, descriptions: Partial<FakeNegotiation>): void {
    const isChanged = signalingState !== this.signalingState
    Object.assign(this, descriptions, { signalingState })
    if (isChanged) this.dispatchEvent(new Event('signalingstatechange'))
  }

  #createReceivingTransceivers(): void {
    if (this.transceivers.length > 0) return
    for (const kind of ['audio', 'video'] as const) {
      const transceiver = new FakeTransceiver(this, kind, 'recvonly', null)
      this.transceivers.push(transceiver)
      this.dispatchEvent(Object.assign(new Event('track'), { track: transceiver.receiver.track }))
    }
  }

  #gather(description: Sdp): void {
    const usernameFragment = parseUfrag(description)
    for (const line of ['candidate:1 1 udp 1 192.0.2.7 9 typ host', '']) {
      this.schedule(`gathers ${usernameFragment}`, () => {
        if (parseUfrag(this.localDescription) !== usernameFragment) return
        const candidate = line && { candidate: line, sdpMid: '0', sdpMLineIndex: 0, usernameFragment }
        this.dispatchEvent(Object.assign(new Event('icecandidate'), { candidate: candidate || null }))
      })
    }
  }
}
