import { and, type AnyStateMachine } from 'xstate'
import { edgeName, edgesOf, nodesOf } from './graph.ts'

/** A copy of a machine that records the result of each use of a guard, in transitions and in actions. */
export interface GuardRecording<M extends AnyStateMachine> {
  machine: M
  /** By the place of use: `call.idle always [0] isAlone`. Each part of a combined guard has its own place. */
  answers: Map<string, Set<boolean>>
}

type Guard = string | { type: string } | Builtin
/** Result of `and`, `or` and `not`: a function that holds its parts. */
type Builtin = ((...given: unknown[]) => boolean) & { guards?: Guard[]; check?: (...given: unknown[]) => boolean }
type Collect = (given: { check(guard: Guard): boolean }, params: unknown) => void

/** Finds guards in the source text of an `enqueueActions`, which cannot be inspected otherwise. */
const guardChecks = /\bcheck\(\s*['"`]([^'"`]+)['"`]/g

/** Returns a copy of the machine, and the results of its guards so far. The results grow while the copy runs. */
export function recordGuardResults<M extends AnyStateMachine>(machine: M): GuardRecording<M> {
  const answers: GuardRecording<M>['answers'] = new Map()
  const place = (name: string): Set<boolean> => answers.get(name) ?? answers.set(name, new Set()).get(name)!

  function recordGuard(guard: Guard, at: string): Guard {
    const name = `${at} ${guardName(guard)}`
    const seen = place(name)
    const inner =
      typeof guard === 'function' && guard.guards
        ? Object.assign((): boolean => false, guard, {
            guards: guard.guards.map((part) => recordGuard(part, `${name}:`)),
          })
        : guard
    // An `and` of one guard: XState evaluates it like the guard itself.
    const recorder = and([inner as never]) as Builtin
    const ask = recorder.check!
    return Object.assign(recorder, {
      check: (...given: unknown[]): boolean => {
        const answer = ask(...given)
        seen.add(answer)
        return answer
      },
    })
  }

  /** Only `enqueueActions` evaluates guards. */
  function recordAction<A>(action: A, at: string): A {
    const { collect } = action as { collect?: Collect }
    if (!collect) return action
    for (const [, guard] of String(collect).matchAll(guardChecks)) place(`${at} check ${guard}`)
    return Object.assign((): void => {}, action, {
      collect: ((given, params) =>
        collect(
          {
            ...given,
            check(guard) {
              const answer = given.check(guard)
              place(`${at} check ${guardName(guard)}`).add(answer)
              return answer
            },
          },
          params,
        )) satisfies Collect,
    })
  }
  const recordActions = <A>(actions: readonly A[], at: string): A[] => actions.map((action) => recordAction(action, at))

  const named = Object.entries(machine.implementations.actions).map(([name, action]) => [
    name,
    recordAction(action, `${machine.id} action ${name}`),
  ])
  const copy = machine.provide({ actions: Object.fromEntries(named) } as never) as M
  for (const node of nodesOf(copy))
    Object.assign(node, {
      entry: recordActions(node.entry, `${node.id} entry`),
      exit: recordActions(node.exit, `${node.id} exit`),
    })
  for (const edge of edgesOf(copy)) {
    const at = edgeName(edge)
    Object.assign(edge, {
      actions: recordActions(edge.actions, at),
      ...(edge.guard && { guard: recordGuard(edge.guard as Guard, at) }),
    })
  }
  return { machine: copy, answers }
}

function guardName(guard: Guard): string {
  if (typeof guard === 'string') return guard
  if (typeof guard === 'object') return guard.type
  const { name, guards = [] } = guard
  return guards.length === 0
    ? name || 'inline'
    : name === 'not'
      ? `not(${guards.map(guardName)[0]})`
      : `(${guards.map(guardName).join(` ${name} `)})`
}
