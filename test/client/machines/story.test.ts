import { expect, test } from 'vitest'
import { machines } from '../../../client/machines/drawings.ts'
import { planOf } from '../../../client/machines/links.ts'
import { pathOf } from '../../../client/machines/path.ts'
import { lanesOf, statesAfter, stepsOf, trailsOf } from '../../../client/machines/story.ts'
import { chartOf } from '../../../machines/chart.ts'
import type { TraceLine } from '../../../machines/trace.ts'

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

test('corners are round, and never rounder than their arms are long', () => {
  expect(pathOf([{ x: 0, y: 0 }, { x: 0, y: 20 }, { x: 4, y: 20 }])).toBe('M0 0L0 18Q0 20 2 20L4 20')
  expect(pathOf([])).toBe('')
})
