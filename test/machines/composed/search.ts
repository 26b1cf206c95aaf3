import { formatViolation } from './diagram.ts'
import { explore, type Exploration, type ExploreLimits } from './explore.ts'
import type { Caps } from './faultBudget.ts'
import { Steps } from './steps.ts'
import { type Rules, System, type World } from './system.ts'

/** Explores systems. Those with the real rules share one step cache; those with a planted fault have their own. */
export class Search {
  readonly #rules: Rules
  readonly #steps: Steps

  constructor(rules: Rules) {
    this.#rules = rules
    this.#steps = new Steps(rules)
  }

  /** Returns a system with this fault budget. */
  systemOf(caps: Caps, rules = this.#rules): System {
    return new System(caps, rules, rules === this.#rules ? this.#steps : new Steps(rules))
  }

  /** Explores from the first world. `story` describes the violation; it is empty without one. */
  look(
    caps: Caps,
    begin: (system: System) => World,
    reach: ExploreLimits,
    rules = this.#rules,
  ): Exploration & { story: string } {
    const system = this.systemOf(caps, rules)
    const explored = explore(system, reach, begin(system))
    return { ...explored, story: explored.violation ? formatViolation(system, explored.violation) : '' }
  }
}
