import { addressOf, type Libc } from './libc.ts'

/** Packets of one system call. */
export const batchPackets = 64
const slotBytes = 2048
/** Layouts of a 64-bit Linux: recvmmsg(2), readv(2). */
const iovec = { bytes: 16, length: 8 }
const mmsghdr = { bytes: 64, iov: 16, iovCount: 24, packetLength: 56 }
const sendHeadersAt = batchPackets * mmsghdr.bytes
const receiveIovsAt = 2 * sendHeadersAt
const sendIovsAt = receiveIovsAt + batchPackets * iovec.bytes
const slotsAt = sendIovsAt + batchPackets * iovec.bytes
const dontWait = 0x40

/**
 * 64 packet buffers with the headers of `recvmmsg` and `sendmmsg`. Received packets can be sent from the same buffers.
 * Nothing is allocated after the constructor, so the garbage collector never pauses a measurement.
 */
export class PacketBatch {
  /** The packet `index` starts at `wordOf(index)`, in native byte order. */
  readonly words: Uint32Array
  readonly #bytes: Buffer
  readonly #libc: Libc
  readonly #address: number

  constructor(libc: Libc) {
    const memory = new ArrayBuffer(slotsAt + batchPackets * slotBytes)
    this.#libc = libc
    this.#address = addressOf(memory)
    this.#bytes = Buffer.from(memory)
    this.words = new Uint32Array(memory)
    for (let index = 0; index < batchPackets; index++) {
      this.#writeHeader(index * mmsghdr.bytes, receiveIovsAt + index * iovec.bytes, index)
      this.#writeHeader(sendHeadersAt + index * mmsghdr.bytes, sendIovsAt + index * iovec.bytes, index)
    }
  }

  #writeHeader(headerAt: number, iovAt: number, index: number): void {
    this.#writePointer(headerAt + mmsghdr.iov, iovAt)
    this.words[(headerAt + mmsghdr.iovCount) >> 2] = 1
    this.#writePointer(iovAt, slotsAt + index * slotBytes)
    this.words[(iovAt + iovec.length) >> 2] = slotBytes
  }

  #writePointer(at: number, target: number): void {
    this.#bytes.writeBigUInt64LE(BigInt(this.#address + target), at)
  }

  /** The word that starts packet `index`. */
  wordOf(index: number): number {
    return (slotsAt + index * slotBytes) >> 2
  }

  /** Receives up to 64 packets without waiting. Returns their number; 0 when none waits, or after an error. */
  receive(socket: number): number {
    const count = this.#libc.recvmmsg(socket, this.#address, batchPackets, dontWait, 0)
    return count > 0 ? count : 0
  }

  /** The length of a received packet, in bytes. */
  lengthOf(index: number): number {
    return this.words[(index * mmsghdr.bytes + mmsghdr.packetLength) >> 2]!
  }

  /** A copy of a received packet. */
  copyOf(index: number): Buffer {
    const at = slotsAt + index * slotBytes
    return Buffer.from(this.#bytes.subarray(at, at + this.lengthOf(index)))
  }

  /** Writes a packet of at most 2048 bytes. `send` sends it. */
  write(index: number, packet: Uint8Array): void {
    this.#bytes.set(packet, slotsAt + index * slotBytes)
    this.#setSendLength(index, packet.length)
  }

  /** Sends packets that `write` wrote. Packets that the kernel rejects are lost. */
  send(socket: number, first: number, count: number): void {
    for (let sent = 0; sent < count;) {
      const at = this.#address + sendHeadersAt + (first + sent) * mmsghdr.bytes
      // After an error, the first packet of the rest counts as lost.
      sent += Math.max(1, this.#libc.sendmmsg(socket, at, count - sent, 0))
    }
  }

  /** Sends received packets unchanged. */
  sendBack(socket: number, first: number, count: number): void {
    for (let index = first; index < first + count; index++) this.#setSendLength(index, this.lengthOf(index))
    this.send(socket, first, count)
  }

  #setSendLength(index: number, length: number): void {
    this.words[(sendIovsAt + index * iovec.bytes + iovec.length) >> 2] = length
  }
}
