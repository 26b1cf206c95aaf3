import { channelHeaderBytes, isChannelData, spendOutbound } from '../core/channelData.ts'
import type { Channel } from '../core/types.ts'
import type { Listener, UdpContext } from '../net/udpEngine.ts'
import { AddressTable } from './addressTable.ts'
import { BatchClient, type ChannelRoute } from './batchClient.ts'
import type { BatchRelaySockets } from './batchRelaySockets.ts'
import type { BatchSocket } from './batchSocket.ts'
import type { BatchSockets } from './batchSockets.ts'
import { BinaryAddress } from './binaryAddress.ts'

/**
 * About 10 ms of packets at the engine's rate. A longer queue would not lose less under overload, but delay every packet.
 */
const recvBufferBytes = 1 << 20

/**
 * A UDP listener of the engine. ChannelData of a client with an allocation take the fast path: the core decides about
 * each packet, but no object is created. All other packets take the slow path, as with `node:dgram`.
 */
export class BatchListener implements Listener {
  readonly #context: UdpContext
  readonly #sockets: BatchSockets
  readonly #relays: BatchRelaySockets
  readonly #socket: BatchSocket
  /** Clients with an allocation that sent ChannelData. */
  readonly #clients = new AddressTable<BatchClient>()

  /** @throws the system's error when the address cannot be bound */
  constructor(
    context: UdpContext,
    sockets: BatchSockets,
    relays: BatchRelaySockets,
    { ip, port, isShared }: { readonly ip: string; readonly port: number; readonly isShared: boolean },
  ) {
    this.#context = context
    this.#sockets = sockets
    this.#relays = relays
    const onDatagrams = (first: number, count: number, now: number): void => this.#receive(first, count, now)
    this.#socket = sockets.open(ip, port, { recvBufferBytes, isShared, onDatagrams })
  }

  /** The bound address. */
  get address(): { ip: string; port: number } {
    return { ip: this.#socket.ip, port: this.#socket.port }
  }

  /** Closes the socket. May be called twice. */
  async close(): Promise<void> {
    this.#sockets.close(this.#socket)
    return Promise.resolve()
  }

  #receive(first: number, count: number, now: number): void {
    const { arena } = this.#sockets
    const { family } = this.#socket
    for (let slot = first; slot < first + count; slot++) {
      const netPort = arena.senderPort(slot)
      // A source port of 0 is always forged.
      if (netPort === 0) continue
      const client = this.#clients.find(
        netPort,
        arena.senderWord(slot, family, 0),
        family === 4 ? 0 : arena.senderWord(slot, family, 1),
        family === 4 ? 0 : arena.senderWord(slot, family, 2),
        family === 4 ? 0 : arena.senderWord(slot, family, 3),
      )
      const at = arena.datagramAt(slot)
      if (arena.isTruncated(slot)) this.#context.state.counters.dropped++
      else if (client && (arena.byteAt(at) & 0xc0) === 0x40 && arena.receivedBytes(slot) > 0)
        this.#relay(client, at, arena.receivedBytes(slot), now)
      else this.#receiveSlowly(slot, client, now)
    }
  }

  /** The fast path. Allocates no objects. */
  #relay(client: BatchClient, at: number, length: number, now: number): void {
    const { state } = this.#context
    const { counters } = state
    const { arena } = this.#sockets
    const dataBytes = length < channelHeaderBytes ? length : arena.uint16At(at + 2)
    const channel =
      dataBytes > length - channelHeaderBytes
        ? undefined
        : spendOutbound(state, client.allocation!, arena.uint16At(at), dataBytes, now)
    if (!channel) {
      counters.dropped++
      return
    }
    counters.packetsToPeers++
    counters.bytesToPeers += dataBytes
    let route = client.routes.get(channel.number)
    if (route?.channel !== channel) route = this.#addRoute(client, channel)
    if (route) this.#sockets.sendFromArena(route.socket, at + channelHeaderBytes, dataBytes, route.peer)
  }

  #addRoute(client: BatchClient, channel: Channel): ChannelRoute | undefined {
    const socket = this.#relays.socketOf(channel.permission.relay)
    if (!socket) return undefined
    // Routes of channels that were unbound since then.
    if (client.routes.size > 2 * client.allocation!.channels.size) client.routes.clear()
    const route = { channel, socket, peer: new BinaryAddress(channel.permission.reachedIp, channel.port) }
    client.routes.set(channel.number, route)
    return route
  }

  #receiveSlowly(slot: number, known: BatchClient | undefined, now: number): void {
    const { arena } = this.#sockets
    this.#sockets.isSlow = true
    const packet = arena.copyBytes(arena.datagramAt(slot), arena.receivedBytes(slot))
    const client = known ?? this.#createClient(slot)
    if (!isChannelData(packet)) return this.#context.handlePacket(packet, client)
    const allocation = this.#context.state.allocations.get(client.key)
    const owner = allocation?.fiveTuple
    if (!allocation || !(owner instanceof BatchClient)) return this.#context.relayChannelData(client.key, packet)
    owner.remember(allocation)
    this.#relays.link(owner, allocation)
    this.#relay(owner, arena.datagramAt(slot), packet.length, now)
  }

  #createClient(slot: number): BatchClient {
    const { family } = this.#socket
    const words = this.#sockets.arena.senderWords(slot, family)
    const address = BinaryAddress.fromWords(family, this.#sockets.arena.senderPort(slot), words)
    return new BatchClient(this.#sockets, this.#socket, this.#clients, address)
  }
}
