import { fromCallback } from 'xstate'
import type { Channel } from '../../../client/webrtc/dataChannel.ts'
import type { Continuity } from '../../../client/verification/continuity.ts'
import type { ConnectionFact, ConnectionInput, ConnectionOrder } from '../../../machines/call/callEvents.ts'
import type { ChannelMessage } from '../../../machines/protocol/dataChannelMessages.ts'
import type { Description } from '../../../machines/protocol/messages.ts'

/** What lies between two fake peer connections: they find each other by what their descriptions name. */
export class Ether {
  readonly peers: Peer[] = []

  /** The actor `connection` of a page, with nothing behind it. */
  readonly connectionOf = (continuity: Pick<Continuity, 'exchange'>) => fromCallback<ConnectionOrder, ConnectionInput, ConnectionFact>(({ input, receive, sendBack }) => {
    const peer = new Peer(this, continuity, input.connection, this.peers.length + 1, sendBack)
    this.peers.push(peer)
    receive((order) => peer.obey(order))
    return () => peer.close()
  })

  peerOf(sdp: string): Peer | undefined {
    return this.peers.find((peer) => peer.isOpen && peer.name === nameIn(sdp))
  }

  /** Whose partner is gone hears nothing any more, and notices that in a moment. */
  fallSilent(): void {
    const names = this.open.map(({ name }) => name)
    for (const peer of this.open) if (peer.partner && !names.includes(peer.partner)) peer.waver()
  }

  get open(): Peer[] {
    return this.peers.filter(({ isOpen }) => isOpen)
  }
}

const nameIn = (sdp: string): string => /^s=(.*)$/m.exec(sdp)?.[1] ?? ''

export class Peer {
  readonly connection: string
  readonly name: string
  isOpen = true
  /** Whom it is connected with, by name. */
  partner: string | null = null
  readonly #ether: Ether
  readonly #continuity: Pick<Continuity, 'exchange'>
  readonly #listeners = new Set<(message: ChannelMessage) => void>()
  readonly #report: (fact: ConnectionFact) => void

  constructor(ether: Ether, continuity: Pick<Continuity, 'exchange'>, connection: string, id: number, report: (fact: ConnectionFact) => void) {
    this.#ether = ether
    this.#continuity = continuity
    this.connection = connection
    this.name = `peer-${id}`
    this.#report = (fact) => queueMicrotask(() => { if (this.isOpen) report(fact) })
  }

  obey(order: ConnectionOrder): void {
    if (order.type === 'make.offer') this.#describe('offer.made', order.negotiation)
    else if (order.type === 'take.offer') this.#describe('answer.made', order.negotiation)
    else if (order.type === 'take.answer') this.#meet(order)
    else if (order.type === 'say.bye') this.#ether.open.find(({ name }) => name === this.partner)?.hearBye()
  }

  close(): void {
    this.isOpen = false
  }

  get sdp(): string {
    return `v=0\r\ns=${this.name}\r\na=ice-ufrag:${this.name}\r\na=fingerprint:sha-256 ${this.name}\r\n`
  }

  /** The way to the other side is there, and with it the data channel. */
  open(partner: Peer): void {
    this.partner = partner.name
    // What is sent waits until the other end is open, too.
    const channel: Channel = {
      say: (message) => queueMicrotask(() => partner.#listeners.forEach((listener) => listener(message))),
      watch: (listener) => {
        this.#listeners.add(listener)
        return () => this.#listeners.delete(listener)
      },
    }
    this.#listeners.clear()
    this.#continuity.exchange({ connection: this.connection, channel, pc: { currentRemoteDescription: { type: 'answer', sdp: partner.sdp } as RTCSessionDescription } })
    this.#report({ type: 'path.opened' })
    this.#report({ type: 'media.flowed' })
  }

  hearBye(): void {
    this.#report({ type: 'bye.received' })
  }

  waver(): void {
    this.#report({ type: 'path.wavered' })
  }

  /** The browser has given the path up. */
  fail(): void {
    this.#report({ type: 'path.failed' })
  }

  #describe(type: 'offer.made' | 'answer.made', negotiation: number): void {
    const { connection, name } = this
    this.#report({ type, connection, negotiation, sdp: this.sdp })
    this.#report({
      type: 'candidate.gathered', connection,
      candidate: { candidate: 'candidate:1 1 udp 1 192.0.2.7 9 typ host', sdpMid: '0', sdpMLineIndex: 0, usernameFragment: name },
    })
  }

  #meet({ sdp }: Description): void {
    const other = this.#ether.peerOf(sdp)
    if (!other) return
    this.open(other)
    other.open(this)
  }
}
