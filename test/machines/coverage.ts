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

/** Coverage of a machine's definition. */
export interface Coverage {
  /** Number of states, transitions and guards in the definition. */
  counts: { states: number; transitions: number; guards: number }
  /** Uncovered parts by name: a state, a branch of a transition, or a result that a guard never had. */
  missing: string[]
}

/** Returns how much of a machine's definition its explorations cover together. */
export function coverageOf<M extends AnyStateMachine>(machine: M, ...explorations: Exploration<M>[]): Coverage {
  const { machine: recorded, answers } = recordGuardResults(machine)
  const { stepper, taken } = watchedStepperOf(recorded)
  const covered = new Set<string>()
  for (const exploration of explorations) {
    for (const name of leavesOf(beginning(recorded, exploration.input))) covered.add(name)
    for (const { after } of everyStep(recorded, exploration, stepper))
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
