import { createBrowserInspector } from '@statelyai/inspect'
import type { AnyActorRef, AnyStateMachine } from 'xstate'
import { call } from '../../machines/call.ts'
import { device } from '../../machines/device.ts'
import { link } from '../../machines/link.ts'
import { notice } from '../../machines/notice.ts'
import { quality } from '../../machines/quality.ts'
import { room } from '../../machines/room.ts'
import { safety } from '../../machines/safety.ts'
import { stateValue, type TracedMachine, type TraceLine } from '../../machines/trace.ts'
import { visit } from '../../machines/visit.ts'

/** Whatever the inspector needs to draw it. */
const machines: Record<TracedMachine, AnyStateMachine> = {
  visit, link, call, safety, microphone: device, camera: device, screen: device, notice, quality, room,
}

/** More than it replays by itself to a window that connects late. */
const most = 2_000

/**
 * Opens the Stately Inspector in a window of its own (it is online only) and returns what shows lines in it. It gets lines of a
 * trace and nothing else, so whatever that page does with them, no description, candidate, token or address is among them.
 */
export function openInspector(): (actor: string, line: TraceLine) => void {
  const inspector = createBrowserInspector({ autoStart: false, maxDeferredEvents: most })
  if (!('actor' in inspector)) throw new Error('There is no window')
  open(() => inspector.start())
  const shown = new Map<string, { ref: AnyActorRef; context: TraceLine['facts'] }>()

  return (name, { machine, event, facts, state }) => {
    const known = shown.get(name)
    const { ref, context } = known ?? { ref: drawable(name, machine), context: {} }
    Object.assign(context, facts)
    const snapshot = { status: 'active', value: stateValue(state), context: { ...context } } as never
    shown.set(name, { ref, context })
    if (!known) inspector.actor(ref, snapshot)
    inspector.event(ref, { type: event, ...facts })
    inspector.snapshot(ref, snapshot, { event: { type: event, ...facts } })
  }
}

/** Browsers open no window before the person has done something. */
function open(start: () => void): void {
  const before = window.open
  let isOpen = false
  window.open = (...given) => {
    const opened = before.apply(window, given)
    isOpen = opened !== null
    return opened
  }
  start()
  window.open = before
  if (!isOpen) addEventListener('click', () => open(start), { once: true })
}

/** As much of an actor as the inspector asks for: its name, and the definition of its machine. */
function drawable(name: string, machine: TracedMachine): AnyActorRef {
  return { sessionId: name, logic: { config: { ...machines[machine].config, id: name, context: {} } } } as unknown as AnyActorRef
}
