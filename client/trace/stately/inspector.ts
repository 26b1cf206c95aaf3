import { createBrowserInspector } from '@statelyai/inspect'
import { definitions } from 'virtual:definitions'
import type { AnyActorRef } from 'xstate'
import { parseState } from '../../../machines/protocol/trace/traceFile.ts'
import { machineNameFor, type TracedMachine, type TraceEntry } from '../../../machines/protocol/traceEntry.ts'

/** Maximum number of events replayed to a window that connects late; more than the inspector's default. */
const maxDeferredEvents = 2_000

/** The Stately Inspector, fed with trace entries. */
export interface StatelyInspector {
  /**
   * Shows an entry, or keeps it until the window is open.
   * @param source the actor that sent the event; one that was not shown yet is left out
   */
  show(actor: string, entry: TraceEntry, source?: string | null): void
  /** Opens the window. Call it in a click handler. Returns false if the browser blocked the window. */
  open(): boolean
}

/**
 * Creates the Stately Inspector in its own window (online only). It gets trace entries only, so no description,
 * candidate, token or address reaches that page. The browser loads nothing from there before `open`.
 */
export function createStatelyInspector(): StatelyInspector {
  const inspector = createBrowserInspector({ autoStart: false, maxDeferredEvents })
  if (!('actor' in inspector)) throw new Error('the inspector needs a browser window')
  const shown = new Map<string, { ref: AnyActorRef; context: TraceEntry['fields'] }>()

  return {
    show(name, { machine, event, fields, state }, source = null) {
      const known = shown.get(name)
      const { ref, context } = known ?? { ref: createActorStub(name, machine), context: {} }
      Object.assign(context, fields)
      const snapshot = { status: 'active', value: parseState(state), context: { ...context } } as never
      shown.set(name, { ref, context })
      if (!known) inspector.actor(ref, snapshot)
      const from = source === null ? undefined : shown.get(source)
      inspector.event(ref, { type: event, ...fields }, from && { source: from.ref })
      inspector.snapshot(ref, snapshot, { event: { type: event, ...fields } })
    },
    open: () => detectWindowOpen(() => inspector.start()),
  }
}

/** True if `start` opened a window. The inspector does not report it. */
function detectWindowOpen(start: () => void): boolean {
  const before = window.open
  let isOpen = false
  window.open = (...openArguments) => {
    const opened = before.apply(window, openArguments)
    isOpen = opened !== null
    return opened
  }
  try {
    start()
  } finally {
    window.open = before
  }
  return isOpen
}

/** A stub with the fields that the inspector reads: the actor's name and the machine definition. */
function createActorStub(name: string, machine: TracedMachine): AnyActorRef {
  return {
    sessionId: name,
    logic: { config: { ...definitions[machineNameFor(machine)], id: name, context: {} } },
  } as unknown as AnyActorRef
}
