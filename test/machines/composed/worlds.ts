import type { World } from './system.ts'

/** All worlds reached so far in breadth-first order, each with its predecessor; numbers only. */
export class Worlds {
  #cells = new Int32Array(4 * 2 ** 16)
  #parents = new Int32Array(2 ** 16)
  /** Open addressing: 0 is free, else a world's number + 1. */
  #slots = new Int32Array(2 ** 18)
  size = 0

  /** Returns the world's number, or −1 if it was added before. */
  add(world: World, parent: number): number {
    const slot = this.#slotOf(world)
    if (this.#slots[slot] !== 0) return -1
    if (this.size === this.#parents.length) this.#grow()
    const number = this.size++
    this.#cells.set(world, number * 4)
    this.#parents[number] = parent
    this.#slots[this.#slotOf(world)] = number + 1
    return number
  }

  /** Returns the world's number, or −1 if it was not added. */
  numberOf(world: World): number {
    return (this.#slots[this.#slotOf(world)] ?? 0) - 1
  }

  /** Returns the world with this number. */
  at(number: number): World {
    const [a, b, server, budget] = this.#cells.subarray(number * 4, number * 4 + 4)
    return [a!, b!, server!, budget!]
  }

  /** Path from the first world to this one. */
  wayTo(number: number): World[] {
    const way: World[] = []
    for (let each = number; each >= 0; each = this.#parents[each]!) way.unshift(this.at(each))
    return way
  }

  /** Size of the tables, in bytes. */
  get bytes(): number {
    return this.#cells.byteLength + this.#parents.byteLength + this.#slots.byteLength
  }

  #slotOf(world: World): number {
    const mask = this.#slots.length - 1
    let slot = hash(world) & mask
    for (let taken = this.#slots[slot]!; taken !== 0 && !this.#isAt(taken - 1, world); taken = this.#slots[slot]!)
      slot = (slot + 1) & mask
    return slot
  }

  #isAt(number: number, world: World): boolean {
    const at = number * 4
    return (
      this.#cells[at] === world[0] &&
      this.#cells[at + 1] === world[1] &&
      this.#cells[at + 2] === world[2] &&
      this.#cells[at + 3] === world[3]
    )
  }

  #grow(): void {
    this.#cells = longer(this.#cells)
    this.#parents = longer(this.#parents)
    this.#slots = new Int32Array(this.#slots.length * 2)
    for (let number = 0; number < this.size; number++) this.#slots[this.#slotOf(this.at(number))] = number + 1
  }
}

function longer(array: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const grown = new Int32Array(array.length * 2)
  grown.set(array)
  return grown
}

function hash(world: World): number {
  let mixed = 0x811c9dc5
  for (const cell of world) {
    mixed = Math.imul(mixed ^ cell, 0x9e3779b1)
    mixed ^= mixed >>> 15
  }
  return mixed
}
