import { loadFunctions } from '../../../turn/engine/systemCalls.ts'
import { parseIp, type Address } from '../../../turn/stun/ip.ts'

const [afInet, sockRaw, protoIcmp, protoUdp, protoRaw] = [2, 3, 1, 17, 255]
const sockaddrBytes = 16
const [ipBytes, udpBytes, icmpBytes] = [20, 8, 8]
const maxPacketBytes = 65_535
const destinationUnreachable = 3

const load = () =>
  loadFunctions({
    socket: ['int', 'int', 'int'],
    sendto: ['int', 'uintptr_t', 'uintptr_t', 'int', 'uintptr_t', 'int'],
    close: ['int'],
  })

/**
 * Sends IPv4 packets with any source address and port, through a raw socket. Loopback accepts all of 127/8 as a source.
 * Needs root.
 */
export class ForgedPackets {
  readonly #libc = load()
  readonly #bytes: Buffer
  readonly #pointer: number
  readonly #fd: number

  /** @throws {Error} without the capability CAP_NET_RAW */
  constructor() {
    // The name of the destination lies before the packet.
    const memory = new ArrayBuffer(sockaddrBytes + maxPacketBytes)
    this.#bytes = Buffer.from(memory)
    this.#pointer = this.#libc.memory.addressOf(memory)
    this.#fd = this.#check(this.#libc.functions.socket(afInet, sockRaw, protoRaw))
  }

  /** Sends a UDP datagram. */
  send(from: Address, to: Address, data: Uint8Array): void {
    const at = sockaddrBytes + ipBytes
    this.#writeUdpHeader(at, from, to, data.length)
    this.#bytes.set(data, at + udpBytes)
    this.#sendPacket(protoUdp, from.ip, to.ip, udpBytes + data.length)
  }

  /**
   * Sends an ICMP error for a datagram that `sender` sent, or never sent, to `destination` (RFC 792).
   * @param code such as 3, port unreachable, or 4, fragmentation needed; then the MTU is 576 bytes
   */
  sendUnreachable(code: number, sender: Address, destination: Address): void {
    const at = sockaddrBytes + ipBytes
    this.#bytes.fill(0, at, at + icmpBytes)
    this.#bytes[at] = destinationUnreachable
    this.#bytes[at + 1] = code
    this.#bytes.writeUInt16BE(code === 4 ? 576 : 0, at + 6)
    this.#writeIpHeader(at + icmpBytes, protoUdp, sender.ip, destination.ip, ipBytes + udpBytes)
    this.#writeUdpHeader(at + icmpBytes + ipBytes, sender, destination, 0)
    const length = icmpBytes + ipBytes + udpBytes
    this.#bytes.writeUInt16BE(this.#checksum(at, length), at + 2)
    this.#sendPacket(protoIcmp, destination.ip, sender.ip, length)
  }

  close(): void {
    this.#libc.functions.close(this.#fd)
  }

  /** The kernel writes the checksum, the length and the id. */
  #sendPacket(protocol: number, from: string, to: string, length: number): void {
    this.#writeIpHeader(sockaddrBytes, protocol, from, to, ipBytes + length)
    this.#bytes.fill(0, 0, sockaddrBytes)
    this.#bytes.writeUInt16LE(afInet, 0)
    this.#bytes.set(parseIp(to), 4)
    const packet = this.#pointer + sockaddrBytes
    this.#check(this.#libc.functions.sendto(this.#fd, packet, ipBytes + length, 0, this.#pointer, sockaddrBytes))
  }

  #writeIpHeader(at: number, protocol: number, from: string, to: string, totalBytes: number): void {
    this.#bytes.fill(0, at, at + ipBytes)
    this.#bytes[at] = 0x45
    this.#bytes.writeUInt16BE(totalBytes, at + 2)
    this.#bytes[at + 8] = 64
    this.#bytes[at + 9] = protocol
    this.#bytes.set(parseIp(from), at + 12)
    this.#bytes.set(parseIp(to), at + 16)
  }

  /** A UDP checksum of 0 means none (RFC 768). */
  #writeUdpHeader(at: number, from: Address, to: Address, length: number): void {
    this.#bytes.writeUInt16BE(from.port, at)
    this.#bytes.writeUInt16BE(to.port, at + 2)
    this.#bytes.writeUInt16BE(udpBytes + length, at + 4)
    this.#bytes.writeUInt16BE(0, at + 6)
  }

  /** RFC 1071, for an even length. */
  #checksum(at: number, length: number): number {
    let sum = 0
    for (let i = at; i < at + length; i += 2) sum += this.#bytes.readUInt16BE(i)
    while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16)
    return ~sum & 0xffff
  }

  #check(result: number): number {
    if (result < 0) throw new Error(`raw socket: errno ${this.#libc.memory.errno()}`)
    return result
  }
}
