import type { Relay } from '../core/types.ts'
import { handleRelayBound } from '../core/pendingAllocation.ts'
import { handleRelayError, reportSocketError } from './socketErrors.ts'
import { relayPeerData } from './peerData.ts'
import type { RelaySockets, UdpContext } from './udpEngine.ts'
import { createUdpSocket } from './udpSocket.ts'
import { UdpSender } from './udpSender.ts'

/** Holds a burst of video: about a third of a second at 24 Mbit/s. */
const recvBufferBytes = 1 << 20

/** The sockets of relays, by `node:dgram`. */
export class DgramRelaySockets implements RelaySockets {
  readonly #context: UdpContext
  readonly #senders = new Map<Relay, UdpSender>()

  constructor(context: UdpContext) {
    this.#context = context
  }

  open(relay: Relay): void {
    const { state } = this.#context
    if (!state.pendingRelays.has(relay)) return
    if (!this.#context.descriptors.acquire()) return handleRelayError(this.#context, relay, 'EMFILE')
    const socket = createUdpSocket(relay.family, recvBufferBytes)
    this.#senders.set(relay, new UdpSender(socket, this.#context.sendContext))
    socket.on('message', (data, from) => this.#receive(relay, data, from.address, from.port))
    socket.once('error', (error: NodeJS.ErrnoException) => {
      this.close(relay)
      handleRelayError(this.#context, relay, error.code)
    })
    socket.bind({ address: relay.local.ip, port: relay.local.port, exclusive: true }, () => {
      socket.removeAllListeners('error').on('error', (error) => reportSocketError(this.#context, 'relay', error))
      this.#context.perform(handleRelayBound(state, relay))
    })
  }

  send(relay: Relay, packet: Uint8Array, offset: number, length: number, port: number, ip: string): void {
    const { counters } = this.#context.state
    counters.packetsToPeers++
    counters.bytesToPeers += length
    this.#senders.get(relay)?.send(packet, offset, length, port, ip)
  }

  /** @throws {Error} always: `node:dgram` cannot set DF, and the core knows that */
  sendWhole(): never {
    throw new Error('node:dgram cannot set DF')
  }

  close(relay: Relay): void {
    const sender = this.#senders.get(relay)
    if (!sender) return
    this.#senders.delete(relay)
    this.#context.descriptors.release()
    sender.close()
  }

  async closeAll(): Promise<void> {
    const senders = [...this.#senders.values()]
    this.#senders.clear()
    await Promise.all(
      senders.map(
        (sender) =>
          new Promise<void>((resolve) => {
            this.#context.descriptors.release()
            sender.close(resolve)
          }),
      ),
    )
  }

  /** Relays a peer's packet to its client. On the per-packet path. */
  #receive(relay: Relay, data: Buffer, ip: string, port: number): void {
    const { state, clock } = this.#context
    relayPeerData(state, relay, data, ip, port, clock.now())
  }
}
