import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, type Rolldown } from 'vite'
import { describe, expect, test } from 'vitest'
import type { AnyStateMachine } from 'xstate'
import { chartedMachines } from '../../client/pages/statecharts/drawings.ts'
import { stripDescriptions, stripDescriptionsPlugin } from '../../client/stripDescriptions.ts'
import { createDefinition } from '../../client/trace/stately/definition.ts'
import { createStatechart, describeMachine } from '../../machines/statechart.ts'

const machines: [string, AnyStateMachine][] = Object.entries(chartedMachines)
const entry = fileURLToPath(new URL('../../client/pages/statecharts/drawings.ts', import.meta.url))

/** Builds the machines as the client does, into one file that imports XState only. */
async function buildMachines(): Promise<string> {
  const built = await build({
    configFile: false,
    logLevel: 'error',
    plugins: [stripDescriptionsPlugin()],
    build: {
      write: false,
      minify: false,
      lib: { entry, formats: ['es'] },
      rolldownOptions: { external: ['xstate', /elkjs/], output: { comments: false } },
    },
  })
  return (built as Rolldown.RolldownOutput[])[0]?.output[0].code ?? ''
}

/** Imports the code from a temporary folder below `node_modules`, where XState resolves. */
async function loadMachines(code: string): Promise<Record<string, AnyStateMachine>> {
  const folder = await mkdtemp(fileURLToPath(new URL('../../node_modules/.duet-machines-', import.meta.url)))
  try {
    await writeFile(join(folder, 'machines.mjs'), code)
    return ((await import(join(folder, 'machines.mjs'))) as { chartedMachines: Record<string, AnyStateMachine> })
      .chartedMachines
  } finally {
    await rm(folder, { recursive: true })
  }
}

describe('a build with stripDescriptionsPlugin', () => {
  test('contains no description, and the same states, transitions and actions', async () => {
    const code = await buildMachines()
    const texts = machines.flatMap(([, machine]) => {
      const { about, states, events } = describeMachine(machine)
      return [about, ...Object.values(states), ...Object.values(events)]
    })
    expect(texts.length).toBeGreaterThan(200)
    expect(texts.filter((text) => code.includes(text))).toEqual([])

    const built = await loadMachines(code)
    expect(Object.keys(built)).toEqual(Object.keys(chartedMachines))
    for (const [name, machine] of machines) {
      const stripped = built[name]!
      expect(createStatechart(stripped)).toEqual(createStatechart(machine))
      expect(createDefinition(stripped)).toEqual(withoutDescriptions(createDefinition(machine)))
    }
  })
})

const withoutDescriptions = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (key, each) => (key === 'description' || key === 'events' ? undefined : each)))

describe('stripDescriptions', () => {
  const strip = (config: string): string => stripDescriptions(`setup({}).createMachine(${config})`).slice(24, -1)

  test('removes the descriptions of states at any depth, and nothing else', () => {
    expect(
      strip(
        `{ id: 'a', description: 'A' + 'b', meta: { events: table, more: 1 }, states: { b: { description: 'B' } } }`,
      ),
    ).toBe(`{ id: 'a',  meta: {  more: 1 }, states: { b: {  } } }`)
    expect(strip(`{ states: { description: { entry: { type: 'x', params: { description: 'data' } } } } }`)).toBe(
      `{ states: { description: { entry: { type: 'x', params: { description: 'data' } } } } }`,
    )
    expect(stripDescriptions(`const other = { description: 'A' }`)).toBe(`const other = { description: 'A' }`)
  })

  test('rejects a description whose evaluation might have effects', () => {
    expect(() => strip(`{ description: count() }`)).toThrow('not a text: description: count()')
  })
})

test('the definition for the inspector describes every state and transition', () => {
  expect(createDefinition(chartedMachines.call)).toMatchObject({
    description: 'One end of a call: perfect negotiation, in the role that the server assigned.',
    on: { 'peer.joined': { actions: 'setPeerConnected', description: 'A peer took the other seat.' } },
    states: {
      idle: {
        description: 'There’s no call: the page has no seat.',
        on: {
          'join.accepted': [
            { guard: 'isPrepared' },
            { guard: 'shouldAnswer', description: expect.stringContaining('assigned a seat') },
            {},
          ],
        },
      },
      answering: {
        states: {
          awaitingOffer: { after: { offerTimeout: { target: '#call.offering', description: expect.any(String) } } },
        },
      },
      connected: {
        states: {
          stalled: {
            always: [{ target: '#call.hangup', description: expect.stringContaining('a failed transport') }, {}],
          },
        },
      },
    },
  })
})
