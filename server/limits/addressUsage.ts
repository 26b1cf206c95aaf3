/** Usage of a bounded resource (bytes, rooms) per address, and in total. */
export class AddressUsage {
  total = 0
  readonly #byAddress = new Map<string, number>()

  /** @param amount negative to release */
  add(address: string, amount: number): void {
    if (amount === 0) return
    this.total += amount
    const used = this.usedBy(address) + amount
    if (used > 0) this.#byAddress.set(address, used)
    else this.#byAddress.delete(address)
  }

  /** Usage of one address. */
  usedBy(address: string): number {
    return this.#byAddress.get(address) ?? 0
  }

  /** The address with the highest usage; undefined while the total is 0. */
  largestUser(): string | undefined {
    let max = 0
    let largest: string | undefined
    for (const [address, used] of this.#byAddress) {
      if (used <= max) continue
      max = used
      largest = address
    }
    return largest
  }
}
