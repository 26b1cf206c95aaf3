import { constants } from 'node:os'
import { epollEvent, iovec, mmsghdr, msghdr, sockaddrIn, sockaddrIn6 } from '../../../turn/engine/layout.ts'
import { linux, type SystemCalls } from '../../../turn/engine/systemCalls.ts'
import { formatIp, parseIp, type Address } from '../../../turn/stun/ip.ts'

/** Largest payload of a UDP datagram over IPv4, in bytes. */
export const maxUdpBytes = 65_507

export interface SentDatagram {
  readonly from: Address
  readonly to: Address
  readonly data: Buffer
  /** Whether the socket had DF set. */
  readonly isWhole: boolean
}

interface FakeSocket {
  readonly isIpv6: boolean
  address: Address
  readonly inbox: { readonly data: Uint8Array; readonly from: Address }[]
  interest: number
  isWhole: boolean
}

/**
 * The arena crosses a multiple of 4 GiB: a pointer that forgets the carry is then outside of the arena, and every access
 * there throws.
 */
const arenaAddress = 5 * 2 ** 32 - 64 * 1024

/** The system calls of the engine, for one arena, without a kernel. It reads and writes the same memory as the kernel. */
export class FakeKernel implements SystemCalls {
  readonly sent: SentDatagram[] = []
  readonly setOptions: (readonly [level: number, name: number, value: number])[] = []
  /** Returns the errno of a send; 0 accepts it. */
  sendErrno: (datagram: SentDatagram) => number = ({ data }) =>
    data.length > maxUdpBytes ? constants.errno.EMSGSIZE : 0
  /** Returns the errno of a bind; 0 accepts it. */
  bindErrno: (address: Address) => number = () => 0
  #memory = new DataView(new ArrayBuffer(0))
  readonly #sockets = new Map<number, FakeSocket>()
  #errno = 0
  #nextFd = 100

  addressOf(buffer: ArrayBuffer): number {
    this.#memory = new DataView(buffer)
    return arenaAddress
  }

  errno(): number {
    return this.#errno
  }

  /** Addresses of the open sockets. */
  get bound(): Address[] {
    return [...this.#sockets.values()].map(({ address }) => address)
  }

  /** Delivers a datagram to the socket that is bound to `to`. */
  deliver(from: Address, to: Address, data: Uint8Array): void {
    const socket = [...this.#sockets.values()].find(({ address }) => address.ip === to.ip && address.port === to.port)
    socket?.inbox.push({ from, data })
  }

  socket(domain: number): number {
    const isIpv6 = domain === linux.AF_INET6
    this.#sockets.set(this.#nextFd, { isIpv6, address: { ip: '', port: 0 }, inbox: [], interest: 0, isWhole: false })
    return this.#nextFd++
  }

  socketpair(): number {
    return this.#fail(constants.errno.EMFILE)
  }

  bind(fd: number, name: number): number {
    const address = this.#readName(name)
    const errno = this.bindErrno(address)
    if (errno !== 0) return this.#fail(errno)
    this.#sockets.get(fd)!.address = address
    return 0
  }

  getsockname(fd: number, name: number): number {
    this.#writeName(name, this.#sockets.get(fd)!.address)
    return 0
  }

  setsockopt(fd: number, level: number, name: number, value: number): number {
    const number = this.#memory.getInt32(this.#offset(value), true)
    this.setOptions.push([level, name, number])
    if (name === linux.IP_MTU_DISCOVER || (level === linux.SOL_IPV6 && name === linux.IPV6_MTU_DISCOVER))
      this.#sockets.get(fd)!.isWhole = number === linux.IP_PMTUDISC_DO
    return 0
  }

  recvmmsg(fd: number, messages: number, count: number): number {
    const { inbox } = this.#sockets.get(fd)!
    if (inbox.length === 0) return this.#fail(constants.errno.EAGAIN)
    const received = inbox.splice(0, count)
    for (const [i, { data, from }] of received.entries()) {
      const message = this.#offset(messages) + i * mmsghdr.bytes
      const vector = this.#offset(this.#pointerAt(message + msghdr.at.vectors))
      const base = this.#offset(this.#pointerAt(vector + iovec.at.base))
      const capacity = this.#memory.getUint32(vector + iovec.at.length, true)
      new Uint8Array(this.#memory.buffer).set(data.subarray(0, capacity), base)
      this.#memory.setUint32(message + msghdr.at.flags, data.length > capacity ? linux.MSG_TRUNC : 0, true)
      this.#memory.setUint32(message + mmsghdr.at.length, Math.min(data.length, capacity), true)
      const nameBytes = this.#writeName(this.#pointerAt(message + msghdr.at.name), from)
      if (this.#memory.getUint32(message + msghdr.at.nameBytes, true) < nameBytes) throw new Error('name is cut')
      this.#memory.setUint32(message + msghdr.at.nameBytes, nameBytes, true)
    }
    return received.length
  }

  sendmmsg(fd: number, messages: number, count: number): number {
    for (let i = 0; i < count; i++) {
      const socket = this.#sockets.get(fd)!
      const datagram = this.#readMessage(socket, this.#offset(messages) + i * mmsghdr.bytes)
      const errno = this.sendErrno(datagram)
      if (errno !== 0) return i > 0 ? i : this.#fail(errno)
      this.sent.push(datagram)
    }
    return count
  }

  epoll_create1(): number {
    return this.#nextFd++
  }

  epoll_ctl(_epoll: number, operation: number, fd: number, event: number): number {
    if (operation === linux.EPOLL_CTL_DEL) return 0
    this.#sockets.get(fd)!.interest = this.#memory.getUint32(this.#offset(event) + epollEvent.at.events, true)
    return 0
  }

  /** Never waits. A socket with interest in EPOLLOUT is always writable. */
  epoll_wait(_epoll: number, events: number, count: number): number {
    let ready = 0
    for (const [fd, { inbox, interest }] of this.#sockets) {
      const flags = interest & ((inbox.length > 0 ? linux.EPOLLIN : 0) | linux.EPOLLOUT)
      if (flags === 0 || ready === count) continue
      const at = this.#offset(events) + ready++ * epollEvent.bytes
      this.#memory.setUint32(at + epollEvent.at.events, flags, true)
      this.#memory.setInt32(at + epollEvent.at.descriptor, fd, true)
    }
    return ready
  }

  close(fd: number): number {
    this.#sockets.delete(fd)
    return 0
  }

  #fail(errno: number): number {
    this.#errno = errno
    return -1
  }

  #offset(pointer: number): number {
    const offset = pointer - arenaAddress
    if (offset < 0 || offset >= this.#memory.byteLength) throw new Error('pointer outside of the arena')
    return offset
  }

  #pointerAt(offset: number): number {
    return Number(this.#memory.getBigUint64(offset, true))
  }

  #readMessage({ address, isWhole }: FakeSocket, message: number): SentDatagram {
    const vector = this.#offset(this.#pointerAt(message + msghdr.at.vectors))
    const length = this.#memory.getUint32(vector + iovec.at.length, true)
    const base = length === 0 ? 0 : this.#offset(this.#pointerAt(vector + iovec.at.base))
    const data = Buffer.from(new Uint8Array(this.#memory.buffer, base, length))
    return { from: address, to: this.#readName(this.#pointerAt(message + msghdr.at.name)), data, isWhole }
  }

  #readName(name: number): Address {
    const at = this.#offset(name)
    const isIpv6 = this.#memory.getUint16(at, true) === linux.AF_INET6
    const ipAt = at + (isIpv6 ? sockaddrIn6.at.ip : sockaddrIn.at.ip)
    const ip = formatIp(new Uint8Array(this.#memory.buffer, ipAt, isIpv6 ? 16 : 4))
    return { ip, port: this.#memory.getUint16(at + sockaddrIn.at.port) }
  }

  #writeName(name: number, { ip, port }: Address): number {
    const at = this.#offset(name)
    const bytes = parseIp(ip)
    const isIpv6 = bytes.length === 16
    this.#memory.setUint16(at, isIpv6 ? linux.AF_INET6 : linux.AF_INET, true)
    this.#memory.setUint16(at + sockaddrIn.at.port, port)
    new Uint8Array(this.#memory.buffer).set(bytes, at + (isIpv6 ? sockaddrIn6.at.ip : sockaddrIn.at.ip))
    return isIpv6 ? sockaddrIn6.bytes : sockaddrIn.bytes
  }
}
