import type { EventObject } from 'xstate'

/** An action as XState resolves it. */
export interface ExecutableAction {
  type: string
  params: unknown
}

/** A delayed event of the machine. */
export interface Timer {
  id: string
  event: EventObject
  delayMs: number
}

/** An action that the page would execute. */
export type Effect =
  /** Sends an event to an actor, or emits it to the page. */
  | { kind: 'send'; event: string; to: string }
  | { kind: 'emit'; event: string }
  | { kind: 'start' | 'stop'; actor: string }
  | { kind: 'timer'; event: string; delayMs: number }
  | { kind: 'cancel'; event: string }
  /** An action of the machine's own. */
  | { kind: 'other'; name: string }

/** The params of XState's own actions. */
interface Params {
  event?: EventObject
  id?: string
  delay?: number
  sendId?: string
  targetId?: string
  to?: { id?: string }
  src?: unknown
}

/**
 * Returns the actions as effects, in order. An event that the machine raises for itself at once has no effect. Neither
 * has the end of a timer that does not run.
 * @param running the timers before the actions
 */
export const listEffects = (actions: readonly ExecutableAction[], running: readonly Timer[]): Effect[] =>
  actions.flatMap((action) => toEffect(action, running))

function toEffect({ type, params }: ExecutableAction, running: readonly Timer[]): Effect[] {
  const { event, id, delay, sendId, targetId, to, src } = (params ?? {}) as Params
  const name = event?.type ?? ''
  switch (type) {
    case 'xstate.sendTo':
      return [{ kind: 'send', event: name, to: targetId ?? to?.id ?? '' }]
    case 'xstate.emit':
      return [{ kind: 'emit', event: name }]
    case 'xstate.spawnChild':
      return [{ kind: 'start', actor: id ?? String(src) }]
    case 'xstate.stopChild':
      // Its params are the actor.
      return id === undefined ? [] : [{ kind: 'stop', actor: id }]
    case 'xstate.raise':
      return delay === undefined ? [] : [{ kind: 'timer', event: name, delayMs: delay }]
    case 'xstate.cancel':
      return running.flatMap((timer) => (timer.id === sendId ? [{ kind: 'cancel', event: timer.event.type }] : []))
    default:
      return type.startsWith('xstate.') ? [] : [{ kind: 'other', name: type }]
  }
}

/** Returns the timers that run after the actions. A timer replaces one with its id. */
export function updateTimers(running: readonly Timer[], actions: readonly ExecutableAction[]): Timer[] {
  const timers = new Map(running.map((timer) => [timer.id, timer]))
  for (const { type, params } of actions) {
    const { event, id, delay, sendId } = (params ?? {}) as Params
    if (type === 'xstate.cancel' && sendId !== undefined) timers.delete(sendId)
    if (type === 'xstate.raise' && event && delay !== undefined) {
      const key = id ?? event.type
      timers.set(key, { id: key, event, delayMs: delay })
    }
  }
  return [...timers.values()]
}
