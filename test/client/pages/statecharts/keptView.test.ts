import { expect, test } from 'vitest'
import { type KeptView, keepView, takeKeptView } from '../../../../client/pages/statecharts/keptView.ts'
import type { Trace } from '../../../../machines/protocol/trace/types.ts'

const trace: Trace = {
  version: 1,
  startedAt: '2026-05-17T16:23:45.000Z',
  entries: [{ atMs: 0, place: 'here', machine: 'call', event: 'user.hungUp', fields: {}, state: 'hangup' }],
}
const view: KeptView = { machine: 'room', selected: 'full', saved: { name: 'yesterday.json', trace, position: 1 } }

/** A history of one entry, whose state survives a reload as JSON. */
function createHistory(initial: unknown) {
  let state = initial
  return {
    get state() {
      return state
    },
    replaceState: (next: unknown) => (state = JSON.parse(JSON.stringify(next))),
  }
}

test('a kept view is returned once, and other state of the history stays', () => {
  const history = createHistory({ other: 1 })
  keepView(history, view)
  expect(takeKeptView(history)).toEqual(view)
  expect(takeKeptView(history)).toBeNull()
  expect(history.state).toEqual({ other: 1 })
})

test('a view without an opened trace is kept, too', () => {
  const history = createHistory(null)
  keepView(history, { machine: 'quality', selected: null, saved: null })
  expect(takeKeptView(history)).toEqual({ machine: 'quality', selected: null, saved: null })
})

test.each<[string, unknown]>([
  ['no state', null],
  ['a view without a machine', { keptView: {} }],
  ['an unknown machine', { keptView: { machine: 'cat', selected: null, saved: null } }],
  ['a view of another type', { keptView: 'room' }],
])('%s gives no view', (_, state) => expect(takeKeptView(createHistory(state))).toBeNull())

test('an invalid trace is dropped, and the rest of the view is kept', () => {
  const saved = { name: 'a.json', trace: '{"version":2}', position: 3 }
  const history = createHistory({ keptView: { machine: 'room', selected: 1, saved } })
  expect(takeKeptView(history)).toEqual({ machine: 'room', selected: null, saved: null })
})
