import type { FiveTuple } from '../core/fiveTuple.ts'
import type { Allocation, Channel } from '../core/types.ts'
import type { Address } from '../stun/ip.ts'
import type { AddressEntry, AddressTable } from './addressTable.ts'
import type { BatchSocket } from './batchSocket.ts'
import type { BatchSockets } from './batchSockets.ts'
import type { BinaryAddress } from './binaryAddress.ts'

/** The way of a channel to its peer. It is valid while the allocation has this channel under its number. */
export interface ChannelRoute {
  readonly channel: Channel
  readonly socket: BatchSocket
  readonly peer: BinaryAddress
}

/** The 5-tuple of a client over UDP. While the client has an allocation, the table of its listener remembers it. */
export class BatchClient implements FiveTuple, AddressEntry {
  readonly transport = 'udp'
  readonly key: string
  readonly local: Address
  readonly address: BinaryAddress
  readonly socket: BatchSocket
  next: AddressEntry | undefined
  /** Undefined while the table does not have this client. */
  allocation: Allocation | undefined
  /** By channel number. Also holds routes of channels that were unbound; their number is bounded. */
  readonly routes = new Map<number, ChannelRoute>()
  readonly #sockets: BatchSockets
  readonly #table: AddressTable<BatchClient>

  constructor(sockets: BatchSockets, socket: BatchSocket, table: AddressTable<BatchClient>, address: BinaryAddress) {
    this.#sockets = sockets
    this.#table = table
    this.socket = socket
    this.address = address
    this.local = { ip: socket.ip, port: socket.port }
    this.key = `udp ${socket.ip} ${address.ip} ${address.port}`
  }

  /** The client's address. */
  get remote(): Address {
    return this.address
  }

  send(packet: Uint8Array): void {
    this.#sockets.send(this.socket, packet, 0, packet.length, this.address)
  }

  /** Remembers the allocation, so that ChannelData take the fast path. */
  remember(allocation: Allocation): void {
    if (this.allocation === undefined) this.#table.add(this)
    this.allocation = allocation
  }

  /** Forgets the allocation. May be called twice. */
  forget(): void {
    if (this.allocation === undefined) return
    this.allocation = undefined
    this.#table.delete(this)
  }
}
