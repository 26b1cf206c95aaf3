import type { RelayIps } from '../core/serverState.ts'

/** More relay addresses than a machine has. Rows above the limit stay local to their thread. */
const maxRows = 64
/** Length of the longest IPv6 address as text. */
const ipBytes = 46
const rowBytes = 2 * ipBytes

/**
 * The relay addresses of all threads, in shared memory. Rows are only added.
 * Two clients on two threads must connect as soon as both have their responses. A message between threads could be
 * late.
 */
export class SharedRelayIps implements RelayIps {
  readonly #known = new Map<string, string>()
  readonly #count: Int32Array
  readonly #bytes: Uint8Array
  #rowsRead = 0

  constructor(relayIpBuffer: SharedArrayBuffer) {
    this.#count = new Int32Array(relayIpBuffer, 0, 2)
    this.#bytes = new Uint8Array(relayIpBuffer, 8)
  }

  /** Creates the shared buffer; call it once, in the main thread. */
  static createBuffer(): SharedArrayBuffer {
    return new SharedArrayBuffer(8 + maxRows * rowBytes)
  }

  /** Number of relay addresses of all threads. */
  get size(): number {
    this.#read()
    return this.#known.size
  }

  /** Returns whether any thread has this relay address, as clients see it. */
  has(advertised: string): boolean {
    return this.get(advertised) !== undefined
  }

  /** Returns the local address behind an advertised one; undefined for a foreign address. */
  get(advertised: string): string | undefined {
    this.#read()
    return this.#known.get(advertised)
  }

  /** Adds a relay address for all threads. Above 64 addresses, it stays local to this thread. */
  set(advertised: string, local: string): void {
    if (this.get(advertised) === local) return
    this.#known.set(advertised, local)
    this.#write(advertised, local)
  }

  /** The first counter reserves a row. The second publishes written rows in the order of reservation. */
  #write(advertised: string, local: string): void {
    const row = Atomics.add(this.#count, 0, 1)
    if (row >= maxRows) return
    const at = row * rowBytes
    this.#bytes.set(Buffer.from(advertised.padEnd(ipBytes) + local.padEnd(ipBytes), 'latin1'), at)
    while (Atomics.compareExchange(this.#count, 1, row, row + 1) !== row)
      Atomics.wait(this.#count, 1, Atomics.load(this.#count, 1), 1)
  }

  #read(): void {
    const writtenRows = Atomics.load(this.#count, 1)
    for (let row = this.#rowsRead; row < writtenRows; row++) {
      const text = Buffer.from(this.#bytes.subarray(row * rowBytes, (row + 1) * rowBytes)).toString('latin1')
      this.#known.set(text.slice(0, ipBytes).trim(), text.slice(ipBytes).trim())
    }
    this.#rowsRead = writtenRows
  }
}
