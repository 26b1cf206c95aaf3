import type { Violation } from './explore.ts'
import { LivenessCheck } from './livenessCheck.ts'
import type { System, World } from './system.ts'

/** Number of walks, steps per walk, and the seed of the random numbers. */
export interface RandomWalkOptions {
  walks: number
  steps: number
  seed: number
}

const noEnd = 'both reach a call, or the end of one, once faults stop'

/**
 * Walks at random, deeper than an exhaustive search. Checks each world, and liveness from the last world of each walk.
 */
export function randomWalk(
  system: System,
  { walks, steps, seed }: RandomWalkOptions,
  from = system.begin(),
): Violation | null {
  const [liveness, dice] = [new LivenessCheck(system), new RandomNumbers(seed)]
  for (let walk = 0; walk < walks; walk++) {
    const way: World[] = [from]
    for (let step = 0; step < steps; step++) {
      const moves = system.moves(way.at(-1)!)
      if (moves.length === 0) break
      const { to, broken } = moves[dice.below(moves.length)]!
      way.push(to)
      const found = broken[0] ?? system.faultsOf(to)[0]
      if (found) return { broken: found, way, calm: [] }
    }
    const violation = liveness.findViolation(way.at(-1)!)
    if (violation) return { broken: noEnd, way, calm: violation.calm }
  }
  return null
}

/** Deterministic random numbers (Marsaglia's xorshift32). */
class RandomNumbers {
  #state: number

  constructor(seed: number) {
    this.#state = seed
  }

  below(count: number): number {
    for (const shift of [13, -17, 5]) this.#state ^= shift > 0 ? this.#state << shift : this.#state >>> -shift
    return (this.#state >>> 0) % count
  }
}
