import { NumberTable } from './numberTable.ts'

/** Faults that may happen a limited number of times in one life of the world. */
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
  | 'unauthenticatedOffer'
  | 'crash'
  | 'restart'
  // of a store that nodes share
  | 'die'
  | 'replicate'
  | 'failOver'
  // at the door
  | 'ask'
  | 'withdraw'
  | 'decline'
  | 'policy'
  | 'stranger'
  // a rate limit
  | 'throttle'
  // in the lobby
  | 'hide'

/** Maximum number of faults in total and of each kind. A kind that is not listed never happens. */
export type Caps = { total: number } & Partial<Record<Fault, number>>

/** Any two faults, except the end of the server, which has its own cases. */
export const anyTwoFaults: Caps = {
  total: 2,
  drop: 2,
  reload: 1,
  repeat: 1,
  reorder: 1,
  slow: 2,
  hangup: 1,
  rejoin: 1,
  fail: 2,
  waver: 1,
  lose: 2,
  network: 1,
  need: 2,
  forget: 1,
  unauthenticatedOffer: 1,
}

/** Numbers the multisets of faults that have happened so far. */
export class Budget {
  readonly #table = new NumberTable<Fault[]>()
  readonly #caps: Caps

  constructor(caps: Caps) {
    this.#caps = caps
  }

  /** No fault so far. */
  begin(): number {
    return this.#table.numberOf([])
  }

  /** Whether this fault can happen at all. */
  canSpend(fault: Fault): boolean {
    return (this.#caps[fault] ?? 0) > 0
  }

  /** The number after this fault; null when the budget does not allow it. */
  spend(number: number, fault: Fault): number | null {
    const spent = this.#table.at(number)
    const times = spent.filter((each) => each === fault).length
    if (spent.length >= this.#caps.total || times >= (this.#caps[fault] ?? 0)) return null
    return this.#table.numberOf([...spent, fault].sort())
  }
}
