import { findChannelOf, isChannelOpen } from '../core/channelData.ts'
import { handleRelayBound } from '../core/pendingAllocation.ts'
import { spendBytes } from '../core/quotas.ts'
import type { Allocation, Relay } from '../core/types.ts'
import { handleRelayError } from '../net/socketErrors.ts'
import { relayPeerData } from '../net/peerData.ts'
import type { RelaySockets, UdpContext } from '../net/udpEngine.ts'
import { BatchClient } from './batchClient.ts'
import { BatchRelay } from './batchRelay.ts'
import type { BatchSocket } from './batchSocket.ts'
import type { BatchSockets } from './batchSockets.ts'
import { BinaryAddress } from './binaryAddress.ts'

/** A burst of 220 packets of 1000 bytes: a tenth of a second of video at 18 Mbit/s. */
const recvBufferBytes = 256 << 10

/**
 * The sockets of relays. Packets of a peer with a channel take the fast path to a client over UDP: the core decides
 * about each packet, but no object is created.
 */
export class BatchRelaySockets implements RelaySockets {
  readonly #context: UdpContext
  readonly #sockets: BatchSockets
  readonly #byRelay = new Map<Relay, BatchRelay>()

  constructor(context: UdpContext, sockets: BatchSockets) {
    this.#context = context
    this.#sockets = sockets
  }

  /** Binds at once, so the Allocate continues before this method returns. */
  open(relay: Relay): void {
    const context = this.#context
    if (!context.state.pendingRelays.has(relay)) return
    if (!context.descriptors.acquire()) return handleRelayError(context, relay, 'EMFILE')
    let opened: BatchRelay
    try {
      const { ip, port } = relay.local
      const onDatagrams = (first: number, count: number, now: number): void => this.#receive(opened, first, count, now)
      opened = new BatchRelay(relay, this.#sockets.open(ip, port, { recvBufferBytes, onDatagrams }))
    } catch (error) {
      context.descriptors.release()
      return handleRelayError(context, relay, (error as NodeJS.ErrnoException).code)
    }
    this.#byRelay.set(relay, opened)
    context.perform(handleRelayBound(context.state, relay))
  }

  send(relay: Relay, packet: Uint8Array, offset: number, length: number, port: number, ip: string): void {
    const { counters } = this.#context.state
    counters.packetsToPeers++
    counters.bytesToPeers += length
    const opened = this.#byRelay.get(relay)
    if (opened) this.#sockets.send(opened.socket, packet, offset, length, opened.addressOf(ip, port))
  }

  sendWhole(relay: Relay, packet: Uint8Array, port: number, ip: string): void {
    const { counters } = this.#context.state
    counters.packetsToPeers++
    counters.bytesToPeers += packet.length
    const opened = this.#byRelay.get(relay)
    if (opened) this.#sockets.sendWhole(opened.socket, packet, opened.addressOf(ip, port))
  }

  close(relay: Relay): void {
    const closed = this.#byRelay.get(relay)
    if (!closed) return
    this.#byRelay.delete(relay)
    closed.client?.forget()
    this.#sockets.close(closed.socket)
    this.#context.descriptors.release()
  }

  async closeAll(): Promise<void> {
    for (const relay of [...this.#byRelay.keys()]) this.close(relay)
    return Promise.resolve()
  }

  /** Returns the open socket of a relay, if any. */
  socketOf(relay: Relay): BatchSocket | undefined {
    return this.#byRelay.get(relay)?.socket
  }

  /** When a relay of the allocation closes, the client is forgotten. */
  link(client: BatchClient, { relays }: Allocation): void {
    for (const relay of relays) {
      const opened = this.#byRelay.get(relay)
      if (opened) opened.client = client
    }
  }

  #receive(opened: BatchRelay, first: number, count: number, now: number): void {
    const { state } = this.#context
    const { arena } = this.#sockets
    const { relay } = opened
    const { family } = relay
    const client = relay.allocation?.fiveTuple
    for (let slot = first; slot < first + count; slot++) {
      const peer = opened.peers?.find(
        arena.senderPort(slot),
        arena.senderWord(slot, family, 0),
        family === 4 ? 0 : arena.senderWord(slot, family, 1),
        family === 4 ? 0 : arena.senderWord(slot, family, 2),
        family === 4 ? 0 : arena.senderWord(slot, family, 3),
      )
      if (arena.isTruncated(slot)) state.counters.dropped++
      else if (peer && client instanceof BatchClient && isChannelOpen(state, relay, peer.channel, now))
        this.#relay(client, relay.allocation!, peer.channel.number, slot, now)
      else this.#receiveSlowly(opened, slot, now)
    }
  }

  /** The fast path. Allocates no objects. */
  #relay(client: BatchClient, allocation: Allocation, channelNumber: number, slot: number, now: number): void {
    const { state } = this.#context
    const { counters } = state
    const { arena } = this.#sockets
    const length = arena.receivedBytes(slot)
    if (!spendBytes(state, allocation, length, now)) {
      counters.dropped++
      return
    }
    counters.packetsToClients++
    counters.bytesToClients += length
    const at = arena.writeChannelHeader(arena.datagramAt(slot), channelNumber, length)
    this.#sockets.sendFromArena(client.socket, at, length + (arena.datagramAt(slot) - at), client.address)
  }

  #receiveSlowly(opened: BatchRelay, slot: number, now: number): void {
    const { state } = this.#context
    const { arena } = this.#sockets
    const { relay } = opened
    this.#sockets.isSlow = true
    const words = arena.senderWords(slot, relay.family)
    const address = BinaryAddress.fromWords(relay.family, arena.senderPort(slot), words)
    const data = arena.copyBytes(arena.datagramAt(slot), arena.receivedBytes(slot))
    relayPeerData(state, relay, data, address.ip, address.port, now)
    const channel = findChannelOf(relay, address.ip, address.port)
    if (channel) opened.rememberPeer(address, channel)
  }
}
