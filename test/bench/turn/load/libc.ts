import { loadFunctions, type Type } from '../../../../turn/engine/systemCalls.ts'

/** The functions of libc that the generator calls. Pointers are addresses. -1 is an error, as in C. */
export type Libc = Record<keyof typeof signatures, (...values: number[]) => number>

const signatures = {
  socket: ['int', 'int', 'int'],
  bind: ['int', 'uintptr_t', 'int'],
  connect: ['int', 'uintptr_t', 'int'],
  setsockopt: ['int', 'int', 'int', 'uintptr_t', 'int'],
  recvmmsg: ['int', 'uintptr_t', 'int', 'int', 'uintptr_t'],
  sendmmsg: ['int', 'uintptr_t', 'int', 'int'],
  epoll_create1: ['int'],
  epoll_ctl: ['int', 'int', 'int', 'uintptr_t'],
  epoll_wait: ['int', 'uintptr_t', 'int', 'int'],
  close: ['int'],
  getppid: [],
  abs: ['int'],
} as const satisfies Record<string, readonly Type[]>

const load = () => loadFunctions(signatures)
let loaded: ReturnType<typeof load> | undefined
const libc = () => (loaded ??= load())

/** Loads libc. @throws {Error} without the optional package `koffi` */
export const loadLibc = (): Libc => libc().functions

/** The address of memory that V8 never moves: the contents of an ArrayBuffer. */
export const addressOf = (memory: ArrayBuffer): number => libc().memory.addressOf(memory)

/** The error number of the last call. */
export const errno = (): number => libc().memory.errno()
