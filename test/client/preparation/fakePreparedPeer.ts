import { FakeCertificate } from '../webrtc/fakeCertificates.ts'

/** The data channel of a `FakePreparedPeer`. */
export class FakePreparedChannel extends EventTarget {
  readyState: RTCDataChannelState = 'connecting'
  readonly sent: string[] = []

  send(text: string): void {
    this.sent.push(text)
  }

  open(): void {
    this.readyState = 'open'
    this.dispatchEvent(new Event('open'))
  }

  receive(message: unknown): void {
    const data = typeof message === 'string' ? message : JSON.stringify(message)
    this.dispatchEvent(Object.assign(new Event('message'), { data }))
  }
}

/** The part of RTCPeerConnection that a prepared connection uses. It gathers one relay candidate, and one host candidate. */
export class FakePreparedPeer extends EventTarget {
  /** All connections, oldest first. */
  static all: FakePreparedPeer[] = []
  /** False: the relay gives no candidate. */
  static hasRelay = true
  static generateCertificate = (): Promise<RTCCertificate> => Promise.resolve(new FakeCertificate())

  readonly configuration: RTCConfiguration
  connectionState: RTCPeerConnectionState = 'new'
  iceGatheringState: RTCIceGatheringState = 'new'
  localDescription: { sdp: string } | null = null
  currentRemoteDescription: { sdp: string } | null = null
  channel = new FakePreparedChannel()
  /** The tracks of the senders that were filled. */
  readonly filled: unknown[] = []
  readonly #transceivers: object[] = []

  constructor(configuration: RTCConfiguration) {
    super()
    this.configuration = configuration
    FakePreparedPeer.all.push(this)
  }

  /** The connections that are not closed. */
  static get open(): FakePreparedPeer[] {
    return FakePreparedPeer.all.filter(({ connectionState }) => connectionState !== 'closed')
  }

  createDataChannel(label: string): FakePreparedChannel {
    return label === 'duet' ? this.channel : new FakePreparedChannel()
  }

  addTransceiver(kind: string): void {
    const sender = {
      track: null,
      replaceTrack: (track: unknown) => {
        if (track) this.filled.push(track)
        return Promise.resolve()
      },
      getParameters: () => ({ encodings: [] }),
      setParameters: () => Promise.resolve(),
    }
    const receiver = { track: { kind } }
    this.#transceivers.push({ direction: 'sendrecv', mid: String(this.#transceivers.length), sender, receiver })
  }

  getTransceivers(): object[] {
    return this.#transceivers
  }

  createOffer(): Promise<object> {
    return Promise.resolve({})
  }

  createAnswer(): Promise<object> {
    return Promise.resolve({})
  }

  setLocalDescription(): Promise<void> {
    const relay = 'a=candidate:2 1 udp 1 198.51.100.9 9 typ relay raddr 192.0.2.7 rport 9'
    const lines = ['v=0', 'a=candidate:1 1 udp 2 192.0.2.7 9 typ host', ...(FakePreparedPeer.hasRelay ? [relay] : [])]
    this.localDescription = { sdp: FakePreparedPeer.hasRelay ? lines.join('\r\n') : 'v=0' }
    this.iceGatheringState = 'complete'
    return Promise.resolve()
  }

  setRemoteDescription({ sdp }: { sdp: string }): Promise<void> {
    if (!sdp.startsWith('v=0')) return Promise.reject(new Error('not a description'))
    this.currentRemoteDescription = { sdp }
    for (const kind of ['audio', 'video', 'video', 'audio']) this.addTransceiver(kind)
    return Promise.resolve()
  }

  fail(): void {
    this.connectionState = 'failed'
    this.dispatchEvent(new Event('connectionstatechange'))
  }

  close(): void {
    this.connectionState = 'closed'
  }
}
