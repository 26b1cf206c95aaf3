import { addressOf, errno, loadLibc, type Libc } from './libc.ts'
import { PacketBatch } from './packetBatch.ts'

/** One UDP socket with its own address, connected to one destination. */
export interface UdpSocket {
  readonly fd: number
  readonly ip: string
  /** Handles received packets. They are in `network.received`, from 0 to `count` - 1, until it returns. */
  onPackets: (count: number) => void
}

const [afInet, sockDatagram, sockNonblock, sockCloexec] = [2, 2, 0o4000, 0o2000000]
const [solSocket, soReceiveBufferForce, soReceiveBuffer] = [1, 33, 8]
const [epollIn, epollAdd] = [1, 1]
/** Large enough for the whole window of a pair. */
const receiveBufferBytes = 1 << 20
const maxEvents = 128
/** `struct epoll_event` is packed on x86-64 only. */
const event = process.arch === 'x64' ? { bytes: 12, fd: 4 } : { bytes: 16, fd: 8 }
const sockaddrBytes = 16
/** The arguments of a call lie behind the events, because a handler may open sockets between two events. */
const argumentsAt = maxEvents * event.bytes
const argumentBytes = 16

/**
 * UDP sockets over `recvmmsg` and `sendmmsg`, because `node:dgram` is slower than the servers. With it, the bench would
 * measure its own client. The kernel is polled without waiting: a server that wakes a sleeping process pays for that.
 */
export class Network {
  /** The packets of the current `onPackets`. */
  readonly received: PacketBatch
  /** For packets to send. */
  readonly outgoing: PacketBatch
  readonly #libc: Libc
  readonly #epoll: number
  readonly #sockets = new Map<number, UdpSocket>()
  readonly #memory = new DataView(new ArrayBuffer(argumentsAt + argumentBytes))
  readonly #address: number
  #opened = 0

  /** @throws {Error} without the optional package `koffi` */
  constructor() {
    this.#libc = loadLibc()
    this.#address = addressOf(this.#memory.buffer as ArrayBuffer)
    this.#epoll = this.#check('epoll_create1', this.#libc.epoll_create1(sockCloexec))
    this.received = new PacketBatch(this.#libc)
    this.outgoing = new PacketBatch(this.#libc)
  }

  /** Opens a socket that is connected to a server on 127.0.0.1. */
  openSocket(port: number): UdpSocket {
    const socket = this.#bindSocket(0)
    this.#connect(socket, '127.0.0.1', port)
    return socket
  }

  /** Opens two sockets that are connected to each other. */
  openDirect(): [UdpSocket, UdpSocket] {
    // Both have their own address, so this port is free at each.
    const port = 20_000
    const [near, far] = [this.#bindSocket(port), this.#bindSocket(port)]
    this.#connect(near, far.ip, port)
    this.#connect(far, near.ip, port)
    return [near, far]
  }

  /** Sends one packet. */
  send(socket: UdpSocket, packet: Uint8Array): void {
    this.outgoing.write(0, packet)
    this.outgoing.send(socket.fd, 0, 1)
  }

  /** Closes a socket. */
  close(socket: UdpSocket): void {
    this.#sockets.delete(socket.fd)
    this.#libc.close(socket.fd)
  }

  /** Handles all packets that wait, up to 64 of each socket. */
  poll(): void {
    const ready = this.#libc.epoll_wait(this.#epoll, this.#address, maxEvents, 0)
    for (let index = 0; index < ready; index++) {
      const socket = this.#sockets.get(this.#memory.getInt32(index * event.bytes + event.fd, true))
      const count = socket ? this.received.receive(socket.fd) : 0
      if (count > 0) socket!.onPackets(count)
    }
  }

  /** Polls until the work is done. Timers and promises run in between. */
  async pollDuring<T>(work: Promise<T>): Promise<T> {
    let isDone = false
    const step = (): void => {
      this.poll()
      if (!isDone) setImmediate(step)
    }
    step()
    return work.finally(() => (isDone = true))
  }

  #bindSocket(port: number): UdpSocket {
    const fd = this.#check('socket', this.#libc.socket(afInet, sockDatagram | sockNonblock | sockCloexec, 0))
    const socket: UdpSocket = { fd, ip: this.#nextAddress(), onPackets: () => {} }
    this.#memory.setInt32(argumentsAt, receiveBufferBytes, true)
    if (this.#libc.setsockopt(fd, solSocket, soReceiveBufferForce, this.#address + argumentsAt, 4) < 0)
      this.#libc.setsockopt(fd, solSocket, soReceiveBuffer, this.#address + argumentsAt, 4)
    this.#check('bind', this.#libc.bind(fd, this.#writeSockaddr(socket.ip, port), sockaddrBytes))
    this.#memory.setUint32(argumentsAt, epollIn, true)
    this.#memory.setInt32(argumentsAt + event.fd, fd, true)
    this.#check('epoll_ctl', this.#libc.epoll_ctl(this.#epoll, epollAdd, fd, this.#address + argumentsAt))
    this.#sockets.set(fd, socket)
    return socket
  }

  #connect({ fd }: UdpSocket, ip: string, port: number): void {
    this.#check('connect', this.#libc.connect(fd, this.#writeSockaddr(ip, port), sockaddrBytes))
  }

  /** Writes a `sockaddr_in` and returns its address. */
  #writeSockaddr(ip: string, port: number): number {
    this.#memory.setUint16(argumentsAt, afInet, true)
    this.#memory.setUint16(argumentsAt + 2, port)
    ip.split('.').forEach((byte, index) => this.#memory.setUint8(argumentsAt + 4 + index, Number(byte)))
    return this.#address + argumentsAt
  }

  /**
   * The next source address. Servers limit challenges and allocations by source address, so each socket has its own,
   * like real clients. All of 127/8 is this machine.
   */
  #nextAddress(): string {
    this.#opened = (this.#opened + 1) % 0xffff
    return `127.1.${this.#opened >> 8}.${this.#opened & 0xff}`
  }

  #check(name: string, result: number): number {
    if (result < 0) throw new Error(`${name} failed with error number ${errno()}`)
    return result
  }
}
