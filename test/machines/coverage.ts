import type { AnyStateMachine } from 'xstate'
import { recordGuardResults } from './guardCoverage.ts'
import {
  beginning,
  definitionOf,
  edgesOf,
  everyStep,
  type Exploration,
  leavesOf,
  statesOf,
  watchedStepperOf,
} from './graph.ts'

export interface Coverage {
  /** How many there are to be covered. */
  counts: { states: number; transitions: number; guards: number }
  /** What no step reached, by name: a state, a branch of a transition, an answer that a guard never gave there. */
  missing: string[]
}

/** How much of a machine's definition its explorations go through, taken together. */
export function coverageOf<M extends AnyStateMachine>(machine: M, ...explorations: Exploration<M>[]): Coverage {
  const { machine: heard, answers } = recordGuardResults(machine)
  const { stepper, taken } = watchedStepperOf(heard)
  const covered = new Set<string>()
  for (const exploration of explorations) {
    for (const name of leavesOf(beginning(heard, exploration.input))) covered.add(name)
    for (const { after } of everyStep(heard, exploration, stepper))
      for (const name of [...taken(), ...leavesOf(after)]) covered.add(name)
  }
  return {
    counts: { states: statesOf(machine).length, transitions: edgesOf(machine).length, guards: answers.size },
    missing: [
      ...definitionOf(machine).filter((name) => !covered.has(name)),
      ...[...answers].flatMap(([use, seen]) =>
        [true, false].filter((answer) => !seen.has(answer)).map((answer) => `${use} is never ${answer}`),
      ),
    ],
  }
}
