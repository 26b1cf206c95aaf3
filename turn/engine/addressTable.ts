import type { BinaryAddress } from './binaryAddress.ts'
import { hashAddress } from './binaryAddress.ts'

/** An entry of an `AddressTable`, chained with the others of its hash. */
export interface AddressEntry {
  readonly address: BinaryAddress
  next: AddressEntry | undefined
}

/**
 * Finds entries by the words of an address, without an object for each look-up. All addresses of a table have one
 * family.
 */
export class AddressTable<Entry extends AddressEntry> {
  readonly #byHash = new Map<number, Entry>()
  #size = 0

  /** Number of entries. */
  get size(): number {
    return this.#size
  }

  /** Returns the entry of an address, if any. */
  find(netPort: number, word0: number, word1: number, word2: number, word3: number): Entry | undefined {
    let entry = this.#byHash.get(hashAddress(netPort, word0, word1, word2, word3))
    while (entry && !isAddress(entry.address, netPort, word0, word1, word2, word3))
      entry = entry.next as Entry | undefined
    return entry
  }

  /** Adds an entry. Its address must be new. */
  add(entry: Entry): void {
    const { hash } = entry.address
    entry.next = this.#byHash.get(hash)
    this.#byHash.set(hash, entry)
    this.#size++
  }

  /** Deletes an entry. Does nothing if the table does not have it. */
  delete(entry: Entry): void {
    const { hash } = entry.address
    let other = this.#byHash.get(hash)
    if (other === entry) {
      if (entry.next) this.#byHash.set(hash, entry.next as Entry)
      else this.#byHash.delete(hash)
    } else {
      while (other && other.next !== entry) other = other.next as Entry | undefined
      if (!other) return
      other.next = entry.next
    }
    entry.next = undefined
    this.#size--
  }

  /** Deletes all entries. */
  clear(): void {
    this.#byHash.clear()
    this.#size = 0
  }
}

const isAddress = (
  address: BinaryAddress,
  netPort: number,
  word0: number,
  word1: number,
  word2: number,
  word3: number,
): boolean =>
  address.word0 === word0 &&
  address.netPort === netPort &&
  address.word1 === word1 &&
  address.word2 === word2 &&
  address.word3 === word3
