import { expect, test } from 'vitest'
import { chartedMachines } from '../../../../client/pages/statecharts/drawings.ts'
import { buildChartGraph } from '../../../../client/pages/statecharts/edges.ts'
import { svgPath } from '../../../../client/pages/statecharts/svgPath.ts'
import {
  computeLanes,
  latestStates,
  traceStory,
  lastTakenEdges,
} from '../../../../client/pages/statecharts/traceStory.ts'
import { createStatechart } from '../../../../machines/statechart.ts'
import type { TraceEntry } from '../../../../machines/protocol/traceEntry.ts'

const entry = (
  place: TraceEntry['place'],
  machine: TraceEntry['machine'],
  event: string,
  state: string,
  fields: TraceEntry['fields'] = {},
): TraceEntry => ({ atMs: 0, place, machine, event, fields, state })
const storyOf = (entries: TraceEntry[]) =>
  traceStory(entries).map(({ route, label, newState }) => [
    route ? `${route.from} → ${route.to}` : null,
    label,
    newState,
  ])

test('who has seat a stands on the left, and without seats this side does', () => {
  expect(computeLanes([])).toEqual({ order: ['here', 'server', 'there'], seats: {} })
  expect(computeLanes([entry('here', 'signaling', 'join.accepted', 'connected.joined', { seat: 'b' })])).toEqual({
    order: ['there', 'server', 'here'],
    seats: { here: 'b', there: 'a' },
  })
  // What the room says of others' seats is not ours.
  expect(computeLanes([entry('server', 'room', 'visitor.joined', 'created', { seat: 'b' })]).seats).toEqual({})
})

test('what crossed the wire has a way, the rest stays where it was', () => {
  expect(
    storyOf([
      entry('here', 'signaling', 'join.accepted', 'connected.joined', { seat: 'a' }),
      entry('server', 'room', 'offer.relayed', 'created', { seat: 'a' }),
      entry('server', 'room', 'visitor.joined', 'ready', { seat: 'b', stateBefore: 'created' }),
      entry('here', 'signaling', 'event.received', 'connected.joined', { kind: 'ready' }),
      entry('there', 'call', 'offer.received', 'answering.creatingAnswer'),
      entry('there', 'call', 'candidate.gathered', 'answering.creatingAnswer'),
      entry('server', 'room', 'time.passed', 'ready'),
      entry('here', 'signaling', 'join.rejected', 'connected.idle', { code: 'full' }),
    ]),
  ).toEqual([
    ['server → here', 'joined', 'connected.joined'],
    ['here → server', 'offer', 'created'],
    ['there → server', 'visitor.joined', 'ready'],
    ['server → here', 'ready', null],
    [null, 'offer.received', 'answering.creatingAnswer'],
    [null, 'candidate.gathered', null],
    [null, 'time.passed', null],
    ['server → here', 'refused: full', 'connected.idle'],
  ])
})

test('of a machine that is in several states at once, what changed is told', () => {
  const fine = 'transport.hidden, peer.hidden, signaling.hidden'
  expect(
    storyOf([
      entry('here', 'statusBanner', 'xstate.init', fine),
      entry('here', 'statusBanner', 'signaling.lost', 'transport.hidden, peer.hidden, signaling.pending'),
      entry('there', 'statusBanner', 'xstate.init', fine),
      entry('here', 'statusBanner', 'signaling.restored', fine),
      entry('here', 'statusBanner', 'call.ended', fine),
    ]).map(([, , newState]) => newState),
  ).toEqual([fine, 'signaling.pending', fine, 'signaling.hidden', null])
})

test('the newest state of each machine at each place counts', () => {
  const states = latestStates([
    entry('here', 'call', 'a', 'idle'),
    entry('there', 'call', 'a', 'hangup'),
    entry('here', 'call', 'b', 'offering.creatingOffer'),
    entry('here', 'microphone', 'c', 'live.unmuted'),
  ])
  expect(states.call).toEqual({ here: 'offering.creatingOffer', there: 'hangup' })
  expect(states).toMatchObject({ microphone: { here: 'live.unmuted' }, camera: {}, room: {} })
})

test('the way that each place took last is found, though it has heard more since', () => {
  const graph = buildChartGraph(createStatechart(chartedMachines.call))
  const takenEdges = lastTakenEdges(graph, 'call', [
    entry('here', 'call', 'join.accepted', 'offering.creatingOffer'),
    entry('here', 'call', 'offer.created', 'offering.waitingForPeer'),
    entry('there', 'call', 'join.accepted', 'answering.awaitingOffer'),
    entry('here', 'call', 'candidate.gathered', 'offering.waitingForPeer'),
    entry('there', 'call', 'offer.received', 'answering.creatingAnswer'),
    entry('here', 'membership', 'user.left', 'left.byUser'),
  ])
  expect(takenEdges.map(({ place, edge, entryIndex }) => [place, edge.from, edge.to, entryIndex])).toEqual([
    ['here', 'call.offering.creatingOffer', 'call.offering.waitingForPeer', 1],
    ['there', 'call.answering#any', 'call.answering.creatingAnswer', 4],
  ])
})

test('of a machine that is in several states at once, all ways are found that one event led along', () => {
  const graph = buildChartGraph(createStatechart(chartedMachines.statusBanner))
  const takenEdges = (event: string, before: string, after: string) =>
    lastTakenEdges(graph, 'statusBanner', [
      entry('here', 'statusBanner', 'xstate.init', before),
      entry('here', 'statusBanner', event, after),
    ]).map(({ edge }) => `${edge.from} → ${edge.to}`)
  expect(
    takenEdges(
      'transport.restored',
      'transport.shown, peer.returning, signaling.hidden',
      'transport.resolved, peer.resolved, signaling.hidden',
    ),
  ).toEqual([
    'statusBanner.transport.shown → statusBanner.transport.resolved',
    'statusBanner.peer.returning → statusBanner.peer.resolved',
  ])
  expect(
    takenEdges(
      'after.signalingBannerDelay',
      'transport.hidden, peer.hidden, signaling.pending',
      'transport.hidden, peer.hidden, signaling.shown',
    ),
  ).toEqual(['statusBanner.signaling.pending → statusBanner.signaling.shown'])
  expect(
    takenEdges(
      'peer.disconnected',
      'transport.hidden, peer.pending, signaling.hidden',
      'transport.hidden, peer.pending, signaling.hidden',
    ),
  ).toEqual([])
})

test('a way that a machine goes by itself is found, with the one that led there', () => {
  const takenEdges = (machine: 'quality' | 'call', event: string, before: string, after: string) =>
    lastTakenEdges(buildChartGraph(createStatechart(chartedMachines[machine])), machine, [
      entry('here', machine, 'xstate.init', before),
      entry('here', machine, event, after),
    ]).map(({ edge }) => `${edge.from} → ${edge.to}`)
  expect(takenEdges('quality', 'sample.taken', 'unknown', 'good')).toEqual(['quality.unknown → quality.good'])
  expect(takenEdges('quality', 'sample.taken', 'good', 'poor')).toEqual(['quality.good → quality.poor'])
  expect(takenEdges('quality', 'sample.taken', 'good', 'good')).toEqual([])
  expect(takenEdges('quality', 'transport.lost', 'fair', 'unknown')).toEqual(['quality#any → quality.unknown'])
  expect(takenEdges('call', 'after.endedScreenTime', 'hangup', 'offering.creatingOffer').sort()).toEqual([
    'call.hangup → call.idle',
    'call.idle → call.offering',
  ])
})

test('corners are round, and never rounder than their arms are long', () => {
  expect(
    svgPath([
      { x: 0, y: 0 },
      { x: 0, y: 20 },
      { x: 4, y: 20 },
    ]),
  ).toBe('M0 0L0 18Q0 20 2 20L4 20')
  expect(svgPath([])).toBe('')
})
