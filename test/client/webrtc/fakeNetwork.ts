import { fromCallback } from 'xstate'
import type { DataChannel } from '../../../client/webrtc/dataChannel.ts'
import type { Continuity } from '../../../client/verification/continuity.ts'
import type {
  PeerConnectionEvent,
  PeerConnectionInput,
  PeerConnectionCommand,
} from '../../../machines/call/callEvents.ts'
import type { ChannelMessage } from '../../../machines/protocol/dataChannelMessages.ts'
import type { DescriptionMessage } from '../../../machines/protocol/messages.ts'

/** The network between fake peer connections. They find each other by the names in their descriptions. */
export class FakeNetwork {
  readonly peers: FakePeer[] = []

  /** The actor `connection` of a page, without a real connection. */
  readonly createConnectionActor = (continuity: Pick<Continuity, 'exchangeSecrets'>) =>
    fromCallback<PeerConnectionCommand, PeerConnectionInput, PeerConnectionEvent>(({ input, receive, sendBack }) => {
      const peer = new FakePeer(this, continuity, input.connection, this.peers.length + 1, sendBack)
      this.peers.push(peer)
      receive((order) => peer.execute(order))
      return () => peer.close()
    })

  findPeer(sdp: string): FakePeer | undefined {
    return this.peers.find((peer) => peer.isOpen && peer.name === parsePeerName(sdp))
  }

  /** Disconnects peers whose partner has closed; they notice a moment later. */
  disconnectOrphans(): void {
    const names = this.openPeers.map(({ name }) => name)
    for (const peer of this.openPeers) if (peer.partner && !names.includes(peer.partner)) peer.disconnect()
  }

  get openPeers(): FakePeer[] {
    return this.peers.filter(({ isOpen }) => isOpen)
  }
}

const parsePeerName = (sdp: string): string => /^s=(.*)$/m.exec(sdp)?.[1] ?? ''

export class FakePeer {
  readonly connection: string
  readonly name: string
  isOpen = true
  /** The name of the connected peer. */
  partner: string | null = null
  readonly #network: FakeNetwork
  readonly #continuity: Pick<Continuity, 'exchangeSecrets'>
  readonly #listeners = new Set<(message: ChannelMessage) => void>()
  readonly #report: (fact: PeerConnectionEvent) => void

  constructor(
    network: FakeNetwork,
    continuity: Pick<Continuity, 'exchangeSecrets'>,
    connection: string,
    id: number,
    report: (fact: PeerConnectionEvent) => void,
  ) {
    this.#network = network
    this.#continuity = continuity
    this.connection = connection
    this.name = `peer-${id}`
    this.#report = (fact) =>
      queueMicrotask(() => {
        if (this.isOpen) report(fact)
      })
  }

  execute(order: PeerConnectionCommand): void {
    if (order.type === 'createOffer') this.#describe('offer.created', order.negotiation)
    else if (order.type === 'applyOffer') this.#describe('answer.created', order.negotiation)
    else if (order.type === 'applyAnswer') this.#connect(order)
    else if (order.type === 'sendHangup')
      this.#network.openPeers.find(({ name }) => name === this.partner)?.receiveHangup()
  }

  close(): void {
    this.isOpen = false
  }

  get sdp(): string {
    return `v=0\r\ns=${this.name}\r\na=ice-ufrag:${this.name}\r\na=fingerprint:sha-256 ${this.name}\r\n`
  }

  /** Connects the transport to the peer and opens the data channel. */
  connectTo(partner: FakePeer): void {
    this.partner = partner.name
    // A message waits until the other end is open too.
    const channel: DataChannel = {
      send: (message) => queueMicrotask(() => partner.#listeners.forEach((listener) => listener(message))),
      subscribe: (listener) => {
        this.#listeners.add(listener)
        return () => this.#listeners.delete(listener)
      },
    }
    this.#listeners.clear()
    this.#continuity.exchangeSecrets({
      connection: this.connection,
      channel,
      pc: { currentRemoteDescription: { type: 'answer', sdp: partner.sdp } as RTCSessionDescription },
    })
    this.#report({ type: 'transport.connected' })
    this.#report({ type: 'media.started' })
  }

  receiveHangup(): void {
    this.#report({ type: 'hangup.received' })
  }

  disconnect(): void {
    this.#report({ type: 'transport.disconnected' })
  }

  /** The browser reports that the transport failed. */
  fail(): void {
    this.#report({ type: 'transport.failed' })
  }

  #describe(type: 'offer.created' | 'answer.created', negotiation: number): void {
    const { connection, name } = this
    this.#report({ type, connection, negotiation, sdp: this.sdp })
    this.#report({
      type: 'candidate.gathered',
      connection,
      candidate: {
        candidate: 'candidate:1 1 udp 1 192.0.2.7 9 typ host',
        sdpMid: '0',
        sdpMLineIndex: 0,
        usernameFragment: name,
      },
    })
  }

  #connect({ sdp }: DescriptionMessage): void {
    const other = this.#network.findPeer(sdp)
    if (!other) return
    this.connectTo(other)
    other.connectTo(this)
  }
}
