import { ufragOf } from '../../../machines/candidate.ts'
import type { FakeTrack } from '../fakes.ts'
import type { Air } from './air.ts'
import { FakeTransceiver } from './transceiver.ts'

type Sdp = RTCSessionDescriptionInit & { sdp: string }

/** Which connection a description is of. */
const nameIn = (sdp: string): string => /^s=(.*)$/m.exec(sdp)?.[1] ?? ''

const refuse = (name: string, why: string): DOMException => new DOMException(why, name)

/**
 * RTCPeerConnection as far as Peer uses it, by the rules of the W3C (WebRTC §4.4): one operation after the other, each taking its
 * time; signalling states, implicit rollback, candidates by ufrag; nothing settles any more once it is closed.
 */
export class FakeConnection extends EventTarget {
  readonly name: string
  signalingState: RTCSignalingState = 'stable'
  connectionState: RTCPeerConnectionState = 'new'
  iceConnectionState: RTCIceConnectionState = 'new'
  currentLocalDescription: Sdp | null = null
  pendingLocalDescription: Sdp | null = null
  currentRemoteDescription: Sdp | null = null
  pendingRemoteDescription: Sdp | null = null
  isClosed = false
  closings = 0
  /** Candidates of the other side's present generation. */
  tried = 0
  readonly #air: Air
  readonly #transceivers: FakeTransceiver[] = []
  readonly #operations: (() => void)[] = []
  #generation = 1
  #isRestarting = false
  #created: Sdp | null = null
  /** No two descriptions are the same. */
  #descriptions = 0

  constructor(air: Air) {
    super()
    this.#air = air
    this.name = `pc${air.connections.push(this)}`
  }

  get localDescription(): Sdp | null {
    return this.pendingLocalDescription ?? this.currentLocalDescription
  }

  get remoteDescription(): Sdp | null {
    return this.pendingRemoteDescription ?? this.currentRemoteDescription
  }

  getTransceivers(): FakeTransceiver[] {
    return this.#transceivers
  }

  addTransceiver(trackOrKind: FakeTrack | 'audio' | 'video', { direction = 'sendrecv' }: RTCRtpTransceiverInit = {}): void {
    const kind = typeof trackOrKind === 'string' ? trackOrKind : trackOrKind.kind
    this.#transceivers.push(new FakeTransceiver(this, kind, direction, typeof trackOrKind === 'string' ? null : trackOrKind))
    this.updateNeed()
  }

  restartIce(): void {
    this.#isRestarting = true
    this.updateNeed()
  }

  createOffer(): Promise<Sdp> {
    return this.#operate('createOffer', () => {
      if (this.#isRestarting) this.#generation += 1
      this.#isRestarting = false
      return this.#created = this.#describe('offer')
    })
  }

  createAnswer(): Promise<Sdp> {
    return this.#operate('createAnswer', () => {
      if (this.signalingState !== 'have-remote-offer') throw this.#refusal('InvalidStateError', 'nothing to answer')
      return this.#created = this.#describe('answer')
    })
  }

  setLocalDescription(description: Sdp): Promise<void> {
    return this.#operate(`setLocalDescription ${description.type}`, () => {
      const allowed = description.type === 'offer' ? ['stable', 'have-local-offer'] : ['have-remote-offer']
      if (!allowed.includes(this.signalingState)) throw this.#refusal('InvalidStateError', `${description.type} in ${this.signalingState}`)
      if (description.sdp !== this.#created?.sdp) throw this.#refusal('InvalidModificationError', 'not what was created last')
      if (description.type === 'offer') this.#negotiate('have-local-offer', { pendingLocalDescription: description })
      else this.#settle(description, this.pendingRemoteDescription)
      this.#gather(description)
    })
  }

  setRemoteDescription(description: Sdp): Promise<void> {
    return this.#operate(`setRemoteDescription ${description.type}`, () => {
      const isLast = description.type === 'answer'
      if (isLast && this.signalingState !== 'have-local-offer') throw this.#refusal('InvalidStateError', `answer in ${this.signalingState}`)
      if (ufragOf(description.sdp) !== ufragOf(this.remoteDescription?.sdp ?? '')) this.tried = 0
      if (isLast) return this.#settle(this.pendingLocalDescription, description)
      // An offer of our own is rolled back (JSEP §4.1.10.2).
      this.#negotiate('have-remote-offer', { pendingLocalDescription: null, pendingRemoteDescription: description })
      this.#meetTracks()
    })
  }

  addIceCandidate({ usernameFragment }: RTCIceCandidateInit): Promise<void> {
    return this.#operate(`addIceCandidate ${usernameFragment}`, () => {
      const known = [this.currentRemoteDescription, this.pendingRemoteDescription].map((each) => ufragOf(each?.sdp ?? ''))
      if (!this.remoteDescription) throw this.#refusal('InvalidStateError', 'a candidate before its description')
      if (!known.includes(usernameFragment ?? null)) throw this.#refusal('OperationError', `a candidate of ${usernameFragment}, not of ${known}`)
      this.tried += 1
      this.#air.look(this)
    })
  }

  close(): void {
    this.closings += 1
    if (this.isClosed) return
    const partner = this.#air.partnerOf(this)
    Object.assign(this, { isClosed: true, signalingState: 'closed', connectionState: 'closed', iceConnectionState: 'closed' })
    for (const state of ['disconnected', 'failed'] as const) partner?.later(`is alone: ${state}`, () => { if (!this.#air.partnerOf(partner)) partner.lose(state) })
  }

  /** Both have said yes to each other's newest words. */
  knows({ name, currentLocalDescription }: FakeConnection): boolean {
    const { currentRemoteDescription: remote } = this
    return remote !== null && nameIn(remote.sdp) === name && ufragOf(remote.sdp) === ufragOf(currentLocalDescription?.sdp ?? '')
  }

  getThrough(): void {
    if (this.#air.partnerOf(this)) this.become('connected')
  }

  lose(state: 'disconnected' | 'failed'): void {
    if (this.connectionState !== 'new') this.become(state)
  }

  become(state: 'connected' | 'disconnected' | 'failed'): void {
    if (this.isClosed || this.connectionState === state) return
    Object.assign(this, { connectionState: state, iceConnectionState: state })
    for (const type of ['connectionstatechange', 'iceconnectionstatechange']) this.dispatchEvent(new Event(type))
  }

  later(what: string, happen: () => void): void {
    void this.#air.pace.schedule(Promise.resolve(), `${this.name} ${what}`).then(() => { if (!this.isClosed) happen() })
  }

  /** Not in the chain of operations (§5.2), but as slow. */
  async slowly(what: string, work: () => void): Promise<void> {
    this.#expectOpen(what)
    await new Promise<void>((resolve) => this.later(what, () => {
      work()
      resolve()
    }))
  }

  /** §4.7.3: told in stable states only, and only as long as it is true. */
  updateNeed(): void {
    const isNeeded = (): boolean => this.signalingState === 'stable' && (this.#isRestarting || this.#transceivers.some(({ isNews }) => isNews))
    if (isNeeded()) this.later('negotiationneeded', () => { if (isNeeded() && this.#operations.length === 0) this.dispatchEvent(new Event('negotiationneeded')) })
  }

  #operate<T>(what: string, work: () => T): Promise<T> {
    this.#expectOpen(what)
    return new Promise((resolve, reject) => {
      const run = (): void => this.later(what, () => {
        try {
          if (this.#air.failing > 0) {
            this.#air.failing -= 1
            throw refuse('OperationError', 'the browser knows why')
          }
          resolve(work())
        } catch (error) {
          reject(error as Error)
        }
        this.#operations.shift()
        this.#operations[0]?.()
        if (this.#operations.length === 0) this.updateNeed()
      })
      if (this.#operations.push(run) === 1) run()
    })
  }

  #expectOpen(what: string): void {
    if (this.isClosed) this.#air.complaints.push(`${this.name} ${what} after close`)
  }

  #refusal(name: string, why: string): DOMException {
    this.#air.complaints.push(`${this.name}: ${why}`)
    return refuse(name, why)
  }

  #describe(type: 'offer' | 'answer'): Sdp {
    return { type, sdp: `v=0\r\ns=${this.name}\r\na=ice-ufrag:${this.name}g${this.#generation}\r\nt=${++this.#descriptions}\r\n` }
  }

  #settle(local: Sdp | null, remote: Sdp | null): void {
    this.#negotiate('stable', {
      currentLocalDescription: local, currentRemoteDescription: remote, pendingLocalDescription: null, pendingRemoteDescription: null,
    })
    for (const transceiver of this.#transceivers) transceiver.agree()
    this.#air.look(this)
  }

  #negotiate(signalingState: RTCSignalingState, descriptions: Partial<FakeConnection>): void {
    Object.assign(this, descriptions, { signalingState })
  }

  #meetTracks(): void {
    if (this.#transceivers.length > 0) return
    for (const kind of ['audio', 'video'] as const) {
      const transceiver = new FakeTransceiver(this, kind, 'recvonly', null)
      this.#transceivers.push(transceiver)
      this.dispatchEvent(Object.assign(new Event('track'), { track: transceiver.receiver.track }))
    }
  }

  #gather({ sdp }: Sdp): void {
    const usernameFragment = ufragOf(sdp)
    for (const line of ['candidate:1 1 udp 1 192.0.2.7 9 typ host', '']) {
      this.later(`gathers ${usernameFragment}`, () => {
        if (ufragOf(this.localDescription?.sdp ?? '') !== usernameFragment) return
        const candidate = line && { candidate: line, sdpMid: '0', sdpMLineIndex: 0, usernameFragment }
        this.dispatchEvent(Object.assign(new Event('icecandidate'), { candidate: candidate || null }))
      })
    }
  }
}
