import { createBrowserInspector } from '@statelyai/inspect'
import type { AnyActorRef, AnyStateMachine } from 'xstate'
import { call } from '../../../machines/call/callMachine.ts'
import { device } from '../../../machines/media/deviceMachine.ts'
import { link } from '../../../machines/signaling/signalingMachine.ts'
import { notice } from '../../../machines/status/statusBannerMachine.ts'
import { quality } from '../../../machines/status/qualityMachine.ts'
import { room } from '../../../machines/room/roomMachine.ts'
import { safety } from '../../../machines/verification/verificationMachine.ts'
import { stateValue } from '../../../machines/protocol/trace/traceFile.ts'
import type { TracedMachine, TraceLine } from '../../../machines/protocol/traceLine.ts'
import { visit } from '../../../machines/membership/membershipMachine.ts'

/** Whatever the inspector needs to draw it. */
const machines: Record<TracedMachine, AnyStateMachine> = {
  visit, link, call, safety, microphone: device, camera: device, screen: device, notice, quality, room,
}

/** More than it replays by itself to a window that connects late. */
const most = 2_000

export interface Inspection {
  /** Keeps a line for the inspector, and shows it once there is a window. */
  show(actor: string, line: TraceLine): void
  /** Opens the window; only while the browser handles a click of the person. False: the browser blocked it. */
  open(): boolean
}

/**
 * The Stately Inspector in a window of its own (online only). It gets lines of a trace and nothing else, so no description, candidate,
 * token or address reaches that page. Nothing is loaded from there before `open`.
 */
export function createInspection(): Inspection {
  const inspector = createBrowserInspector({ autoStart: false, maxDeferredEvents: most })
  if (!('actor' in inspector)) throw new Error('There is no window')
  const shown = new Map<string, { ref: AnyActorRef; context: TraceLine['facts'] }>()

  return {
    show(name, { machine, event, facts, state }) {
      const known = shown.get(name)
      const { ref, context } = known ?? { ref: drawable(name, machine), context: {} }
      Object.assign(context, facts)
      const snapshot = { status: 'active', value: stateValue(state), context: { ...context } } as never
      shown.set(name, { ref, context })
      if (!known) inspector.actor(ref, snapshot)
      inspector.event(ref, { type: event, ...facts })
      inspector.snapshot(ref, snapshot, { event: { type: event, ...facts } })
    },
    open: () => opensWindow(() => inspector.start()),
  }
}

/** Whether a function that opens a window got one: the inspector does not say. */
function opensWindow(start: () => void): boolean {
  const before = window.open
  let isOpen = false
  window.open = (...given) => {
    const opened = before.apply(window, given)
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
function drawable(name: string, machine: TracedMachine): AnyActorRef {
  return { sessionId: name, logic: { config: { ...machines[machine].config, id: name, context: {} } } } as unknown as AnyActorRef
}
