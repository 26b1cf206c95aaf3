import { createRequire } from 'node:module'

/** The functions of libc that the generator calls. Pointers are addresses. -1 is an error, as in C. */
export interface Libc {
  socket(domain: number, type: number, protocol: number): number
  bind(socket: number, address: number, bytes: number): number
  connect(socket: number, address: number, bytes: number): number
  setsockopt(socket: number, level: number, name: number, value: number, bytes: number): number
  recvmmsg(socket: number, messages: number, count: number, flags: number, timeout: number): number
  sendmmsg(socket: number, messages: number, count: number, flags: number): number
  epoll_create1(flags: number): number
  epoll_ctl(epoll: number, operation: number, socket: number, event: number): number
  epoll_wait(epoll: number, events: number, count: number, timeoutMs: number): number
  close(descriptor: number): number
  getppid(): number
  abs(value: number): number
}

/** `koffi`, as far as the generator uses it. The package is optional, so its own types may be missing. */
interface Koffi {
  load(file: string): { func(name: string, result: string, parameters: string[]): (...values: number[]) => number }
  address(memory: Uint8Array): bigint
  errno(): number
}

const [int, pointer] = ['int', 'uintptr_t']
const signatures: Record<keyof Libc, string[]> = {
  socket: [int, int, int],
  bind: [int, pointer, int],
  connect: [int, pointer, int],
  setsockopt: [int, int, int, pointer, int],
  recvmmsg: [int, pointer, int, int, pointer],
  sendmmsg: [int, pointer, int, int],
  epoll_create1: [int],
  epoll_ctl: [int, int, int, pointer],
  epoll_wait: [int, pointer, int, int],
  close: [int],
  getppid: [],
  abs: [int],
}

let koffi: Koffi | undefined

/** @throws {Error} without the optional package `koffi` */
function loadKoffi(): Koffi {
  try {
    return (koffi ??= createRequire(import.meta.url)('koffi') as Koffi)
  } catch {
    throw new Error('the load generator needs the package koffi (npm install --no-save --ignore-scripts koffi)')
  }
}

/** Loads libc. @throws {Error} without the optional package `koffi` */
export function loadLibc(): Libc {
  const library = loadKoffi().load('libc.so.6')
  const functions = Object.entries(signatures).map(([name, parameters]) => [name, library.func(name, int, parameters)])
  return Object.fromEntries(functions) as unknown as Libc
}

/** The address of memory that V8 never moves: the contents of an ArrayBuffer. */
export const addressOf = (memory: ArrayBuffer): number => Number(loadKoffi().address(new Uint8Array(memory)))

/** The error number of the last call. */
export const errno = (): number => loadKoffi().errno()
