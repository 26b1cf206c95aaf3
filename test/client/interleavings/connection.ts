import type { Air } from './air.ts'
import { FakeChannel } from './channel.ts'
import { FakeSignalling, ufragIn } from './signalling.ts'

/** What no `setConfiguration` may change (W3C WebRTC §4.4.1.6). */
const fixed = ['bundlePolicy', 'certificates'] as const

/**
 * RTCPeerConnection as far as Peer uses it, by the rules of the W3C (WebRTC §4.4). What arrives, and what the browser says of it,
 * are two things: it may notice late, or never.
 */
export class FakeConnection extends FakeSignalling {
  connectionState: RTCPeerConnectionState = 'new'
  iceConnectionState: RTCIceConnectionState = 'new'
  closings = 0
  /** Made once, as it has one number. */
  channel: FakeChannel | null = null
  sctp: { transport: EventTarget & { state: RTCDtlsTransportState; iceTransport: EventTarget } } | null = null
  /** With whom the keys were agreed on (DTLS): it stays with that one, whatever the way. */
  met: FakeConnection | null = null
  /** What the other side sends arrives. */
  hears = false
  /** Packets of sound and pictures. */
  packets = 0
  #configuration: RTCConfiguration
  /** The generations between which it was found. */
  #way = ''
  /** Every second is. It says that it looks for a way again, as Chromium does not as long as it has not given up the old one. */
  readonly isFirefox: boolean

  constructor(air: Air, configuration: RTCConfiguration) {
    super(air, `pc${air.connections.length + 1}`)
    this.#configuration = configuration
    this.isFirefox = air.connections.push(this) % 2 === 0
    if (!configuration.certificates?.every((each) => air.certificates.includes(each))) air.complaints.push(`${this.name} has a certificate of another`)
  }

  /** Whether all that could be sent has stopped. */
  get isHushed(): boolean {
    return this.transceivers.every(({ sender }) => sender.track === null)
  }

  getConfiguration(): RTCConfiguration {
    return { ...this.#configuration }
  }

  setConfiguration(configuration: RTCConfiguration): void {
    if (this.isClosed) throw this.refusal('InvalidStateError', 'setConfiguration after close')
    const isSame = fixed.every((name) => JSON.stringify(configuration[name]) === JSON.stringify(this.#configuration[name]))
    if (!isSame) throw this.refusal('InvalidModificationError', 'a configuration that may not change')
    this.#configuration = configuration
  }

  createDataChannel(label: string, { negotiated, id }: RTCDataChannelInit): FakeChannel {
    this.expectOpen('createDataChannel')
    if (this.channel) throw this.refusal('OperationError', `the number ${id} is taken`)
    if (label !== 'duet' || !negotiated || id !== 0) throw this.refusal('TypeError', `the channel ${label} ${id} is none that the other side knows`)
    this.channel = new FakeChannel(this)
    this.updateNeed()
    return this.channel
  }

  /** Answered even after the end. */
  async getStats(): Promise<Map<string, object>> {
    await this.pace.schedule(Promise.resolve(), `${this.name} getStats`)
    if (this.hears && this.met && !this.met.isClosed && !this.met.isHushed) this.packets += 1
    const messagesReceived = this.channel?.heard.length ?? 0
    return new Map<string, object>([
      ['P', { id: 'P', type: 'candidate-pair', bytesReceived: this.packets + messagesReceived }],
      ['I', { id: 'I', type: 'inbound-rtp', packetsReceived: this.packets }],
      ['D', { id: 'D', type: 'data-channel', messagesReceived }],
    ])
  }

  close(): void {
    this.closings += 1
    if (this.isClosed) return
    Object.assign(this, { isClosed: true, signalingState: 'closed', connectionState: 'closed', iceConnectionState: 'closed' })
    if (this.channel) this.channel.readyState = 'closed'
    const { met } = this
    met?.later('is told of the end', () => { if (met.hears) met.channel?.end() })
    for (const state of ['disconnected', 'failed'] as const) met?.later(`is alone: ${state}`, () => met.lose(state))
  }

  /** A new way is there. */
  getThrough(): void {
    const other = this.air.partnerOf(this)
    const way = [this.currentLocalDescription, this.currentRemoteDescription].map(ufragIn).join()
    if (!other || way === this.#way || (this.met && this.met !== other)) return
    this.#way = way
    this.met = other
    this.become('connected')
    this.sctp?.transport.iceTransport.dispatchEvent(new Event('selectedcandidatepairchange'))
    this.later('channel opens', () => this.channel?.open())
    this.hear(true)
  }

  hear(isHeard: boolean): void {
    this.hears = isHeard
    this.channel?.drain()
  }

  /** Nothing comes any more, and the browser says so. */
  lose(state: 'disconnected' | 'failed'): void {
    this.hear(false)
    if (this.met) this.become(state)
  }

  /** The same way is good again. What has failed stays so until a restart. */
  recover(): void {
    if (!this.met || this.met.isClosed || this.isClosed || this.connectionState === 'failed') return
    this.become('connected')
    this.hear(true)
  }

  become(connectionState: RTCPeerConnectionState, iceConnectionState = connectionState as RTCIceConnectionState): void {
    if (this.isClosed || this.connectionState === connectionState) return
    Object.assign(this, { connectionState, iceConnectionState })
    for (const type of ['connectionstatechange', 'iceconnectionstatechange']) this.dispatchEvent(new Event(type))
  }

  protected override get isNegotiationNeeded(): boolean {
    return super.isNegotiationNeeded || (this.signalingState === 'stable' && this.channel !== null && this.sctp === null)
  }

  protected override agreed(isRestart: boolean): void {
    this.sctp ??= { transport: Object.assign(new EventTarget(), { state: 'connected' as const, iceTransport: new EventTarget() }) }
    if (isRestart && (this.isFirefox || this.connectionState === 'failed')) this.become('connecting', 'checking')
  }
}
