import { type ActorOptions, type AnyStateMachine, createActor } from 'xstate'

/** What `transition` of xstate gives. */
export type Stepper = (before: unknown, event: { type: string }) => [after: unknown, actions: unknown[]]

/**
 * `transition` of xstate for many steps of one machine. That one makes an actor for each step, which begins the machine each time,
 * and where it wants an input that is not there, throws each time; here one does nothing for all of them.
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
