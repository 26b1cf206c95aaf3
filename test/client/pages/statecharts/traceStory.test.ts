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

test('the side with seat a is on the left, and without seats the local side', () => {
  expect(computeLanes([])).toEqual({ order: ['here', 'server', 'there'], seats: {} })
  expect(computeLanes([entry('here', 'signaling', 'join.accepted', 'connected.joined', { seat: 'b' })])).toEqual({
    order: ['there', 'server', 'here'],
    seats: { here: 'b', there: 'a' },
  })
  // Seats in room events may belong to other visitors.
  expect(computeLanes([entry('server', 'room', 'visitor.joined', 'created', { seat: 'b' })]).seats).toEqual({})
})

test('an event from another place has an arrow, any other event stays in its lane', () => {
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
      entry('here', 'verification', 'peer.committed', 'revealing'),
      entry('there', 'chat', 'text.received', 'open'),
      entry('here', 'transfer', 'peer.offered', 'paused'),
      entry('there', 'call', 'media.started', 'connected.flowing'),
      entry('here', 'transfer', 'user.accepted', 'preparing'),
    ]),
  ).toEqual([
    ['server → here', 'joined', 'connected.joined'],
    ['here → server', 'offer', 'created'],
    ['there → server', 'visitor.joined', 'ready'],
    ['server → here', 'ready', null],
    [null, 'offer.received', 'answering.creatingAnswer'],
    [null, 'candidate.gathered', null],
    [null, 'time.passed', null],
    ['server → here', 'rejected: full', 'connected.idle'],
    ['there → here', 'verification peer.committed', 'revealing'],
    ['here → there', 'chat text.received', 'open'],
    ['there → here', 'transfer peer.offered', 'paused'],
    ['here → there', 'call media.started', 'connected.flowing'],
    [null, 'user.accepted', 'preparing'],
  ])
})

test('an entry of a parallel machine shows only the changed regions', () => {
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

test('latestStates returns the newest state of each machine at each place', () => {
  const states = latestStates([
    entry('here', 'call', 'a', 'idle'),
    entry('there', 'call', 'a', 'hangup'),
    entry('here', 'call', 'b', 'offering.creatingOffer'),
    entry('here', 'microphone', 'c', 'live.unmuted'),
  ])
  expect(states.call).toEqual({ here: 'offering.creatingOffer', there: 'hangup' })
  expect(states).toMatchObject({ microphone: { here: 'live.unmuted' }, camera: {}, room: {} })
})

test('lastTakenEdges finds the last transition of each place, despite later events', () => {
  const graph = buildChartGraph(createStatechart(chartedMachines.call))
  const takenEdges = lastTakenEdges(graph, 'call', [
    entry('here', 'call', 'join.accepted', 'offering.creatingOffer'),
    entry('here', 'call', 'offer.created', 'offering.waitingForPeer'),
    entry('there', 'call', 'join.accepted', 'answering.awaitingOffer'),
    entry('here', 'call', 'candidate.gathered', 'offering.waitingForPeer'),
    entry('there', 'call', 'offer.received', 'answering.creatingAnswer'),
    entry('here', 'membership', 'user.hungUp', 'left.byUser'),
  ])
  expect(takenEdges.map(({ place, edge, entryIndex }) => [place, edge.from, edge.to, entryIndex])).toEqual([
    ['here', 'call.offering.creatingOffer', 'call.offering.waitingForPeer', 1],
    ['there', 'call.answering#any', 'call.answering.creatingAnswer', 4],
  ])
})

test('lastTakenEdges finds all transitions of one event in a parallel machine', () => {
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

test('lastTakenEdges finds an eventless transition and the one before it', () => {
  const takenEdges = (machine: 'quality' | 'call', event: string, before: string, after: string) =>
    lastTakenEdges(buildChartGraph(createStatechart(chartedMachines[machine])), machine, [
      entry('here', machine, 'xstate.init', before),
      entry('here', machine, event, after),
    ]).map(({ edge }) => `${edge.from} → ${edge.to}`)
  expect(takenEdges('quality', 'sample.taken', 'unknown', 'good')).toEqual(['quality.unknown → quality.good'])
  expect(takenEdges('quality', 'sample.taken', 'good', 'poor')).toEqual(['quality.good → quality.poor'])
  expect(takenEdges('quality', 'sample.taken', 'good', 'good')).toEqual([])
  expect(takenEdges('quality', 'transport.lost', 'fair', 'unknown')).toEqual(['quality#any → quality.unknown'])
  expect(takenEdges('call', 'transport.disconnected', 'connected.flowing.stable', 'hangup').sort()).toEqual([
    'call.connected.flowing → call.connected.stalled',
    'call.connected.stalled → call.hangup',
  ])
})

test('svgPath rounds corners, with radii limited by the segment lengths', () => {
  expect(
    svgPath([
      { x: 0, y: 0 },
      { x: 0, y: 20 },
      { x: 4, y: 20 },
    ]),
  ).toBe('M0 0L0 18Q0 20 2 20L4 20')
  expect(svgPath([])).toBe('')
})
