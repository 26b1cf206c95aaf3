import { describe, expect, test } from 'vitest'
import { and, not, or, setup, type AnyStateMachine } from 'xstate'
import { chartedMachines } from '../../client/pages/statecharts/drawings.ts'
import { createStatechart, describeMachine, describeState, listEvents, statePath } from '../../machines/statechart.ts'

/** Compares the chart of each machine with its definition, which this test reads independently. */

interface Definition {
  type?: string
  initial?: string
  history?: unknown
  target?: string
  states?: Record<string, Definition>
  on?: Record<string, Branches>
  after?: Record<string, Branches>
  always?: Branches
}
type Branch = string | { target?: string; guard?: unknown }
type Branches = Branch | Branch[]

const all: [string, AnyStateMachine][] = Object.entries(chartedMachines)

test.each(all)('%s: the chart has exactly the states of the definition', (_, machine) => {
  const { states } = createStatechart(machine)
  expect(states.map(({ id }) => id).sort()).toEqual(
    nodesOf(machine)
      .map(({ id }) => id)
      .sort(),
  )
  for (const { id, node } of nodesOf(machine)) {
    const found = states.find((state) => state.id === id)
    expect(found?.kind, id).toBe(node.states ? 'group' : (node.type ?? 'plain'))
    expect(found?.initial, id).toBe(node.initial ? `${id}.${node.initial}` : null)
  }
})

test.each(all)('%s: the chart has exactly the transitions of the definition', (_, machine) => {
  const written = nodesOf(machine).flatMap(({ id, node }) => movesOf(id, node))
  expect(
    createStatechart(machine)
      .transitions.map(({ from, event, to }) => `${from} ${event} ${to}`)
      .sort(),
  ).toEqual(written.sort())
})

test('the number of states and transitions of each chart', () => {
  const counts = all.map(([name, machine]) => {
    const { states, transitions: moves } = createStatechart(machine)
    return [name, states.length - 1, moves.length]
  })
  expect(counts).toEqual([
    ['room', 4, 37],
    ['membership', 17, 39],
    ['signaling', 9, 41],
    ['call', 21, 155],
    ['verification', 10, 23],
    ['device', 9, 46],
    ['statusBanner', 17, 31],
    ['quality', 4, 10],
    ['preparation', 7, 32],
    ['chat', 4, 15],
    ['transfer', 8, 29],
    ['microphoneHint', 12, 21],
    ['pushToTalk', 5, 9],
  ])
})

test('guards have names, and the last branch is labeled else', () => {
  const odd = setup({ guards: { isOne: () => true, isTwo: () => true } }).createMachine({
    id: 'odd',
    initial: 'a',
    states: {
      a: {
        on: {
          go: [
            { guard: and(['isOne', or(['isTwo', not('isOne')])]), target: 'b' },
            { guard: { type: 'isTwo' }, target: 'a' },
            'b',
          ],
        },
      },
      b: {},
    },
  })
  expect(createStatechart(odd).transitions.map(({ guard, to }) => [guard, to])).toEqual([
    ['isOne and (isTwo or (not isOne))', 'odd.b'],
    ['isTwo', 'odd.a'],
    ['else', 'odd.b'],
  ])
})

describe('every state and every event has a description, and no description is unused', () => {
  test.each(all)('%s', (_, machine) => {
    const chart = createStatechart(machine)
    const { about, states, events } = describeMachine(machine)
    expect(Object.keys(states).sort()).toEqual(
      chart.states
        .map(({ id }) => statePath(chart, id))
        .filter((path) => path !== '')
        .sort(),
    )
    expect(Object.keys(events).sort()).toEqual([...new Set(chart.transitions.map(({ event }) => event))].sort())
    expect(listEvents(chart).every((event) => event in events && !/^(after\.|always)/.test(event))).toBe(true)
    for (const line of [about, ...Object.values(states), ...Object.values(events)])
      expect(line).toMatch(/^\p{Lu}[^\n]*\.$/u)
  })
})

test('describeState names the groups of each active state', () => {
  expect(describeState(describeMachine(chartedMachines.call), 'connected.flowing.stable')).toBe(
    'The transport is connected, or was connected a moment ago. The peer’s media arrives. No negotiation is pending.',
  )
  expect(
    describeState(describeMachine(chartedMachines.statusBanner), 'transport.shown, peer.hidden, signaling.hidden'),
  ).toBe(
    'The media transport, during a call. The banner says that the call reconnects. ' +
      'The peer’s page and its signaling connection. There’s nothing to show. ' +
      'This page’s connection to the server. There’s nothing to show.',
  )
})

const nodesOf = ({ id, config }: AnyStateMachine): { id: string; node: Definition }[] =>
  within(id, config as Definition)

const within = (id: string, node: Definition): { id: string; node: Definition }[] => [
  { id, node },
  ...Object.entries(node.states ?? {}).flatMap(([key, child]) => within(`${id}.${key}`, child)),
]

function movesOf(id: string, node: Definition): string[] {
  if (node.type === 'history') return [`${id} always ${goal(id, node.target)}`]
  const listed: [string, Branches][] = [
    ...Object.entries(node.on ?? {}),
    ...Object.entries(node.after ?? {}).map(([delay, branches]): [string, Branches] => [`after.${delay}`, branches]),
    ...(node.always ? [['always', node.always] as [string, Branches]] : []),
  ]
  return listed.flatMap(([event, branches]) =>
    [branches]
      .flat()
      .map((branch) => `${id} ${event} ${goal(id, typeof branch === 'string' ? branch : branch.target)}`),
  )
}

/** `#call.idle` is absolute, `.idle` a child, `idle` a sibling. */
function goal(id: string, target: string | undefined): string | null {
  if (target === undefined) return null
  if (target.startsWith('#')) return target.slice(1)
  return target.startsWith('.') ? id + target : `${id.slice(0, id.lastIndexOf('.'))}.${target}`
}
