import { createRequire } from 'node:module'
import { readFileSync, readdirSync, readlinkSync } from 'node:fs'
import { constants } from 'node:os'

/** Memory and errors, as koffi shows them. A pointer is a number: user space has 47 bits. */
export interface ForeignMemory {
  /** Returns the errno of the last call of this thread that failed. */
  errno(): number
  /** Returns the address of a buffer, which stays the same while the buffer exists. */
  addressOf(buffer: ArrayBuffer): number
}

/**
 * The system calls of the engine, through the FFI library koffi (MIT). This is the only file that loads koffi. It is an
 * optional dependency, so every caller must expect that it is missing.
 */
export interface SystemCalls extends ForeignMemory {
  socket(domain: number, type: number, protocol: number): number
  socketpair(domain: number, type: number, protocol: number, pair: number): number
  bind(fd: number, address: number, bytes: number): number
  getsockname(fd: number, address: number, bytes: number): number
  setsockopt(fd: number, level: number, name: number, value: number, bytes: number): number
  recvmmsg(fd: number, messages: number, count: number, flags: number, timeout: number): number
  sendmmsg(fd: number, messages: number, count: number, flags: number): number
  epoll_create1(flags: number): number
  epoll_ctl(epoll: number, operation: number, fd: number, event: number): number
  epoll_wait(epoll: number, events: number, count: number, timeoutMs: number): number
  close(fd: number): number
}

/** Constants of Linux on x64 and arm64. */
export const linux = {
  AF_UNIX: 1,
  AF_INET: 2,
  AF_INET6: 10,
  SOCK_STREAM: 1,
  SOCK_DGRAM: 2,
  SOCK_NONBLOCK: 0o4000,
  SOCK_CLOEXEC: 0o2000000,
  SOL_IP: 0,
  SOL_SOCKET: 1,
  SOL_IPV6: 41,
  SO_SNDBUF: 7,
  SO_RCVBUF: 8,
  SO_REUSEPORT: 15,
  IP_MTU_DISCOVER: 10,
  IPV6_MTU_DISCOVER: 23,
  IPV6_V6ONLY: 26,
  /** Path MTU discovery as usual for the host: the default of a socket. */
  IP_PMTUDISC_WANT: 1,
  /** Sets DF (in IPv6: never fragments), and fails with EMSGSIZE above the path MTU. */
  IP_PMTUDISC_DO: 2,
  MSG_DONTWAIT: 0x40,
  MSG_TRUNC: 0x20,
  EPOLL_CLOEXEC: 0o2000000,
  EPOLL_CTL_ADD: 1,
  EPOLL_CTL_DEL: 2,
  EPOLL_CTL_MOD: 3,
  EPOLLIN: 1,
  EPOLLOUT: 4,
} as const

/** A C type. A function of libc is described by the types of its parameters; all return `int`. */
export type Type = 'int' | 'uintptr_t'
type ForeignFunction = (...values: number[]) => number

const signatures = {
  socket: ['int', 'int', 'int'],
  socketpair: ['int', 'int', 'int', 'uintptr_t'],
  bind: ['int', 'uintptr_t', 'int'],
  getsockname: ['int', 'uintptr_t', 'uintptr_t'],
  setsockopt: ['int', 'int', 'int', 'uintptr_t', 'int'],
  recvmmsg: ['int', 'uintptr_t', 'int', 'int', 'uintptr_t'],
  sendmmsg: ['int', 'uintptr_t', 'int', 'int'],
  epoll_create1: ['int'],
  epoll_ctl: ['int', 'int', 'int', 'uintptr_t'],
  epoll_wait: ['int', 'uintptr_t', 'int', 'int'],
  close: ['int'],
} as const satisfies Partial<Record<keyof SystemCalls, readonly Type[]>>

/** The part of koffi's interface that this file uses. */
interface Koffi {
  load(path: null): { func(name: string, result: Type, types: readonly Type[]): ForeignFunction }
  errno(): number
  address(buffer: Uint8Array): bigint
}

let loaded: SystemCalls | undefined

/**
 * Loads the system calls. Later calls return the same object.
 * @throws {Error} with the reason when this system or this installation cannot run the engine
 */
export function loadSystemCalls(): SystemCalls {
  return (loaded ??= load())
}

function load(): SystemCalls {
  const { functions, memory } = loadFunctions(signatures)
  return { ...functions, ...memory }
}

/**
 * Loads functions of libc, by name.
 * @throws {Error} with the reason when this system or this installation cannot call them
 */
export function loadFunctions<Name extends string>(
  parameterTypes: Readonly<Record<Name, readonly Type[]>>,
): { functions: Record<Name, ForeignFunction>; memory: ForeignMemory } {
  if (process.platform !== 'linux') throw new Error(`it needs Linux, and this is ${process.platform}`)
  if (process.arch !== 'x64' && process.arch !== 'arm64')
    throw new Error(`it needs x64 or arm64, and this is ${process.arch}`)
  const koffi = requireKoffi()
  const library = koffi.load(null)
  const entries = Object.entries<readonly Type[]>(parameterTypes)
  const functions = Object.fromEntries(entries.map(([name, types]) => [name, library.func(name, 'int', types)]))
  return {
    functions: functions as Record<Name, ForeignFunction>,
    memory: { errno: () => koffi.errno(), addressOf: (buffer) => Number(koffi.address(new Uint8Array(buffer))) },
  }
}

function requireKoffi(): Koffi {
  try {
    return createRequire(import.meta.url)('koffi') as Koffi
  } catch (error) {
    throw new Error(`koffi does not load: ${(error as Error).message.split('\n')[0]}`, { cause: error })
  }
}

const namesByErrno = new Map(Object.entries(constants.errno).map(([name, errno]) => [errno, name]))

/** Returns an error as Node's own sockets have it: with `code`, `errno` and `syscall`. */
export function createSystemError(errno: number, syscall: string): NodeJS.ErrnoException {
  const code = namesByErrno.get(errno) ?? `errno ${errno}`
  return Object.assign(new Error(`${syscall} ${code}`), { code, errno: -errno, syscall })
}

/**
 * Returns the epoll descriptors of this process that watch `fd` (proc(5), `fdinfo`). Empty without /proc.
 * libuv has one for each event loop.
 */
export function findEpollDescriptors(fd: number): number[] {
  try {
    return readdirSync('/proc/self/fd')
      .map(Number)
      .filter((each) => isEpollWatching(each, fd))
  } catch {
    return []
  }
}

/** Descriptors may close while this function reads them. */
function isEpollWatching(epoll: number, fd: number): boolean {
  try {
    return (
      readlinkSync(`/proc/self/fd/${epoll}`) === 'anon_inode:[eventpoll]' &&
      new RegExp(`^tfd:\\s*${fd}\\s`, 'm').test(readFileSync(`/proc/self/fdinfo/${epoll}`, 'utf8'))
    )
  } catch {
    return false
  }
}
