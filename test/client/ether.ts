import { fromCallback } from 'xstate'
import type { ConnectionFact, ConnectionInput, ConnectionOrder } from '../../machines/call.facts.ts'
import type { Description } from '../../machines/wire.ts'

/** What lies between two fake peer connections: they find each other by what their descriptions name. */
export class Ether {
  readonly peers: Peer[] = []

  /** The actor `connection`, with nothing behind it. */
  readonly connection = fromCallback<ConnectionOrder, ConnectionInput, ConnectionFact>(({ input, receive, sendBack }) => {
    const peer = new Peer(this, input.connection, this.peers.length + 1, sendBack)
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
  readonly #report: (fact: ConnectionFact) => void

  constructor(ether: Ether, connection: string, id: number, report: (fact: ConnectionFact) => void) {
    this.#ether = ether
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

  /** The way to the other side is there. */
  open(partner: string): void {
    this.partner = partner
    this.#report({ type: 'path.opened' })
    this.#report({ type: 'media.flowed' })
  }

  hearBye(): void {
    this.#report({ type: 'bye.received' })
  }

  waver(): void {
    this.#report({ type: 'path.wavered' })
  }

  #describe(type: 'offer.made' | 'answer.made', negotiation: number): void {
    const { connection, name } = this
    this.#report({ type, connection, negotiation, sdp: `v=0\r\ns=${name}\r\na=ice-ufrag:${name}\r\n` })
    this.#report({
      type: 'candidate.gathered', connection,
      candidate: { candidate: 'candidate:1 1 udp 1 192.0.2.7 9 typ host', sdpMid: '0', sdpMLineIndex: 0, usernameFragment: name },
    })
  }

  #meet({ sdp }: Description): void {
    const other = this.#ether.peerOf(sdp)
    if (!other) return
    this.open(other.name)
    other.open(this.name)
  }
}
