import type { AnyStateMachine } from 'xstate'
import { listenTo } from './ears.ts'
import { coverageBy, definitionOf, edgesOf, everyStep, type Exploration, statesOf } from './graph.ts'

export interface Coverage {
  /** How many there are to be covered. */
  counts: { states: number; transitions: number; guards: number }
  /** What no step reached, by name: a state, a branch of a transition, an answer that a guard never gave there. */
  missing: string[]
}

/** How much of a machine's definition its explorations go through, taken together. */
export function coverageOf<M extends AnyStateMachine>(machine: M, ...explorations: Exploration<M>[]): Coverage {
  const { machine: heard, answers } = listenTo(machine)
  const covered = new Set<string>()
  const coveredBy = coverageBy(heard)
  for (const exploration of explorations) {
    for (const step of everyStep(heard, exploration)) for (const name of coveredBy(step)) covered.add(name)
  }
  return {
    counts: { states: statesOf(machine).length, transitions: edgesOf(machine).length, guards: answers.size },
    missing: [
      ...definitionOf(machine).filter((name) => !covered.has(name)),
      ...[...answers].flatMap(([use, seen]) => [true, false].filter((answer) => !seen.has(answer)).map((answer) => `${use} is never ${answer}`)),
    ],
  }
}
