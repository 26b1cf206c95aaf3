import type { AnyStateMachine } from 'xstate'
import { chartedMachines } from '../../client/pages/statecharts/drawings.ts'
import { buildChartGraph } from '../../client/pages/statecharts/edges.ts'
import { renderMermaid } from '../../client/pages/statecharts/export/mermaid.ts'
import { createStatechart, describeMachine, statePath } from '../../machines/statechart.ts'

/** Returns the diagram and the tables of each machine as Markdown. */
export const renderMachineParts = (): Record<string, string> =>
  Object.fromEntries(
    Object.entries(chartedMachines).map(([name, machine]) => [
      name,
      `${mermaidBlock(renderMermaid(buildChartGraph(createStatechart(machine))))}\n\n${linesOf(machine)}`,
    ]),
  )

/** Wraps a diagram in a Mermaid code block. */
export const mermaidBlock = (diagram: string): string => `\`\`\`mermaid\n${diagram}\n\`\`\``

function linesOf(machine: AnyStateMachine): string {
  const chart = createStatechart(machine)
  const { states, events } = describeMachine(machine)
  const hears = (event: string): string =>
    [
      ...new Set(
        chart.transitions
          .filter((move) => move.event === event)
          .map(({ from }) => `\`${statePath(chart, from) || 'anywhere'}\``),
      ),
    ].join(', ')
  return [
    '| state | meaning |',
    '|---|---|',
    ...chart.states
      .slice(1)
      .map(({ id }) => statePath(chart, id))
      .map((path) => `| \`${path}\` | ${states[path]} |`),
    '',
    '| event | meaning | handled in |',
    '|---|---|---|',
    ...Object.keys(events).map((event) => `| \`${event}\` | ${events[event]} | ${hears(event)} |`),
  ].join('\n')
}
