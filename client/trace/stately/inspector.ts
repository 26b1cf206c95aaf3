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

/** Whatever the inspector needs to draw it. */
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

/** More than it replays by itself to a window that connects late. */
const maxDeferredEvents = 2_000

export interface StatelyInspector {
  /** Keeps an entry for the inspector, and shows it once there is a window. */
  show(actor: string, entry: TraceEntry): void
  /** Opens the window; only while the browser handles a click of the person. False: the browser blocked it. */
  open(): boolean
}

/**
 * The Stately Inspector in a window of its own (online only). It gets trace entries and nothing else, so no description, candidate,
 * token or address reaches that page. Nothing is loaded from there before `open`.
 */
export function createStatelyInspector(): StatelyInspector {
  const inspector = createBrowserInspector({ autoStart: false, maxDeferredEvents })
  if (!('actor' in inspector)) throw new Error('There is no window')
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

/** Whether a function that opens a window got one: the inspector does not say. */
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

/** As much of an actor as the inspector asks for: its name, and the definition of its machine. */
function createActorStub(name: string, machine: TracedMachine): AnyActorRef {
  return {
    sessionId: name,
    logic: { config: { ...machines[machine].config, id: name, context: {} } },
  } as unknown as AnyActorRef
}
