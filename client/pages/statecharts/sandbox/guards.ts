import { and, type AnyMachineSnapshot, type AnyTransitionDefinition, type EventObject } from 'xstate'

/** A guard and its result. A combined guard has the results of its parts. */
export interface GuardResult {
  /** `isAlone`, or `and`, `or` or `not` for a combined guard. */
  name: string
  isCombined: boolean
  /** Null if the guard threw, because a field of the event is missing or wrong. */
  isTrue: boolean | null
  parts: GuardResult[]
}

type Guard = NonNullable<AnyTransitionDefinition['guard']>
/** XState's `and`, `or` and `not` return functions with these properties. */
interface Combined {
  guards: Guard[]
}
interface Checked {
  check(snapshot: AnyMachineSnapshot, given: { context: unknown; event: EventObject }, guard: unknown): boolean
}

/** Evaluates a guard and its parts for an event. Guards are pure, so this may happen at any time. */
export function evaluateGuard(guard: Guard, snapshot: AnyMachineSnapshot, event: EventObject): GuardResult {
  const { guards } = guard as Partial<Combined>
  const name = typeof guard === 'object' ? guard.type : typeof guard === 'string' ? guard : guard.name
  return {
    name,
    isCombined: guards !== undefined,
    isTrue: check(guard, snapshot, event),
    parts: guards?.map((part) => evaluateGuard(part, snapshot, event)) ?? [],
  }
}

/**
 * An `and` of one guard: XState evaluates it like the guard itself, with its params. Its public types hide `check`, so a
 * cast is needed.
 */
function check(guard: Guard, snapshot: AnyMachineSnapshot, event: EventObject): boolean | null {
  const checked = and([guard as never]) as unknown as Checked
  try {
    return checked.check(snapshot, { context: snapshot.context, event }, checked)
  } catch {
    return null
  }
}
