import { createBrowserInspector } from '@statelyai/inspect'
import type { AnyActorRef, AnyStateMachine } from 'xstate'
import { callMachine } from '../../../machines/call/callMachine.ts'
import { deviceMachine } from '../../../machines/media/deviceMachine.ts'
import { signalingMachine } from '../../../machines/signaling/signalingMachine.ts'
import { statusBannerMachine } from '../../../machines/status/statusBannerMachine.ts'
import { qualityMachine } from '../../../machines/status/qualityMachine.ts'
import { roomMachine } from '../../../machines/room/roomMachine.ts'
import { verificationMachine } from '../../../machines/verification/verificationMachine.ts'
import { parseState } from '../../../machines/protocol/trace/traceFile.ts'
import type { TracedMachine, TraceEntry } from '../../../machines/protocol/traceEntry.ts'
import { membershipMachine } from '../../../machines/membership/membershipMachine.ts'

/** The machine definitions that the inspector draws. */
const machines: Record<TracedMachine, AnyStateMachine> = {
  membership: membershipMachine,
  signaling: signalingMachine,
  call: callMachine,
  verification: verificationMachine,
  microphone: deviceMachine,
  camera: deviceMachine,
  screen: deviceMachine,
  statusBanner: statusBannerMachine,
  quality: qualityMachine,
  room: roomMachine,
}

/** Maximum number of events replayed to a window that connects late; more than the inspector's default. */
const maxDeferredEvents = 2_000

/** The Stately Inspector, fed with trace entries. */
export interface StatelyInspector {
  /** Shows an entry, or keeps it until the window is open. */
  show(actor: string, entry: TraceEntry): void
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
    show(name, { machine, event, fields, state }) {
      const known = shown.get(name)
      const { ref, context } = known ?? { ref: createActorStub(name, machine), context: {} }
      Object.assign(context, fields)
      const snapshot = { status: 'active', value: parseState(state), context: { ...context } } as never
      shown.set(name, { ref, context })
      if (!known) inspector.actor(ref, snapshot)
      inspector.event(ref, { type: event, ...fields })
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
    logic: { config: { ...machines[machine].config, id: name, context: {} } },
  } as unknown as AnyActorRef
}
