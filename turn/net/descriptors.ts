import { readFileSync } from 'node:fs'

/** Descriptors that Node 20 holds before it listens: 22 measured. */
const nodeDescriptors = 24

/** Part of the rest that TURN may take. Pages, WebSockets, the log and files have the other quarter. */
const turnRatio = 0.75

/** RLIMIT_NOFILE of this process (Node raises it to the hard limit when it starts); Infinity where /proc does not tell. */
export function readDescriptorLimit(): number {
  try {
    const [, soft = ''] = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? []
    return soft === '' ? Infinity : Number(soft)
  } catch {
    return Infinity
  }
}

/** Counts the sockets of clients and relays, so that TURN leaves descriptors for the rest of the process. */
export class DescriptorLimit {
  readonly #max: number
  #used = 0

  /** @param limit of the process, in descriptors @param threads that have an equal part of it */
  constructor(limit: number, threads: number) {
    this.#max = Math.max(1, Math.floor(((limit - nodeDescriptors) * turnRatio) / threads))
  }

  /** @returns whether one more may be opened; then `release` has to follow its closing */
  acquire(): boolean {
    if (this.#used >= this.#max) return false
    this.#used++
    return true
  }

  release(): void {
    this.#used--
  }
}
