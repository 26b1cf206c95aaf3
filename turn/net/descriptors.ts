import { readFileSync } from 'node:fs'

/** Descriptors that Node 20 uses before it listens: 22 measured. */
const nodeDescriptors = 24

/** Share of the other descriptors that TURN may use. HTTP, WebSockets, the log and files get the rest. */
const turnRatio = 0.75

/** Returns RLIMIT_NOFILE of this process, or Infinity without /proc. Node raises it to the hard limit at start. */
export function readDescriptorLimit(): number {
  try {
    const [, soft = ''] = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? []
    return soft === '' ? Infinity : Number(soft)
  } catch {
    return Infinity
  }
}

/** Counts the sockets of clients and relays, and reserves descriptors for the rest of the process. */
export class DescriptorLimit {
  readonly #max: number
  #used = 0

  /** @param limit of the process, in descriptors @param threads that share it equally */
  constructor(limit: number, threads: number) {
    this.#max = Math.max(1, Math.floor(((limit - nodeDescriptors) * turnRatio) / threads))
  }

  /** Takes a descriptor, or returns false when none is left. Call `release` once after its socket has closed. */
  acquire(): boolean {
    if (this.#used >= this.#max) return false
    this.#used++
    return true
  }

  /** Returns a descriptor. */
  release(): void {
    this.#used--
  }
}
