import { ufragOf } from '../../../machines/protocol/iceCandidate.ts'
import type { FakeTrack } from '../common/fakes.ts'
import { Operations } from './operations.ts'
import { FakeTransceiver } from './transceiver.ts'

export type Sdp = RTCSessionDescriptionInit & { sdp: string }

/** Which connection a description is of. */
export const nameIn = (sdp: string): string => /^s=(.*)$/m.exec(sdp)?.[1] ?? ''
export const ufragIn = (description: Sdp | null): string | null => ufragOf(description?.sdp ?? '')

/** RTCPeerConnection as far as descriptions go: signalling states, implicit rollback, candidates by ufrag, restarts, ends of DTLS. */
export abstract class FakeSignalling extends Operations {
  signalingState: RTCSignalingState = 'stable'
  currentLocalDescription: Sdp | null = null
  pendingLocalDescription: Sdp | null = null
  currentRemoteDescription: Sdp | null = null
  pendingRemoteDescription: Sdp | null = null
  /** Candidates of the other side's present generation. */
  tried = 0
  protected readonly transceivers: FakeTransceiver[] = []
  #generations = 0
  /** Which of the two called the other, by DTLS: it stays so (RFC 8842 §5.3). */
  #isCaller: boolean | null = null
  #created: Sdp | null = null
  /** No two descriptions are the same. */
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

  addTransceiver(trackOrKind: FakeTrack | 'audio' | 'video', { direction = 'sendrecv' }: RTCRtpTransceiverInit = {}): void {
    const kind = typeof trackOrKind === 'string' ? trackOrKind : trackOrKind.kind
    this.transceivers.push(new FakeTransceiver(this, kind, direction, typeof trackOrKind === 'string' ? null : trackOrKind))
    this.updateNeed()
  }

  createOffer({ iceRestart = false }: RTCOfferOptions = {}): Promise<Sdp> {
    return this.operate('createOffer', () => this.#created = this.#describe('offer', iceRestart))
  }

  /** Who is asked for new credentials answers with new ones (RFC 8829 §5.3.1). */
  createAnswer(): Promise<Sdp> {
    return this.operate('createAnswer', () => {
      if (this.signalingState !== 'have-remote-offer') throw this.refusal('InvalidStateError', 'nothing to answer')
      const { currentRemoteDescription: before, pendingRemoteDescription: now } = this
      return this.#created = this.#describe('answer', before !== null && ufragIn(before) !== ufragIn(now))
    })
  }

  setLocalDescription(description: Sdp): Promise<void> {
    return this.operate(`setLocalDescription ${description.type}`, () => {
      const allowed = description.type === 'offer' ? ['stable', 'have-local-offer'] : ['have-remote-offer']
      if (!allowed.includes(this.signalingState)) throw this.refusal('InvalidStateError', `${description.type} in ${this.signalingState}`)
      if (description.sdp !== this.#created?.sdp) throw this.refusal('InvalidModificationError', 'not what was created last')
      const isNew = ufragIn(description) !== ufragIn(this.localDescription)
      if (description.type === 'offer') this.#negotiate('have-local-offer', { pendingLocalDescription: description })
      else {
        this.#isCaller ??= true
        this.#settle(description, this.pendingRemoteDescription)
      }
      if (isNew) this.#gather(description)
    })
  }

  setRemoteDescription(description: Sdp): Promise<void> {
    return this.operate(`setRemoteDescription ${description.type}`, () => {
      const isLast = description.type === 'answer'
      if (isLast && this.signalingState !== 'have-local-offer') throw this.refusal('InvalidStateError', `answer in ${this.signalingState}`)
      if (isLast) this.#agreeOnCaller(/^a=setup:passive\r$/m.test(description.sdp))
      if (ufragIn(description) !== ufragIn(this.remoteDescription)) this.tried = 0
      if (isLast) return this.#settle(this.pendingLocalDescription, description)
      // An offer of our own is rolled back (RFC 8829 §4.1.10.2).
      this.#negotiate('have-remote-offer', { pendingLocalDescription: null, pendingRemoteDescription: description })
      this.#meetTracks()
    })
  }

  addIceCandidate({ usernameFragment }: RTCIceCandidateInit): Promise<void> {
    return this.operate(`addIceCandidate ${usernameFragment}`, () => {
      const known = [this.currentRemoteDescription, this.pendingRemoteDescription].map(ufragIn)
      if (!this.remoteDescription) throw this.refusal('InvalidStateError', 'a candidate before its description')
      if (!known.includes(usernameFragment ?? null)) throw this.refusal('OperationError', `a candidate of ${usernameFragment}, not of ${known}`)
      this.tried += 1
      this.air.look(this)
    })
  }

  /** Both have said yes to each other's newest words. */
  knows({ name, currentLocalDescription }: FakeSignalling): boolean {
    const { currentRemoteDescription: remote } = this
    return remote !== null && nameIn(remote.sdp) === name && ufragIn(remote) === ufragIn(currentLocalDescription)
  }

  abstract readonly isFirefox: boolean

  abstract getThrough(): void

  /** Both descriptions are in force; the ways that there were may be void with them. */
  protected abstract agreed(isRestart: boolean): void

  protected get isNegotiationNeeded(): boolean {
    return this.signalingState === 'stable' && this.transceivers.some(({ isNews }) => isNews)
  }

  #describe(type: 'offer' | 'answer', isFresh: boolean): Sdp {
    const ufrag = (isFresh ? null : ufragIn(this.localDescription)) ?? `${this.name}g${++this.#generations}`
    const setup = type === 'offer' ? 'actpass' : this.#answersAsCaller(isFresh) ? 'active' : 'passive'
    return { type, sdp: `v=0\ns=${this.name}\na=ice-ufrag:${ufrag}\na=setup:${setup}\nt=${++this.#descriptions}\n`.replaceAll('\n', '\r\n') }
  }

  /** Firefox forgets, where it is asked for a restart, what it was, and goes on as it. */
  #answersAsCaller(isFresh: boolean): boolean {
    return (this.isFirefox && isFresh) || (this.#isCaller ?? true)
  }

  #agreeOnCaller(isCaller: boolean): void {
    this.#isCaller ??= isCaller
    if (this.#isCaller !== isCaller && !this.isFirefox) throw this.refusal('InvalidAccessError', 'Failed to set SSL role for the transport.')
  }

  #settle(local: Sdp | null, remote: Sdp | null): void {
    const before = this.currentRemoteDescription
    this.#negotiate('stable', {
      currentLocalDescription: local, currentRemoteDescription: remote, pendingLocalDescription: null, pendingRemoteDescription: null,
    })
    for (const transceiver of this.transceivers) transceiver.agree()
    this.agreed(before !== null && ufragIn(before) !== ufragIn(remote))
    this.air.look(this)
  }

  #negotiate(signalingState: RTCSignalingState, descriptions: Partial<FakeSignalling>): void {
    Object.assign(this, descriptions, { signalingState })
  }

  #meetTracks(): void {
    if (this.transceivers.length > 0) return
    for (const kind of ['audio', 'video'] as const) {
      const transceiver = new FakeTransceiver(this, kind, 'recvonly', null)
      this.transceivers.push(transceiver)
      this.dispatchEvent(Object.assign(new Event('track'), { track: transceiver.receiver.track }))
    }
  }

  #gather(description: Sdp): void {
    const usernameFragment = ufragIn(description)
    for (const line of ['candidate:1 1 udp 1 192.0.2.7 9 typ host', '']) {
      this.later(`gathers ${usernameFragment}`, () => {
        if (ufragIn(this.localDescription) !== usernameFragment) return
        const candidate = line && { candidate: line, sdpMid: '0', sdpMLineIndex: 0, usernameFragment }
        this.dispatchEvent(Object.assign(new Event('icecandidate'), { candidate: candidate || null }))
      })
    }
  }
}
