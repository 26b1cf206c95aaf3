import { NumberTable } from './numberTable.ts'

/** What goes wrong no more often than this, in one life of the world. */
export type Fault =
  | 'drop'
  | 'reload'
  | 'repeat'
  | 'reorder'
  | 'forget'
  | 'slow'
  | 'hangup'
  | 'rejoin'
  | 'fail'
  | 'waver'
  | 'lose'
  | 'network'
  | 'need'
  | 'stranger'
  | 'crash'
  | 'restart'

export type Caps = { total: number } & Partial<Record<Fault, number>>

/** The faults that happened, as a number: whoever may still have some does. */
export class Budget {
  readonly #table = new NumberTable<Fault[]>()
  readonly #caps: Caps

  constructor(caps: Caps) {
    this.#caps = caps
  }

  /** Nothing has gone wrong yet. */
  begin(): number {
    return this.#table.numberOf([])
  }

  /** Whether it may happen at all. */
  canSpend(fault: Fault): boolean {
    return (this.#caps[fault] ?? 0) > 0
  }

  /** What is left afterwards, or null where it may not happen (again). */
  spend(number: number, fault: Fault): number | null {
    const spent = this.#table.at(number)
    const times = spent.filter((each) => each === fault).length
    if (spent.length >= this.#caps.total || times >= (this.#caps[fault] ?? 0)) return null
    return this.#table.numberOf([...spent, fault].sort())
  }
}
