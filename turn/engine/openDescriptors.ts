import { closeSync } from 'node:fs'

/** Descriptors above this number are not listed. */
const maxDescriptors = 1 << 20

/**
 * The open descriptors of one thread, in shared memory. Node closes its own sockets when a thread ends, but not these.
 * So the main thread closes them after a crash, and the port is free again.
 */
export class OpenDescriptors {
  readonly #bits: Int32Array

  constructor(buffer: SharedArrayBuffer) {
    this.#bits = new Int32Array(buffer)
  }

  /** Creates the shared buffer of one thread. Pages without a descriptor use no memory. */
  static createBuffer(): SharedArrayBuffer {
    return new SharedArrayBuffer(maxDescriptors / 8)
  }

  /** Call it after the system call that opened the descriptor. */
  add(fd: number): void {
    if (fd < maxDescriptors) Atomics.or(this.#bits, fd >> 5, 1 << (fd & 31))
  }

  /** Call it before `close`: the system may give the number to another thread at once. */
  delete(fd: number): void {
    if (fd < maxDescriptors) Atomics.and(this.#bits, fd >> 5, ~(1 << (fd & 31)))
  }

  /** Closes every listed descriptor. Call it when the thread has ended. */
  closeAll(): void {
    for (const [index, bits] of this.#bits.entries()) {
      if (bits === 0) continue
      for (let bit = 0; bit < 32; bit++) if ((bits & (1 << bit)) !== 0) this.#close(index * 32 + bit)
    }
  }

  #close(fd: number): void {
    this.delete(fd)
    try {
      closeSync(fd)
    } catch {
      // The thread ended between its `delete` and its `close`, or the reverse.
    }
  }
}
