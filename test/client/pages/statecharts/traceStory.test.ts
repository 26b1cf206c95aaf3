import { expect, test } from 'vitest'
import { machines } from '../../../../client/pages/statecharts/drawings.ts'
import { planOf } from '../../../../client/pages/statecharts/edges.ts'
import { pathOf } from '../../../../client/pages/statecharts/svgPath.ts'
import { lanesOf, statesAfter, stepsOf, trailsOf } from '../../../../client/pages/statecharts/traceStory.ts'
import { chartOf } from '../../../../machines/statechart.ts'
import type { TraceLine } from '../../../../machines/protocol/traceLine.ts'

const line = (place: TraceLine['place'], machine: TraceLine['machine'], event: string, state: string, facts: TraceLine['facts'] = {}): TraceLine =>
  ({ at: 0, place, machine, event, facts, state })
const ways = (lines: TraceLine[]) => stepsOf(lines).map(({ way, label, became }) => [way ? `${way.from} → ${way.to}` : null, label, became])

test('who has seat a stands on the left, and without seats this side does', () => {
  expect(lanesOf([])).toEqual({ order: ['here', 'server', 'there'], seats: {} })
  expect(lanesOf([line('here', 'link', 'seat.given', 'online.seated', { seat: 'b' })]))
    .toEqual({ order: ['there', 'server', 'here'], seats: { here: 'b', there: 'a' } })
  // What the room says of others' seats is not ours.
  expect(lanesOf([line('server', 'room', 'visitor.entered', 'created', { seat: 'b' })]).seats).toEqual({})
})

test('what crossed the wire has a way, the rest stays where it was', () => {
  expect(ways([
    line('here', 'link', 'seat.given', 'online.seated', { seat: 'a' }),
    line('server', 'room', 'offer.relayed', 'created', { seat: 'a' }),
    line('server', 'room', 'visitor.entered', 'ready', { seat: 'b', was: 'created' }),
    line('here', 'link', 'news.read', 'online.seated', { what: 'ready' }),
    line('there', 'call', 'offer.received', 'answering.replying'),
    line('there', 'call', 'candidate.gathered', 'answering.replying'),
    line('server', 'room', 'time.passed', 'ready'),
    line('here', 'link', 'visit.refused', 'online.free', { code: 'full' }),
  ])).toEqual([
    ['server → here', 'joined', 'online.seated'],
    ['here → server', 'offer', 'created'],
    ['there → server', 'visitor.entered', 'ready'],
    ['server → here', 'ready', null],
    [null, 'offer.received', 'answering.replying'],
    [null, 'candidate.gathered', null],
    [null, 'time.passed', null],
    ['server → here', 'refused: full', 'online.free'],
  ])
})

test('of a machine that is in several states at once, what changed is told', () => {
  const fine = 'path.fine, peer.fine, link.fine'
  expect(ways([
    line('here', 'notice', 'xstate.init', fine), line('here', 'notice', 'link.lost', 'path.fine, peer.fine, link.doubted'),
    line('there', 'notice', 'xstate.init', fine), line('here', 'notice', 'link.mended', fine), line('here', 'notice', 'call.ended', fine),
  ]).map(([, , became]) => became)).toEqual([fine, 'link.doubted', fine, 'link.fine', null])
})

test('the newest state of each machine at each place counts', () => {
  const states = statesAfter([line('here', 'call', 'a', 'idle'), line('there', 'call', 'a', 'hangup'), line('here', 'call', 'b', 'offering.making'), line('here', 'microphone', 'c', 'live.open')])
  expect(states.call).toEqual({ here: 'offering.making', there: 'hangup' })
  expect(states).toMatchObject({ microphone: { here: 'live.open' }, camera: {}, room: {} })
})

test('the way that each place took last is found, though it has heard more since', () => {
  const plan = planOf(chartOf(machines.call))
  const trails = trailsOf(plan, 'call', [
    line('here', 'call', 'seat.given', 'offering.making'),
    line('here', 'call', 'offer.made', 'offering.waiting'),
    line('there', 'call', 'seat.given', 'answering.listening'),
    line('here', 'call', 'candidate.gathered', 'offering.waiting'),
    line('there', 'call', 'offer.received', 'answering.replying'),
    line('here', 'visit', 'user.left', 'outside.left'),
  ])
  expect(trails.map(({ place, link, at }) => [place, link.from, link.to, at])).toEqual([
    ['here', 'call.offering.making', 'call.offering.waiting', 1],
    ['there', 'call.answering#any', 'call.answering.replying', 4],
  ])
})

test('of a machine that is in several states at once, all ways are found that one event led along', () => {
  const plan = planOf(chartOf(machines.notice))
  const trails = (event: string, before: string, after: string) =>
    trailsOf(plan, 'notice', [line('here', 'notice', 'xstate.init', before), line('here', 'notice', event, after)]).map(({ link }) => `${link.from} → ${link.to}`)
  expect(trails('path.mended', 'path.told, peer.returning, link.fine', 'path.over, peer.over, link.fine'))
    .toEqual(['notice.path.told → notice.path.over', 'notice.peer.returning → notice.peer.over'])
  expect(trails('after.linkShown', 'path.fine, peer.fine, link.doubted', 'path.fine, peer.fine, link.told')).toEqual(['notice.link.doubted → notice.link.told'])
  expect(trails('peer.away', 'path.fine, peer.doubted, link.fine', 'path.fine, peer.doubted, link.fine')).toEqual([])
})

test('a way that a machine goes by itself is found, with the one that led there', () => {
  const trails = (machine: 'quality' | 'call', event: string, before: string, after: string) =>
    trailsOf(planOf(chartOf(machines[machine])), machine, [line('here', machine, 'xstate.init', before), line('here', machine, event, after)]).map(({ link }) => `${link.from} → ${link.to}`)
  expect(trails('quality', 'sample.taken', 'unknown', 'good')).toEqual(['quality.unknown → quality.good'])
  expect(trails('quality', 'sample.taken', 'good', 'poor')).toEqual(['quality.good → quality.poor'])
  expect(trails('quality', 'sample.taken', 'good', 'good')).toEqual([])
  expect(trails('quality', 'path.lost', 'fair', 'unknown')).toEqual(['quality#any → quality.unknown'])
  expect(trails('call', 'after.farewell', 'hangup', 'offering.making').sort()).toEqual(['call.hangup → call.idle', 'call.idle → call.offering'])
})

test('corners are round, and never rounder than their arms are long', () => {
  expect(pathOf([{ x: 0, y: 0 }, { x: 0, y: 20 }, { x: 4, y: 20 }])).toBe('M0 0L0 18Q0 20 2 20L4 20')
  expect(pathOf([])).toBe('')
})
