import { constants } from 'node:os'
import { initialSendBufferBytes } from '../net/sendBuffer.ts'
import { reportSocketError } from '../net/socketErrors.ts'
import type { UdpContext } from '../net/udpEngine.ts'
import { Arena, type ArenaMemory } from './arena.ts'
import { BatchSender } from './batchSender.ts'
import { BatchSocket, type DatagramHandler } from './batchSocket.ts'
import { arenaBytes, batchSize, maxEvents, receiveSlots } from './layout.ts'
import type { OpenDescriptors } from './openDescriptors.ts'
import { BinaryAddress } from './binaryAddress.ts'
import { createSystemError, linux, type SystemCalls } from './systemCalls.ts'

const { EAGAIN, EINTR } = constants.errno

/** The dependencies of `BatchSockets`. */
export type SocketContext = Pick<UdpContext, 'sendContext' | 'warnings' | 'log' | 'state' | 'clock'>

/** How to open a socket. */
export interface OpenOptions {
  /** The kernel may grant less (net.core.rmem_max). */
  readonly recvBufferBytes: number
  /** True if sockets of other threads share the port; the kernel divides the clients. */
  readonly isShared?: boolean | undefined
  readonly onDatagrams: DatagramHandler
}

/** Returns new memory for an arena. Pages that no datagram has reached are not resident. */
export function allocateArena(system: SystemCalls): ArenaMemory {
  const buffer = new ArrayBuffer(arenaBytes)
  return { buffer, address: system.addressOf(buffer) }
}

/** The UDP sockets of one thread, with one arena and one epoll descriptor. */
export class BatchSockets {
  readonly arena: Arena
  readonly #system: SystemCalls
  readonly #context: SocketContext
  readonly #descriptors: OpenDescriptors
  readonly #sender: BatchSender
  readonly #epoll: number
  readonly #byFd: (BatchSocket | undefined)[] = []
  /** True if this turn ran code that may wait for Node's event loop. The handlers set it. */
  isSlow = false
  /** The first free slot for received datagrams. */
  #nextSlot = 0
  /** Descriptors of other code, whose events only end `turn`. */
  readonly #watched = new Set<number>()

  /** @throws the system's error when no descriptor is left */
  constructor(
    system: SystemCalls,
    context: SocketContext,
    descriptors: OpenDescriptors,
    memory = allocateArena(system),
  ) {
    this.#system = system
    this.#context = context
    this.#descriptors = descriptors
    this.arena = new Arena(memory)
    this.#sender = new BatchSender(system, this.arena, context.sendContext, {
      onSendError: (error) => reportSocketError(context, 'relay', error),
      onBlockedChange: (socket) => this.#watchSocket(socket, linux.EPOLL_CTL_MOD),
    })
    this.#epoll = this.#check(system.epoll_create1(linux.EPOLL_CLOEXEC), 'epoll_create1')
    descriptors.add(this.#epoll)
  }

  /** Opens and binds a socket. @throws the system's error; then nothing is open */
  open(ip: string, port: number, { recvBufferBytes, isShared, onDatagrams }: OpenOptions): BatchSocket {
    const address = new BinaryAddress(ip, port)
    const { family } = address
    const type = linux.SOCK_DGRAM | linux.SOCK_NONBLOCK | linux.SOCK_CLOEXEC
    const fd = this.#check(this.#system.socket(family === 4 ? linux.AF_INET : linux.AF_INET6, type, 0), 'socket')
    this.#descriptors.add(fd)
    try {
      this.#setOption(fd, linux.SOL_SOCKET, linux.SO_RCVBUF, recvBufferBytes)
      this.#sender.setSendBuffer(fd)
      if (family === 6) this.#check(this.#setOption(fd, linux.SOL_IPV6, linux.IPV6_V6ONLY, 1), 'setsockopt')
      if (isShared) this.#check(this.#setOption(fd, linux.SOL_SOCKET, linux.SO_REUSEPORT, 1), 'setsockopt')
      this.#check(this.#system.bind(fd, ...this.arena.nameArgument(address)), 'bind')
      this.#check(this.#system.getsockname(fd, ...this.arena.nameResult()), 'getsockname')
      const socket = new BatchSocket(
        fd,
        { family, ip, port: this.arena.resultPort() },
        initialSendBufferBytes,
        onDatagrams,
      )
      this.#check(this.#watchSocket(socket, linux.EPOLL_CTL_ADD), 'epoll_ctl')
      this.#byFd[fd] = socket
      return socket
    } catch (error) {
      this.#closeDescriptor(fd)
      throw error
    }
  }

  /** Sends what waits for a flush, drops a queue, and closes the socket. May be called twice. */
  close(socket: BatchSocket): void {
    if (socket.fd < 0) return
    this.#sender.forget(socket)
    this.#byFd[socket.fd] = undefined
    this.#closeDescriptor(socket.fd)
    socket.fd = -1
  }

  /** Watches a descriptor of other code: `turn` ends when it is readable. @throws the system's error */
  watch(fd: number): void {
    this.#watched.add(fd)
    const event = this.arena.eventArgument(linux.EPOLLIN, fd)
    this.#check(this.#system.epoll_ctl(this.#epoll, linux.EPOLL_CTL_ADD, fd, event), 'epoll_ctl')
  }

  /** Sends a datagram that is in the arena. It must stay there until the end of the turn. Allocates no objects. */
  sendFromArena(socket: BatchSocket, offset: number, length: number, to: BinaryAddress): void {
    this.#sender.add(socket, offset, length, to)
  }

  /** Sends a packet of JavaScript at the next flush. */
  send(socket: BatchSocket, packet: Uint8Array, start: number, length: number, to: BinaryAddress): void {
    this.#sender.addPacket(socket, packet, start, length, to)
  }

  /**
   * Sends a packet with DF (RFC 8656 §18.9) at once. A packet above the path MTU is an error (EMSGSIZE). A socket whose
   * buffer is full drops the packet, because a queue does not keep the option.
   */
  sendWhole(socket: BatchSocket, packet: Uint8Array, to: BinaryAddress): void {
    this.flush()
    if (socket.fd < 0) return
    if (socket.blockedAtMs !== undefined) return this.#context.sendContext.onDrop()
    const [level, name] =
      socket.family === 4 ? [linux.SOL_IP, linux.IP_MTU_DISCOVER] : [linux.SOL_IPV6, linux.IPV6_MTU_DISCOVER]
    this.#setOption(socket.fd, level, name, linux.IP_PMTUDISC_DO)
    this.send(socket, packet, 0, packet.length, to)
    this.flush()
    if (socket.fd >= 0) this.#setOption(socket.fd, level, name, linux.IP_PMTUDISC_WANT)
  }

  /** Sends all packets that wait. */
  flush(): void {
    this.#sender.flush()
  }

  /**
   * Waits for events, handles them, and sends the results.
   * @param timeoutMs 0 does not wait
   * @returns the number of events; -1 if Node's event loop must run, because a watched descriptor is readable or a
   * handler set `isSlow`
   */
  turn(timeoutMs: number): number {
    this.flush()
    const count = this.#system.epoll_wait(this.#epoll, this.arena.eventsPointer, maxEvents, timeoutMs)
    if (count <= 0) return 0
    const now = this.#context.clock.now()
    this.isSlow = false
    for (let index = 0; index < count; index++) {
      const fd = this.arena.eventDescriptor(index)
      const flags = this.arena.eventFlags(index)
      const socket = this.#byFd[fd]
      if (!socket) {
        this.isSlow ||= this.#watched.has(fd)
        continue
      }
      if ((flags & linux.EPOLLOUT) !== 0) this.#sender.drain(socket)
      if ((flags & ~linux.EPOLLOUT) !== 0) this.#receive(socket, now)
    }
    this.flush()
    return this.isSlow ? -1 : count
  }

  /** Closes the epoll descriptor and all sockets. */
  closeAll(): void {
    for (const socket of this.#byFd) if (socket) this.close(socket)
    this.#closeDescriptor(this.#epoll)
  }

  /** Receives one batch, so that sockets with a flood take turns. epoll reports the rest again. */
  #receive(socket: BatchSocket, now: number): void {
    if (this.#nextSlot + batchSize > receiveSlots) {
      this.flush()
      this.#nextSlot = 0
    }
    const first = this.#nextSlot
    const pointer = this.arena.receivePointer(first)
    const count = this.#system.recvmmsg(socket.fd, pointer, batchSize, linux.MSG_DONTWAIT, 0)
    if (count <= 0) return this.#handleReceiveError(count)
    this.#nextSlot += count
    try {
      socket.onDatagrams(first, count, now)
    } catch (error) {
      // A bug must cost these packets only.
      this.#context.state.counters.dropped++
      this.#context.log.error({ err: error }, 'packet not handled')
    }
  }

  #handleReceiveError(count: number): void {
    const errno = count < 0 ? this.#system.errno() : EAGAIN
    if (errno === EAGAIN || errno === EINTR) return
    const err = createSystemError(errno, 'recvmmsg')
    this.#context.warnings.warn(`receive ${err.code}`, { err }, 'UDP packets not received')
  }

  #watchSocket(socket: BatchSocket, operation: number): number {
    const events = socket.blockedAtMs === undefined ? linux.EPOLLIN : linux.EPOLLIN | linux.EPOLLOUT
    return this.#system.epoll_ctl(this.#epoll, operation, socket.fd, this.arena.eventArgument(events, socket.fd))
  }

  #setOption(fd: number, level: number, name: number, value: number): number {
    return this.#system.setsockopt(fd, level, name, this.arena.integerArgument(value), 4)
  }

  #closeDescriptor(fd: number): void {
    this.#descriptors.delete(fd)
    this.#system.close(fd)
  }

  /** Returns a result that is not negative. @throws the system's error */
  #check(result: number, syscall: string): number {
    if (result < 0) throw createSystemError(this.#system.errno(), syscall)
    return result
  }
}
