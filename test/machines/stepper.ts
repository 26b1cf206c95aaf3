import { type ActorOptions, type AnyStateMachine, createActor } from 'xstate'

/** Returns the events that a machine emits with these actions of `transition`. */
export const emittedEvents = <TEvent>(actions: readonly unknown[]): TEvent[] =>
  (actions as { type: string; params: { event: TEvent } }[])
    .filter(({ type }) => type === 'xstate.emit')
    .map(({ params }) => params.event)

/** Same result as `transition` of xstate. */
export type Stepper = (before: unknown, event: { type: string }) => [after: unknown, actions: unknown[]]

/**
 * `transition` of xstate for many steps of one machine. XState's version creates an actor for each step and starts the
 * machine each time. Without a required input it even throws each time. This version shares one actor scope for all
 * steps.
 */
export function stepperOf(machine: AnyStateMachine, inspect?: ActorOptions<AnyStateMachine>['inspect']): Stepper {
  const self = createActor(machine, { inspect })
  const nothing = (): void => {}
  const scope = {
    self,
    system: self.system,
    id: '',
    sessionId: '',
    logger: nothing,
    defer: nothing,
    stopChild: nothing,
    emit: nothing,
  }
  return (before, event) => {
    const actions: unknown[] = []
    const after = machine.transition(before as never, event, {
      ...scope,
      actionExecutor: (action: unknown) => void actions.push(action),
    } as never)
    return [after, actions]
  }
}
