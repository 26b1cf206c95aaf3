import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { chartOf } from '../../machines/statechart.ts'
import { machines } from '../../client/pages/statecharts/drawings.ts'
import { planOf } from '../../client/pages/statecharts/edges.ts'
import { startWorld } from '../server/world.ts'
import { diagramOf, fenced, machineParts, renewed } from './readme.ts'
import { runCall, sequenceOf } from './sequence.ts'

const path = new URL('../../machines/README.md', import.meta.url).pathname
const readme = readFileSync(path, 'utf8')

/** `npx vitest run --config test/vitest.config.ts test/machines/readme.test.ts -u` renews it. */
test('what machines/README.md shows of the machines is current; -u behind this test’s command renews it', async () => {
  const sequence = fenced(sequenceOf(await runCall(await startWorld())))
  await expect(renewed(readme, { ...machineParts(), sequence })).toMatchFileSnapshot(path)
})

test('its diagrams have an arrow for each way in the picture, and a box for each state', () => {
  for (const machine of Object.values(machines)) {
    const plan = planOf(chartOf(machine))
    const lines = diagramOf(plan).split('\n').map((line) => line.trim())
    expect(lines.filter((line) => line.includes(' : ')).length).toBe(plan.links.length)
    expect(lines.filter((line) => line.startsWith('state ') && !line.startsWith('state "any"')).length).toBe(plan.chart.states.length - 1)
  }
})

test('a place that is missing is named', () => {
  expect(() => renewed('nothing made', { room: 'x' })).toThrow('no place for room')
})
