import { expect, test } from 'vitest'
import { Recorder } from '../../../../client/trace/recorder.ts'
import { inspectSession } from '../../../../client/trace/stately/session.ts'
import type { TraceEntry, TracedMachine } from '../../../../machines/protocol/traceEntry.ts'

const createEntry = (
  place: TraceEntry['place'],
  machine: TracedMachine,
  event: string,
  fields: TraceEntry['fields'] = {},
): TraceEntry => ({ atMs: 1, place, machine, event, fields, state: 'idle' })

test('events of the inspector name their source: another machine, the server, or the other page', () => {
  const recorder = new Recorder()
  const caused = createEntry('here', 'call', 'join.accepted', { seat: 'a' })
  const source = {
    entries: recorder.entries,
    subscribe: (listener: (entry: TraceEntry) => void) => recorder.subscribe(listener),
    sourceOf: (entry: TraceEntry) => (entry === caused ? ('signaling' as const) : null),
  }
  const shown: [actor: string, event: string, source: string | null | undefined][] = []
  const stop = inspectSession(source, {
    show: (actor, { event }, from) => shown.push([actor, event, from]),
    open: () => false,
  })
  recorder.add(createEntry('here', 'membership', 'user.joined'))
  recorder.add(createEntry('here', 'signaling', 'join.accepted', { seat: 'a' }))
  recorder.add(caused)
  recorder.add(createEntry('server', 'room', 'offer.relayed', { seat: 'a' }))
  recorder.add(createEntry('there', 'signaling', 'event.received', { kind: 'offer' }))
  recorder.add(createEntry('there', 'call', 'join.accepted', { seat: 'b' }))
  recorder.add(createEntry('server', 'room', 'answer.relayed', { seat: 'b' }))
  recorder.add(createEntry('server', 'room', 'time.passed'))
  recorder.add(createEntry('there', 'chat', 'hello.received'))
  recorder.add(createEntry('here', 'call', 'media.started'))
  stop()
  recorder.add(createEntry('here', 'call', 'user.hungUp'))
  expect(shown).toEqual([
    ['membership', 'user.joined', null],
    ['signaling', 'join.accepted', 'server:room'],
    ['call', 'join.accepted', 'signaling'],
    ['server:room', 'offer.relayed', 'signaling'],
    ['there:signaling', 'event.received', 'server:room'],
    ['there:call', 'join.accepted', null],
    ['server:room', 'answer.relayed', 'there:signaling'],
    ['server:room', 'time.passed', null],
    ['there:chat', 'hello.received', 'chat'],
    ['call', 'media.started', 'there:call'],
  ])
})
