import fc from 'fast-check'
import { expect, test } from 'vitest'
import { drawings, type Drawing, draw } from '../../../../client/pages/statecharts/drawings.ts'
import { type Box, type Frame, layOut, type Point } from '../../../../client/pages/statecharts/layout.ts'
import { heardIn, isWithin, partsOf, planOf, taken } from '../../../../client/pages/statecharts/edges.ts'
import type { Chart, ChartMove, ChartState } from '../../../../machines/statechart.ts'
import { call } from '../../../../machines/call/callMachine.ts'
import { device } from '../../../../machines/media/deviceMachine.ts'

const ours = await drawings()

test.each(Object.entries(ours))('the picture of %s is in order', (_, drawing) => {
  expect(faultsOf(drawing)).toEqual([])
})

test.each(Object.entries(ours))('in the picture of %s is every state, and every move that leads anywhere', (_, { plan, picture }) => {
  const { states, moves } = plan.chart
  expect(picture.boxes.map(({ id }) => id).filter((id) => !id.includes('#')).sort()).toEqual(states.slice(1).map(({ id }) => id).sort())
  const drawn = picture.lines.flatMap(({ link }) => (link === null ? [] : plan.links[link]?.moves ?? []))
  const led = moves.flatMap(({ to }, at) => (to === null ? [] : [at]))
  expect(drawn.sort((a, b) => a - b)).toEqual(led)
  for (const { link, label } of picture.lines) {
    const events = new Set((link === null ? [] : plan.links[link]?.moves ?? []).map((at) => moves[at]?.event))
    expect(new Set(label?.lines.map((line) => line.replace(/ \?$/, '')) ?? [])).toEqual(events)
  }
})

/** A group with plain states and groups in it, three deep at most. */
const charts: fc.Arbitrary<Chart> = fc.record({
  shape: fc.array(fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 4 }),
  ends: fc.array(fc.tuple(fc.nat(), fc.nat(), fc.constantFrom('a.happened', 'something.else.happened', 'after.aWhile'), fc.option(fc.constant('isSo'))), { maxLength: 20 }),
}).map(({ shape, ends }) => {
  const states = statesOf('m', null, [shape.map((inner, at) => ({ name: `s${at}`, children: inner.map((count, n) => ({ name: `t${n}`, count })) }))])
  const pick = (n: number): string => states[n % states.length]?.id ?? 'm'
  const moves: ChartMove[] = ends.map(([from, to, event, guard]) => ({ from: pick(from), event, guard, to: to % 5 === 0 ? null : pick(to + 1) === 'm' ? null : pick(to + 1) }))
  return { machine: 'm', states, moves }
})

test('of a machine that is in several states at once, the parts lie beside one another and nothing begins outside of them', () => {
  const { plan, picture: { boxes, width, height } } = ours.notice
  expect(partsOf(plan)).toEqual(['notice.path', 'notice.peer', 'notice.link'])
  expect(boxes.filter(({ kind }) => kind === 'start').map(({ id }) => id).sort()).toEqual(['notice.link#start', 'notice.path#start', 'notice.peer#start'])
  expect(Math.max(width, height) / Math.min(width, height)).toBeLessThan(1.5)
  expect(partsOf(ours.call.plan)).toEqual([])
})

test('whatever the machine, nothing overlaps and every line ends where it should', async () => {
  await fc.assert(fc.asyncProperty(charts, async (chart) => {
    const plan = planOf(chart)
    expect(faultsOf({ plan, picture: await layOut(plan, [1]) })).toEqual([])
  }), { numRuns: 25 })
})

test('a picture in disorder would be noticed', async () => {
  const { plan, picture } = ours.visit
  const moved = { ...picture, boxes: picture.boxes.map((box) => (box.id === 'visit.lobby' ? { ...box, y: box.y + 150 } : box)) }
  expect(faultsOf({ plan, picture: moved })).toEqual(expect.arrayContaining([expect.stringMatching(/does not end at/), expect.stringMatching(/lies over/)]))
  const out = { ...picture, boxes: picture.boxes.map((box) => (box.id === 'visit.inside.online' ? { ...box, x: box.x + 400 } : box)) }
  expect(faultsOf({ plan, picture: out })).toEqual(expect.arrayContaining([expect.stringMatching(/is not inside/)]))
})

test('the same definition gives the same picture', async () => {
  expect(await draw(device)).toEqual(await draw(device))
})

test('a line that was gone along is found by the states before and after', () => {
  const { plan } = ours.call
  const along = (before: string, event: string, after: string) => taken(plan, before, event, after).map(({ from, to }) => `${from} → ${to}`)
  expect(along('offering.asking', 'path.opened', 'connected.flowing')).toEqual(['call.offering → call.connected'])
  expect(along('connected.flowing', 'user.hungUp', 'hangup')).toEqual(['call#any → call.hangup'])
  expect(along('offering.waiting', 'after.offerAge', 'offering.making')).toEqual(['call.offering.waiting → call.offering.making'])
  expect(along('connected.restarting', 'path.failed', 'connected.stalled')).toEqual(['call.connected.restarting → call.connected.stalled'])
  // The innermost rule was followed, which leads nowhere, and not the one further out that it hides.
  expect(along('hangup', 'seat.left', 'hangup')).toEqual([])
  expect(along('connected.flowing', 'candidate.received', 'connected.flowing')).toEqual([])
  expect(call.id).toBe(plan.chart.machine)
})

test('what a state hears is its own rules and those around it that they leave something to', () => {
  const heard = (id: string, event: string) => heardIn(ours.call.plan.chart, id).filter((move) => move.event === event).map(({ from, guard, to }) => [from, guard, to])
  expect(heard('call.connected.flowing', 'mail.lost')).toEqual([['call.connected.flowing', null, 'call.connected.restarting']])
  expect(heard('call.hangup', 'user.hungUp')).toEqual([['call.hangup', null, null]])
  expect(heard('call.connected.restarting', 'path.failed')).toEqual([['call.connected.restarting', 'isAgreed', 'call.connected.stalled']])
  expect(heard('call.connected.stalled', 'path.failed')).toEqual([['call.connected.stalled', null, 'call.connected.stalled']])
})

function statesOf(id: string, parent: string | null, [shape]: [{ name: string; children: { name: string; count: number }[] }[]]): ChartState[] {
  const group = (own: string, name: string, of: string | null, names: string[]): ChartState =>
    ({ id: own, name, kind: names.length > 0 ? 'group' : 'plain', parent: of, initial: names[0] === undefined ? null : `${own}.${names[0]}` })
  return [group(id, id, parent, shape.map(({ name }) => name)), ...shape.flatMap(({ name, children }) => {
    const own = `${id}.${name}`
    return [group(own, name, id, children.map((child) => child.name)), ...children.flatMap((child) => {
      const inner = Array.from({ length: child.count }, (_, n) => `u${n}`)
      const at = `${own}.${child.name}`
      return [group(at, child.name, own, inner), ...inner.map((each) => group(`${at}.${each}`, each, at, []))]
    })]
  })]
}

/** What one would see at once if a picture were wrong. */
function faultsOf({ plan, picture: { width, height, boxes, lines } }: Drawing): string[] {
  const box = (id: string): Box | undefined => boxes.find((each) => each.id === id)
  const parentOf = (id: string): string => (id.includes('#') ? id.slice(0, id.indexOf('#')) : plan.chart.states.find((state) => state.id === id)?.parent ?? '')
  const faults: string[] = []
  for (const each of boxes) {
    const parent = box(parentOf(each.id)) ?? { x: 0, y: 0, width, height }
    if (!isInside(each, parent)) faults.push(`${each.id} is not inside ${parentOf(each.id)}`)
    for (const other of boxes) {
      if (each.id < other.id && !isKin(each.id, other.id, parentOf) && overlap(each, other)) faults.push(`${each.id} lies over ${other.id}`)
    }
  }
  const labels = lines.flatMap(({ label }) => (label ? [label] : []))
  for (const [at, label] of labels.entries()) {
    if (!isInside(label, { x: 0, y: 0, width, height })) faults.push(`${label.lines.join()} is cut off`)
    for (const each of boxes) if (each.kind !== 'group' && overlap(label, each)) faults.push(`${label.lines.join()} lies over ${each.id}`)
    for (const other of labels.slice(at + 1)) if (overlap(label, other)) faults.push(`${label.lines.join()} lies over ${other.lines.join()}`)
  }
  for (const { from, to, points } of lines) {
    for (const [end, id] of [[points[0], from], [points.at(-1), to]] as const) {
      const target = box(id)
      if (!end || !target || !touches(end, target)) faults.push(`${from} → ${to} does not end at ${id}`)
    }
    for (const [at, point] of points.entries()) {
      const next = points[at + 1] ?? point
      if (Math.abs(point.x - next.x) > 0.5 && Math.abs(point.y - next.y) > 0.5) faults.push(`${from} → ${to} is slanted`)
    }
  }
  return faults
}

const isKin = (id: string, other: string, parentOf: (id: string) => string): boolean =>
  isWithin(id, other) || isWithin(other, id) || isWithin(parentOf(id), other) || isWithin(parentOf(other), id)

const overlap = (a: Frame, b: Frame): boolean =>
  a.x < b.x + b.width - 0.5 && b.x < a.x + a.width - 0.5 && a.y < b.y + b.height - 0.5 && b.y < a.y + a.height - 0.5

const isInside = (a: Frame, b: Frame): boolean =>
  a.x >= b.x - 0.5 && a.y >= b.y - 0.5 && a.x + a.width <= b.x + b.width + 0.5 && a.y + a.height <= b.y + b.height + 0.5

/** On the border, not somewhere inside. */
function touches({ x, y }: Point, box: Frame): boolean {
  const near = (a: number, b: number): boolean => Math.abs(a - b) < 1
  const isBeside = (near(x, box.x) || near(x, box.x + box.width)) && y > box.y - 1 && y < box.y + box.height + 1
  return isBeside || ((near(y, box.y) || near(y, box.y + box.height)) && x > box.x - 1 && x < box.x + box.width + 1)
}
