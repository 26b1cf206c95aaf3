import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Drawing } from '../../../../client/pages/statecharts/drawings.ts'
import { drawMachine, drawMachines } from '../../../../client/pages/statecharts/drawMachines.ts'
import { type Box, type Frame, layOutChart, type Point } from '../../../../client/pages/statecharts/layout.ts'
import {
  transitionsHandledIn,
  isWithin,
  parallelRegions,
  buildChartGraph,
  findTakenEdges,
} from '../../../../client/pages/statecharts/edges.ts'
import type { Statechart, StatechartTransition, StatechartState } from '../../../../machines/statechart.ts'
import { callMachine } from '../../../../machines/call/callMachine.ts'
import { deviceMachine } from '../../../../machines/media/deviceMachine.ts'

const drawings = await drawMachines()

test.each(Object.entries(drawings))('the diagram of %s has no layout faults', (_, machineDrawing) => {
  expect(findFaults(machineDrawing)).toEqual([])
})

test.each(Object.entries(drawings))(
  'the diagram of %s contains every state and every transition with a target',
  (_, { graph, layout }) => {
    const { states, transitions } = graph.chart
    expect(
      layout.boxes
        .map(({ id }) => id)
        .filter((id) => !id.includes('#'))
        .sort(),
    ).toEqual(
      states
        .slice(1)
        .map(({ id }) => id)
        .sort(),
    )
    const drawn = layout.edges.flatMap(({ edgeIndex }) =>
      edgeIndex === null ? [] : (graph.edges[edgeIndex]?.transitions ?? []),
    )
    const expected = transitions.flatMap(({ to }, at) => (to === null ? [] : [at]))
    expect(drawn.sort((a, b) => a - b)).toEqual(expected)
    for (const { edgeIndex, label } of layout.edges) {
      const events = new Set(
        (edgeIndex === null ? [] : (graph.edges[edgeIndex]?.transitions ?? [])).map((at) => transitions[at]?.event),
      )
      expect(new Set(label?.lines.map((line) => line.replace(/ \?$/, '')) ?? [])).toEqual(events)
    }
  },
)

/** A random chart: states and groups, at most three levels deep. */
const charts: fc.Arbitrary<Statechart> = fc
  .record({
    shape: fc.array(fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 3 }), {
      minLength: 1,
      maxLength: 4,
    }),
    ends: fc.array(
      fc.tuple(
        fc.nat(),
        fc.nat(),
        fc.constantFrom('a.happened', 'something.else.happened', 'after.aWhile'),
        fc.option(fc.constant('isSo')),
      ),
      { maxLength: 20 },
    ),
  })
  .map(({ shape, ends }) => {
    const states = statesOf('m', null, [
      shape.map((inner, at) => ({ name: `s${at}`, children: inner.map((count, n) => ({ name: `t${n}`, count })) })),
    ])
    const pick = (n: number): string => states[n % states.length]?.id ?? 'm'
    const transitions: StatechartTransition[] = ends.map(([from, to, event, guard]) => ({
      from: pick(from),
      event,
      guard,
      to: to % 5 === 0 ? null : pick(to + 1) === 'm' ? null : pick(to + 1),
    }))
    return { machine: 'm', states, transitions }
  })

test('parallel regions are side by side, and the initial state is inside a region', () => {
  const {
    graph,
    layout: { boxes, width, height },
  } = drawings.statusBanner
  expect(parallelRegions(graph)).toEqual(['statusBanner.transport', 'statusBanner.peer', 'statusBanner.signaling'])
  expect(
    boxes
      .filter(({ kind }) => kind === 'start')
      .map(({ id }) => id)
      .sort(),
  ).toEqual(['statusBanner.peer#start', 'statusBanner.signaling#start', 'statusBanner.transport#start'])
  expect(Math.max(width, height) / Math.min(width, height)).toBeLessThan(1.5)
  expect(parallelRegions(drawings.call.graph)).toEqual([])
})

test('a random chart has no overlaps, and every edge ends at its states', async () => {
  await fc.assert(
    fc.asyncProperty(charts, async (chart) => {
      const graph = buildChartGraph(chart)
      expect(findFaults({ graph, layout: await layOutChart(graph, [1]) })).toEqual([])
    }),
    { numRuns: 25 },
  )
})

test('findFaults reports a broken layout', async () => {
  const { graph, layout } = drawings.membership
  const moved = {
    ...layout,
    boxes: layout.boxes.map((box) => (box.id === 'membership.lobby' ? { ...box, y: box.y + 150 } : box)),
  }
  expect(findFaults({ graph, layout: moved })).toEqual(
    expect.arrayContaining([expect.stringMatching(/does not end at/), expect.stringMatching(/lies over/)]),
  )
  const outside = {
    ...layout,
    boxes: layout.boxes.map((box) => (box.id === 'membership.joined.online' ? { ...box, x: box.x + 400 } : box)),
  }
  expect(findFaults({ graph, layout: outside })).toEqual(
    expect.arrayContaining([expect.stringMatching(/is not inside/)]),
  )
})

test('the same definition gives the same diagram', async () => {
  expect(await drawMachine(deviceMachine)).toEqual(await drawMachine(deviceMachine))
})

test('findTakenEdges finds an edge by the states before and after', () => {
  const { graph } = drawings.call
  const takenEdges = (before: string, event: string, after: string) =>
    findTakenEdges(graph, before, event, after).map(({ from, to }) => `${from} → ${to}`)
  expect(takenEdges('offering.awaitingAnswer', 'transport.connected', 'connected.flowing')).toEqual([
    'call.offering → call.connected',
  ])
  expect(takenEdges('connected.flowing', 'user.hungUp', 'hangup')).toEqual(['call#any → call.hangup'])
  expect(takenEdges('offering.waitingForPeer', 'after.offerMaxAge', 'offering.creatingOffer')).toEqual([
    'call.offering.waitingForPeer → call.offering.creatingOffer',
  ])
  expect(takenEdges('connected.restartingIce', 'transport.failed', 'connected.stalled')).toEqual([
    'call.connected.restartingIce → call.connected.stalled',
  ])
  // The innermost transition was taken. It has no target and hides the outer one.
  expect(takenEdges('hangup', 'seat.lost', 'hangup')).toEqual([])
  expect(takenEdges('connected.flowing', 'candidate.received', 'connected.flowing')).toEqual([])
  expect(callMachine.id).toBe(graph.chart.machine)
})

test('transitionsHandledIn returns the transitions of a state and of its ancestors that are not overridden', () => {
  const handled = (id: string, event: string) =>
    transitionsHandledIn(drawings.call.graph.chart, id)
      .filter((transition) => transition.event === event)
      .map(({ from, guard, to }) => [from, guard, to])
  expect(handled('call.connected.flowing', 'messages.lost')).toEqual([
    ['call.connected.flowing', null, 'call.connected.restartingIce'],
  ])
  expect(handled('call.hangup', 'user.hungUp')).toEqual([['call.hangup', null, null]])
  expect(handled('call.connected.restartingIce', 'transport.failed')).toEqual([
    ['call.connected.restartingIce', 'isNegotiationComplete', 'call.connected.stalled'],
  ])
  expect(handled('call.connected.stalled', 'transport.failed')).toEqual([
    ['call.connected.stalled', null, 'call.connected.stalled'],
  ])
})

function statesOf(
  id: string,
  parent: string | null,
  [shape]: [{ name: string; children: { name: string; count: number }[] }[]],
): StatechartState[] {
  const group = (own: string, name: string, of: string | null, names: string[]): StatechartState => ({
    id: own,
    name,
    kind: names.length > 0 ? 'group' : 'plain',
    parent: of,
    initial: names[0] === undefined ? null : `${own}.${names[0]}`,
  })
  return [
    group(
      id,
      id,
      parent,
      shape.map(({ name }) => name),
    ),
    ...shape.flatMap(({ name, children }) => {
      const own = `${id}.${name}`
      return [
        group(
          own,
          name,
          id,
          children.map((child) => child.name),
        ),
        ...children.flatMap((child) => {
          const inner = Array.from({ length: child.count }, (_, n) => `u${n}`)
          const at = `${own}.${child.name}`
          return [group(at, child.name, own, inner), ...inner.map((each) => group(`${at}.${each}`, each, at, []))]
        }),
      ]
    }),
  ]
}

/** Returns the visible faults of a layout. */
function findFaults({ graph, layout: { width, height, boxes, edges } }: Drawing): string[] {
  const box = (id: string): Box | undefined => boxes.find((each) => each.id === id)
  const parentIdOf = (id: string): string =>
    id.includes('#')
      ? id.slice(0, id.indexOf('#'))
      : (graph.chart.states.find((state) => state.id === id)?.parent ?? '')
  const faults: string[] = []
  for (const each of boxes) {
    const parent = box(parentIdOf(each.id)) ?? { x: 0, y: 0, width, height }
    if (!isInside(each, parent)) faults.push(`${each.id} is not inside ${parentIdOf(each.id)}`)
    for (const other of boxes) {
      if (each.id < other.id && !isNested(each.id, other.id, parentIdOf) && overlap(each, other))
        faults.push(`${each.id} lies over ${other.id}`)
    }
  }
  const labels = edges.flatMap(({ label }) => (label ? [label] : []))
  for (const [at, label] of labels.entries()) {
    if (!isInside(label, { x: 0, y: 0, width, height })) faults.push(`${label.lines.join()} is cut off`)
    for (const each of boxes)
      if (each.kind !== 'group' && overlap(label, each)) faults.push(`${label.lines.join()} lies over ${each.id}`)
    for (const other of labels.slice(at + 1))
      if (overlap(label, other)) faults.push(`${label.lines.join()} lies over ${other.lines.join()}`)
  }
  for (const { from, to, points } of edges) {
    for (const [end, id] of [
      [points[0], from],
      [points.at(-1), to],
    ] as const) {
      const target = box(id)
      if (!end || !target || !touches(end, target)) faults.push(`${from} → ${to} does not end at ${id}`)
    }
    for (const [at, point] of points.entries()) {
      const next = points[at + 1] ?? point
      if (Math.abs(point.x - next.x) > 0.5 && Math.abs(point.y - next.y) > 0.5)
        faults.push(`${from} → ${to} is slanted`)
    }
  }
  return faults
}

const isNested = (id: string, other: string, parentIdOf: (id: string) => string): boolean =>
  isWithin(id, other) || isWithin(other, id) || isWithin(parentIdOf(id), other) || isWithin(parentIdOf(other), id)

const overlap = (a: Frame, b: Frame): boolean =>
  a.x < b.x + b.width - 0.5 && b.x < a.x + a.width - 0.5 && a.y < b.y + b.height - 0.5 && b.y < a.y + a.height - 0.5

const isInside = (a: Frame, b: Frame): boolean =>
  a.x >= b.x - 0.5 && a.y >= b.y - 0.5 && a.x + a.width <= b.x + b.width + 0.5 && a.y + a.height <= b.y + b.height + 0.5

/** True for a point on the border of a box. */
function touches({ x, y }: Point, box: Frame): boolean {
  const near = (a: number, b: number): boolean => Math.abs(a - b) < 1
  const isBeside = (near(x, box.x) || near(x, box.x + box.width)) && y > box.y - 1 && y < box.y + box.height + 1
  return isBeside || ((near(y, box.y) || near(y, box.y + box.height)) && x > box.x - 1 && x < box.x + box.width + 1)
}
