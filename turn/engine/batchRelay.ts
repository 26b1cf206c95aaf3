import type { Channel, Relay } from '../core/types.ts'
import { AddressTable, type AddressEntry } from './addressTable.ts'
import type { BatchClient } from './batchClient.ts'
import type { BatchSocket } from './batchSocket.ts'
import { BinaryAddress } from './binaryAddress.ts'

/** A peer that had a channel when its last packet took the slow path. */
export interface ChannelPeer extends AddressEntry {
  readonly channel: Channel
}

/** Entries above the number of channels, before a table is cleared. It holds entries of channels that were unbound. */
const maxStaleEntries = 64

/** An open relay: its socket, and what the fast path remembers. The core decides whether that is still valid. */
export class BatchRelay {
  readonly relay: Relay
  readonly socket: BatchSocket
  /** The client whose fast path ends when this relay closes. */
  client: BatchClient | undefined
  /** Peers with a channel. Created for the first one, because many relays never relay. */
  peers: AddressTable<ChannelPeer> | undefined
  #lastAddress: BinaryAddress | undefined

  constructor(relay: Relay, socket: BatchSocket) {
    this.relay = relay
    this.socket = socket
  }

  /** Lets the next packet of a peer take the fast path. */
  rememberPeer(address: BinaryAddress, channel: Channel): void {
    this.peers ??= new AddressTable()
    const { netPort, word0, word1, word2, word3 } = address
    const known = this.peers.find(netPort, word0, word1, word2, word3)
    if (known) this.peers.delete(known)
    const channelCount = this.relay.allocation?.channels.size ?? 0
    if (this.peers.size > channelCount + maxStaleEntries) this.peers.clear()
    this.peers.add({ address, channel, next: undefined })
  }

  /** Returns the address for a send by text. Parsing costs more than the comparison with the last one. */
  addressOf(ip: string, port: number): BinaryAddress {
    if (this.#lastAddress?.port !== port || this.#lastAddress.ip !== ip) this.#lastAddress = new BinaryAddress(ip, port)
    return this.#lastAddress
  }
}
