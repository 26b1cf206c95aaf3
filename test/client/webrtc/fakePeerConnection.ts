import { isDeepStrictEqual } from 'node:util'
import { type FakeCertificate, FakeDtlsTransport } from './fakeCertificates.ts'
import type { FakePeerNetwork } from './fakePeerNetwork.ts'
import { FakeDataChannel } from './fakeDataChannel.ts'
import { FakeNegotiation, parseUfrag } from './fakeNegotiation.ts'

/** A configuration whose certificates are fakes. */
export type FakeConfiguration = Omit<RTCConfiguration, 'certificates'> & { certificates?: FakeCertificate[] }

/** The labels of the negotiated channels, by id. */
const channelLabels: readonly (string | undefined)[] = ['duet', 'chat', 'files']

/** Options that `setConfiguration` must not change (webrtc-pc §4.4.1.6). */
const immutableOptions = ['bundlePolicy', 'certificates'] as const

/**
 * The part of RTCPeerConnection that Peer uses, by webrtc-pc §4.4. Arriving media and the reported states are
 * separate: a browser may notice a loss late, or never.
 */
export class FakePeerConnection extends FakeNegotiation {
  connectionState: RTCPeerConnectionState = 'new'
  iceConnectionState: RTCIceConnectionState = 'new'
  closeCount = 0
  /** The data channels by their fixed ids, so each is created once. */
  readonly channels = new Map<number, FakeDataChannel>()
  sctp: { transport: FakeDtlsTransport } | null = null
  /** The DTLS peer: it never changes, on any transport. */
  partner: FakePeerConnection | null = null
  /** True while media from the peer arrives. */
  isReceiving = false
  /** Number of media packets. */
  packetCount = 0
  #configuration: FakeConfiguration
  /** A local change that only a negotiation completes. */
  #hasChanged = false
  /** The ICE generations of the connected transport. */
  #connectedUfrags = ''
  /**
   * True for every second connection. Firefox reports `checking` on a restart; Chromium does not until the old
   * transport has failed.
   */
  readonly isFirefox: boolean

  constructor(network: FakePeerNetwork, configuration: FakeConfiguration) {
    super(network, `pc${network.connections.length + 1}`)
    this.#configuration = configuration
    this.isFirefox = network.connections.push(this) % 2 === 0
    if (!configuration.certificates?.every((each) => network.certificates.includes(each)))
      network.violations.push(`${this.name} has a certificate of another connection`)
  }

  /** True if no sender has a track. */
  get hasStoppedSending(): boolean {
    return this.transceivers.every(({ sender }) => sender.track === null)
  }

  /** The control channel; null before it is created. */
  get channel(): FakeDataChannel | null {
    return this.channels.get(0) ?? null
  }

  /** The fake as the type that the client expects. The fake has the part that the client uses. */
  asPeerConnection(): RTCPeerConnection {
    return this as unknown as RTCPeerConnection
  }

  getConfiguration(): FakeConfiguration {
    return { ...this.#configuration }
  }

  setConfiguration(configuration: FakeConfiguration): void {
    if (this.isClosed) throw this.recordViolation('InvalidStateError', 'setConfiguration after close')
    const isSame = immutableOptions.every((name) => isDeepStrictEqual(configuration[name], this.#configuration[name]))
    if (!isSame) throw this.recordViolation('InvalidModificationError', 'the configuration changes an immutable option')
    this.#configuration = configuration
  }

  createDataChannel(label: string, { negotiated, id }: RTCDataChannelInit): FakeDataChannel {
    this.expectOpen('createDataChannel')
    if (id === undefined || !negotiated || label !== channelLabels[id])
      throw this.recordViolation('TypeError', `the peer does not know the channel ${label} ${id}`)
    if (this.channels.has(id)) throw this.recordViolation('OperationError', `the id ${id} is in use`)
    const channel = new FakeDataChannel(this, { label, negotiated, id })
    this.channels.set(id, channel)
    this.updateNegotiationNeeded()
    return channel
  }

  /** The peer opens a channel that was not negotiated (RFC 8832). */
  receiveDataChannel(): FakeDataChannel {
    const channel = new FakeDataChannel(this, { label: 'another', negotiated: false, id: 9 })
    this.dispatchEvent(Object.assign(new Event('datachannel'), { channel }))
    return channel
  }

  /** Resolves even after close. */
  async getStats(): Promise<Map<string, object>> {
    await this.scheduler.schedule(Promise.resolve(), `${this.name} getStats`)
    if (this.isReceiving && this.partner && !this.partner.isClosed && !this.partner.hasStoppedSending)
      this.packetCount += 1
    const messagesReceived = this.channel?.received.length ?? 0
    return new Map<string, object>([
      ['P', { id: 'P', type: 'candidate-pair', bytesReceived: this.packetCount + messagesReceived }],
      ['I', { id: 'I', type: 'inbound-rtp', packetsReceived: this.packetCount }],
      ['D', { id: 'D', type: 'data-channel', messagesReceived }],
    ])
  }

  close(): void {
    this.closeCount += 1
    if (this.isClosed) return
    Object.assign(this, {
      isClosed: true,
      signalingState: 'closed',
      connectionState: 'closed',
      iceConnectionState: 'closed',
    })
    for (const channel of this.channels.values()) channel.readyState = 'closed'
    const { partner } = this
    partner?.schedule('learns that the peer closed', () => {
      if (partner.isReceiving) for (const channel of partner.channels.values()) channel.closeRemotely()
    })
    for (const state of ['disconnected', 'failed'] as const)
      partner?.schedule(`is alone: ${state}`, () => partner.losePath(state))
  }

  /** A new transport is available. */
  connectPath(): void {
    const other = this.network.findPartner(this)
    const ufrags = [this.currentLocalDescription, this.currentRemoteDescription].map(parseUfrag).join()
    if (!other || ufrags === this.#connectedUfrags || (this.partner && this.partner !== other)) return
    this.#connectedUfrags = ufrags
    this.partner = other
    this.setConnectionState('connected')
    this.sctp?.transport.setCertificates(...(other.getConfiguration().certificates ?? []))
    this.sctp?.transport.iceTransport.dispatchEvent(new Event('selectedcandidatepairchange'))
    this.schedule('channel opens', () => this.channels.forEach((channel) => channel.open()))
    this.setReceiving(true)
  }

  /** Requests a negotiation, as a new track without a transceiver does. */
  requestNegotiation(): void {
    if (this.isClosed) return
    this.#hasChanged = true
    this.updateNegotiationNeeded()
  }

  setReceiving(isReceiving: boolean): void {
    this.isReceiving = isReceiving
    for (const channel of this.channels.values()) channel.drain()
    if (isReceiving) for (const transceiver of this.transceivers) transceiver.unmute()
  }

  /** Loses the transport, and the browser reports it. */
  losePath(state: 'disconnected' | 'failed'): void {
    this.setReceiving(false)
    if (this.partner) this.setConnectionState(state)
  }

  /** The same transport works again. A failed connection stays failed until a restart. */
  recoverPath(): void {
    if (!this.partner || this.partner.isClosed || this.isClosed || this.connectionState === 'failed') return
    this.setConnectionState('connected')
    this.setReceiving(true)
  }

  /** Sets both states. Fires an event for each that changes, in the order of webrtc-pc §5.6. */
  setConnectionState(
    connectionState: RTCPeerConnectionState,
    iceConnectionState = connectionState as RTCIceConnectionState,
  ): void {
    if (this.isClosed) return
    const changed = [
      ...(iceConnectionState === this.iceConnectionState ? [] : ['iceconnectionstatechange']),
      ...(connectionState === this.connectionState ? [] : ['connectionstatechange']),
    ]
    Object.assign(this, { connectionState, iceConnectionState })
    for (const type of changed) this.dispatchEvent(new Event(type))
  }

  protected override get isNegotiationNeeded(): boolean {
    return (
      super.isNegotiationNeeded ||
      (this.signalingState === 'stable' && (this.#hasChanged || (this.channels.size > 0 && this.sctp === null)))
    )
  }

  protected override onNegotiated(isRestart: boolean): void {
    this.#hasChanged = false
    this.sctp ??= { transport: new FakeDtlsTransport() }
    for (const transceiver of this.transceivers) transceiver.setTransport(this.sctp.transport)
    if (isRestart && (this.isFirefox || this.connectionState === 'failed'))
      this.setConnectionState('connecting', 'checking')
  }
}
