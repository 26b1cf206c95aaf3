import type { AnyStateMachine } from 'xstate'
import { recordGuardResults } from './guardCoverage.ts'
import {
  beginning,
  definitionOf,
  edgesOf,
  type Exploration,
  leavesOf,
  statesOf,
  stepsInTurn,
  watchedStepperOf,
} from './graph.ts'

/** Coverage of a machine's definition. */
export interface Coverage {
  /** Number of states, transitions and guards in the definition. */
  counts: { states: number; transitions: number; guards: number }
  /** Uncovered parts by name: a state, a branch of a transition, or a result that a guard never had. */
  missing: string[]
}

/** Returns how much of a machine's definition its explorations cover together. Ends as soon as nothing is missing. */
export function coverageOf<M extends AnyStateMachine>(machine: M, ...explorations: Exploration<M>[]): Coverage {
  const { machine: recorded, answers } = recordGuardResults(machine)
  const { stepper, taken } = watchedStepperOf(recorded)
  const uncovered = new Set(definitionOf(machine))
  const cover = (names: string[]): void => names.forEach((name) => uncovered.delete(name))
  const isWhole = (): boolean => uncovered.size === 0 && [...answers.values()].every((seen) => seen.size === 2)

  for (const { input } of explorations) cover(leavesOf(beginning(recorded, input)))
  for (const { after } of stepsInTurn(recorded, explorations, stepper)) {
    cover([...taken(), ...leavesOf(after)])
    if (isWhole()) break
  }
  return {
    counts: { states: statesOf(machine).length, transitions: edgesOf(machine).length, guards: answers.size },
    missing: [
      ...uncovered,
      ...[...answers].flatMap(([use, seen]) =>
        [true, false].filter((answer) => !seen.has(answer)).map((answer) => `${use} is never ${answer}`),
      ),
    ],
  }
}
