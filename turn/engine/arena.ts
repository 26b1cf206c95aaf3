import {
  arenaBytes,
  batchSize,
  epollEvent,
  headroomBytes,
  iovec,
  maxDatagramBytes,
  maxMessages,
  mmsghdr,
  msghdr,
  nameBytes,
  receiveSlots,
  regions,
  sendSlots,
  slotBytes,
  sockaddrIn,
  sockaddrIn6,
} from './layout.ts'
import type { Family } from '../stun/ip.ts'
import type { BinaryAddress } from './binaryAddress.ts'
import { linux } from './systemCalls.ts'

/** Memory for an arena. `buffer` never moves, and the arena keeps it alive. */
export interface ArenaMemory {
  readonly buffer: ArrayBuffer
  /** Address of the first byte. */
  readonly address: number
}

const firstReceiveSlot = regions.slots + headroomBytes
const firstSendSlot = firstReceiveSlot + receiveSlots * slotBytes
const nameBytesOf = { 4: sockaddrIn.bytes, 6: sockaddrIn6.bytes } as const

/**
 * The memory that the kernel reads and writes. All pointer arithmetic of the engine is in this file. An offset counts
 * from the start of the arena. Each method writes only structs that `layout.ts` places, and checks what it passes to
 * the kernel.
 */
export class Arena {
  readonly #bytes: Uint8Array
  readonly #u16: Uint16Array
  readonly #u32: Uint32Array
  readonly #i32: Int32Array
  readonly #low: number
  readonly #high: number
  readonly #address: number
  /** Reused by `senderWords`. */
  readonly #words = new Int32Array(4)

  /** @throws {Error} when the memory is too small or not at a multiple of 64 */
  constructor({ buffer, address }: ArenaMemory) {
    if (buffer.byteLength < arenaBytes) throw new Error(`the arena needs ${arenaBytes} bytes`)
    if (!Number.isSafeInteger(address) || address <= 0 || address % 8 !== 0)
      throw new Error('the arena is not at a valid address')
    this.#bytes = new Uint8Array(buffer, 0, arenaBytes)
    this.#u16 = new Uint16Array(buffer, 0, arenaBytes / 2)
    this.#u32 = new Uint32Array(buffer, 0, arenaBytes / 4)
    this.#i32 = new Int32Array(buffer, 0, arenaBytes / 4)
    this.#address = address
    this.#low = address % 2 ** 32
    this.#high = Math.floor(address / 2 ** 32)
    this.#prepareReceive()
    this.#prepareSend()
  }

  /** Each received message has its own name and its own slot, for ever. */
  #prepareReceive(): void {
    for (let slot = 0; slot < receiveSlots; slot++) {
      const message = regions.receiveMessages + slot * mmsghdr.bytes
      const vector = regions.receiveVectors + slot * iovec.bytes
      this.#setPointer(message + msghdr.at.name, regions.receiveNames + slot * nameBytes)
      this.#setPointer(message + msghdr.at.vectors, vector)
      this.#u32[(message + msghdr.at.vectorCount) >> 2] = 1
      this.#setPointer(vector + iovec.at.base, firstReceiveSlot + slot * slotBytes)
      this.#u32[(vector + iovec.at.length) >> 2] = maxDatagramBytes
    }
  }

  #prepareSend(): void {
    for (let i = 0; i < maxMessages; i++) {
      const message = regions.sendMessages + i * mmsghdr.bytes
      this.#setPointer(message + msghdr.at.name, regions.sendNames + i * nameBytes)
      this.#setPointer(message + msghdr.at.vectors, regions.sendVectors + i * iovec.bytes)
      this.#u32[(message + msghdr.at.vectorCount) >> 2] = 1
    }
  }

  #setPointer(at: number, target: number): void {
    const low = this.#low + target
    this.#u32[at >> 2] = low
    this.#u32[(at + 4) >> 2] = low < 2 ** 32 ? this.#high : this.#high + 1
  }

  // Receiving.

  /** Returns the pointer to `batchSize` messages for `recvmmsg`, from the slot `first`. */
  receivePointer(first: number): number {
    if (!(first >= 0 && first + batchSize <= receiveSlots)) throw new RangeError('slots beyond the arena')
    for (let slot = first; slot < first + batchSize; slot++)
      this.#u32[(regions.receiveMessages + slot * mmsghdr.bytes + msghdr.at.nameBytes) >> 2] = sockaddrIn6.bytes
    return this.#address + regions.receiveMessages + first * mmsghdr.bytes
  }

  /** Returns the offset of the datagram in a slot. */
  datagramAt(slot: number): number {
    return firstReceiveSlot + slot * slotBytes
  }

  /** Returns the length of a received datagram, in bytes. */
  receivedBytes(slot: number): number {
    return this.#u32[(regions.receiveMessages + slot * mmsghdr.bytes + mmsghdr.at.length) >> 2]!
  }

  /** Returns whether the kernel cut the datagram. No UDP datagram is larger than a slot, so this is a jumbogram. */
  isTruncated(slot: number): boolean {
    return (this.#u32[(regions.receiveMessages + slot * mmsghdr.bytes + msghdr.at.flags) >> 2]! & linux.MSG_TRUNC) !== 0
  }

  /** Returns the sender's port in network order. */
  senderPort(slot: number): number {
    return this.#u16[(regions.receiveNames + slot * nameBytes + sockaddrIn.at.port) >> 1]!
  }

  /** Returns a word of the sender's address: 0 for IPv4, 0 to 3 for IPv6. */
  senderWord(slot: number, family: Family, word: number): number {
    const ipAt = family === 4 ? sockaddrIn.at.ip : sockaddrIn6.at.ip
    return this.#i32[(regions.receiveNames + slot * nameBytes + ipAt + 4 * word) >> 2]!
  }

  /** Returns the words of the sender's address. The next call overwrites them. */
  senderWords(slot: number, family: Family): Int32Array {
    for (let word = 0; word < 4; word++)
      this.#words[word] = word === 0 || family === 6 ? this.senderWord(slot, family, word) : 0
    return this.#words
  }

  // Datagrams.

  /** Returns one byte of the arena. */
  byteAt(offset: number): number {
    return this.#bytes[offset]!
  }

  /** Returns two bytes of the arena as a number in network order. */
  uint16At(offset: number): number {
    return (this.#bytes[offset]! << 8) | this.#bytes[offset + 1]!
  }

  /** Writes the header of ChannelData (RFC 8656 §12.4) before the datagram at `offset`, and returns its offset. */
  writeChannelHeader(offset: number, channelNumber: number, length: number): number {
    const at = offset - 4
    this.#bytes[at] = channelNumber >> 8
    this.#bytes[at + 1] = channelNumber
    this.#bytes[at + 2] = length >> 8
    this.#bytes[at + 3] = length
    return at
  }

  /** Returns a copy, for code that keeps the packet. */
  copyBytes(offset: number, length: number): Buffer {
    return Buffer.from(this.#bytes.subarray(offset, offset + length))
  }

  /** Copies a packet into a slot for sending, and returns its offset. @param length at most 65,535 bytes */
  storePacket(slot: number, packet: Uint8Array, start: number, length: number): number {
    if (!(slot >= 0 && slot < sendSlots) || length > maxDatagramBytes) throw new RangeError('packet beyond its slot')
    const at = firstSendSlot + slot * slotBytes
    this.#bytes.set(packet.subarray(start, start + length), at)
    return at
  }

  // Sending.

  /** Writes the message `index` of the next `sendmmsg`. */
  setMessage(index: number, offset: number, length: number, to: BinaryAddress): void {
    if (!(offset >= regions.slots && length >= 0 && offset + length <= arenaBytes && index < maxMessages))
      throw new RangeError('message beyond the arena')
    const message = regions.sendMessages + index * mmsghdr.bytes
    const vector = regions.sendVectors + index * iovec.bytes
    this.#setPointer(vector + iovec.at.base, offset)
    this.#u32[(vector + iovec.at.length) >> 2] = length
    this.#u32[(message + msghdr.at.nameBytes) >> 2] = this.#setName(regions.sendNames + index * nameBytes, to)
  }

  /** Returns the pointer to the messages for `sendmmsg`, from `first`. */
  sendPointer(first: number): number {
    return this.#address + regions.sendMessages + first * mmsghdr.bytes
  }

  /** Writes a sockaddr and returns its length. The flow and the scope of an IPv6 address stay 0. */
  #setName(at: number, { family, netPort, word0, word1, word2, word3 }: BinaryAddress): number {
    this.#u16[(at + sockaddrIn.at.port) >> 1] = netPort
    if (family === 4) {
      this.#u16[at >> 1] = linux.AF_INET
      this.#i32[(at + sockaddrIn.at.ip) >> 2] = word0
      // An earlier IPv6 address may have filled the bytes of the zero field.
      this.#i32[(at + sockaddrIn.at.zero) >> 2] = 0
      this.#i32[(at + sockaddrIn.at.zero + 4) >> 2] = 0
      return nameBytesOf[4]
    }
    const ip = (at + sockaddrIn6.at.ip) >> 2
    this.#u16[at >> 1] = linux.AF_INET6
    this.#i32[(at + sockaddrIn6.at.flow) >> 2] = 0
    this.#i32[ip] = word0
    this.#i32[ip + 1] = word1
    this.#i32[ip + 2] = word2
    this.#i32[ip + 3] = word3
    this.#i32[(at + sockaddrIn6.at.scope) >> 2] = 0
    return nameBytesOf[6]
  }

  // Arguments of other system calls. Each call overwrites the arguments of the last one.

  /** Returns the pointer to a sockaddr, and its length. */
  nameArgument(address: BinaryAddress): readonly [pointer: number, bytes: number] {
    return [this.#address + regions.scratch, this.#setName(regions.scratch, address)]
  }

  /** Returns the pointers to space for a sockaddr and to its length. `resultPort` reads the result. */
  nameResult(): readonly [name: number, bytes: number] {
    this.#u32[(regions.scratch + nameBytes) >> 2] = nameBytes
    return [this.#address + regions.scratch, this.#address + regions.scratch + nameBytes]
  }

  /** Returns the port of the sockaddr that the last call wrote. */
  resultPort(): number {
    return this.uint16At(regions.scratch + sockaddrIn.at.port)
  }

  /** Returns the pointer to an integer option. */
  integerArgument(value: number): number {
    this.#i32[regions.scratch >> 2] = value
    return this.#address + regions.scratch
  }

  /** Returns the pointer to an epoll event of a descriptor. */
  eventArgument(events: number, descriptor: number): number {
    this.#u32[(regions.scratch + epollEvent.at.events) >> 2] = events
    this.#i32[(regions.scratch + epollEvent.at.descriptor) >> 2] = descriptor
    return this.#address + regions.scratch
  }

  /** Returns the pointer to the events for `epoll_wait`. */
  get eventsPointer(): number {
    return this.#address + regions.events
  }

  /** Returns the descriptor of an event of the last `epoll_wait`. */
  eventDescriptor(index: number): number {
    return this.#i32[(regions.events + index * epollEvent.bytes + epollEvent.at.descriptor) >> 2]!
  }

  /** Returns the flags of an event of the last `epoll_wait`. */
  eventFlags(index: number): number {
    return this.#u32[(regions.events + index * epollEvent.bytes + epollEvent.at.events) >> 2]!
  }
}
