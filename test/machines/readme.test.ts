import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { createStatechart } from '../../machines/statechart.ts'
import { chartedMachines } from '../../client/pages/statecharts/drawings.ts'
import { renderMermaid } from '../../client/pages/statecharts/export/mermaid.ts'
import { buildChartGraph } from '../../client/pages/statecharts/edges.ts'
import { startServerFixture } from '../server/serverFixture.ts'
import { replaceGeneratedParts } from '../generatedParts.ts'
import { mermaidBlock, renderMachineParts } from './readme.ts'
import { runCall, sequenceOf } from './sequence.ts'

const path = new URL('../../machines/README.md', import.meta.url).pathname
const readme = readFileSync(path, 'utf8')

/** To regenerate: `npx vitest run --config test/vitest.config.ts test/machines/readme.test.ts -u`. */
test('the generated parts of machines/README.md are current; option -u regenerates them', async () => {
  const sequence = mermaidBlock(sequenceOf(await runCall(await startServerFixture())))
  await expect(replaceGeneratedParts(readme, { ...renderMachineParts(), sequence })).toMatchFileSnapshot(path)
})

test('each diagram has an arrow for each edge of the chart, and a box for each state', () => {
  for (const machine of Object.values(chartedMachines)) {
    const plan = buildChartGraph(createStatechart(machine))
    const lines = renderMermaid(plan)
      .split('\n')
      .map((line) => line.trim())
    expect(lines.filter((line) => line.includes(' : ')).length).toBe(plan.edges.length)
    expect(lines.filter((line) => line.startsWith('state ') && !line.startsWith('state "any"')).length).toBe(
      plan.chart.states.length - 1,
    )
  }
})

test('replaceGeneratedParts reports a missing place', () => {
  expect(() => replaceGeneratedParts('no markers', { room: 'x' })).toThrow('no place for room')
})
