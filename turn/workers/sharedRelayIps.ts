import type { RelayIps } from '../core/serverState.ts'

/** More relay addresses than a machine has; what is beyond is known to its own thread only. */
const rows = 64
/** Of the longest IPv6 address, as text. */
const width = 46
const rowLength = 2 * width

/**
 * The relay addresses of all threads, in memory that all see: two clients on two threads must be able to meet the moment
 * both have their answers, which no message between threads is sure to be in time for. Rows are only ever added.
 */
export class SharedRelayIps implements RelayIps {
  readonly #known = new Map<string, string>()
  readonly #count: Int32Array
  readonly #bytes: Uint8Array
  #rowsRead = 0

  constructor(memory: SharedArrayBuffer) {
    this.#count = new Int32Array(memory, 0, 2)
    this.#bytes = new Uint8Array(memory, 8)
  }

  static newMemory(): SharedArrayBuffer {
    return new SharedArrayBuffer(8 + rows * rowLength)
  }

  get size(): number {
    this.#read()
    return this.#known.size
  }

  has(advertised: string): boolean {
    return this.get(advertised) !== undefined
  }

  get(advertised: string): string | undefined {
    this.#read()
    return this.#known.get(advertised)
  }

  set(advertised: string, local: string): void {
    if (this.get(advertised) === local) return
    this.#known.set(advertised, local)
    this.#write(advertised, local)
  }

  /** Two counters: a row is taken with the first, and told with the second once it is written, in the order of taking. */
  #write(advertised: string, local: string): void {
    const row = Atomics.add(this.#count, 0, 1)
    if (row >= rows) return
    const at = row * rowLength
    this.#bytes.set(Buffer.from(advertised.padEnd(width) + local.padEnd(width), 'latin1'), at)
    while (Atomics.compareExchange(this.#count, 1, row, row + 1) !== row) Atomics.wait(this.#count, 1, Atomics.load(this.#count, 1), 1)
  }

  #read(): void {
    const told = Atomics.load(this.#count, 1)
    for (let row = this.#rowsRead; row < told; row++) {
      const text = Buffer.from(this.#bytes.subarray(row * rowLength, (row + 1) * rowLength)).toString('latin1')
      this.#known.set(text.slice(0, width).trim(), text.slice(width).trim())
    }
    this.#rowsRead = told
  }
}
