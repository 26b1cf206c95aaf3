/** How much each address holds of something that is bounded (bytes, subscriptions), and all of them together. */
export class Ledger {
  total = 0
  readonly #held = new Map<string, number>()

  /** @param amount negative where it is given back */
  add(address: string, amount: number): void {
    if (amount === 0) return
    this.total += amount
    const held = this.of(address) + amount
    if (held > 0) this.#held.set(address, held)
    else this.#held.delete(address)
  }

  of(address: string): number {
    return this.#held.get(address) ?? 0
  }

  /** The address that holds most; undefined while nobody holds anything. */
  largest(): string | undefined {
    let most = 0
    let found: string | undefined
    for (const [address, held] of this.#held) {
      if (held <= most) continue
      most = held
      found = address
    }
    return found
  }
}
