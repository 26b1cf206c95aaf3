import type { AnyStateMachine } from 'xstate'
import { chartedMachines } from '../../client/pages/statecharts/drawings.ts'
import { isWithin, type ChartEdge, type ChartGraph, buildChartGraph } from '../../client/pages/statecharts/edges.ts'
import { type Statechart, createStatechart, describeMachine, statePath } from '../../machines/statechart.ts'

/** Returns the diagram and the tables of each machine as Markdown. */
export const renderMachineParts = (): Record<string, string> =>
  Object.fromEntries(
    Object.entries(chartedMachines).map(([name, machine]) => [
      name,
      `${mermaidBlock(renderDiagram(buildChartGraph(createStatechart(machine))))}\n\n${linesOf(machine)}`,
    ]),
  )

/** Wraps a diagram in a Mermaid code block. */
export const mermaidBlock = (diagram: string): string => `\`\`\`mermaid\n${diagram}\n\`\`\``

/** Returns a Mermaid diagram, which GitHub draws without further tools. */
export function renderDiagram(plan: ChartGraph): string {
  return ['stateDiagram-v2', ...groupOf(plan, plan.chart.machine, 1)].join('\n')
}

function groupOf(plan: ChartGraph, group: string, depth: number): string[] {
  const { chart, groupsWithAnyMark: anywhere } = plan
  const inner = chart.states.filter(({ parent }) => parent === group)
  const initial = chart.states.find(({ id }) => id === group)?.initial
  const lines = [
    ...inner.flatMap(({ id, kind, name }) =>
      kind === 'group'
        ? [`state "${name}" as ${nodeOf(chart, id)} {`, ...groupOf(plan, id, 1), '}']
        : [`state "${kind === 'history' ? `as ${name}` : name}" as ${nodeOf(chart, id)}`],
    ),
    ...(anywhere.includes(group) ? [`state "any" as ${nodeOf(chart, `${group}#any`)}`] : []),
    ...(initial ? [`[*] --> ${nodeOf(chart, initial)}`] : []),
    ...plan.edges.filter((link) => homeOf(chart, link) === group).map((link) => arrowOf(plan, link)),
  ]
  return lines.map((line) => '  '.repeat(depth) + line)
}

/** The innermost group with both ends; Mermaid needs the arrow there. */
function homeOf(chart: Statechart, { from, to }: ChartEdge): string {
  const groups = chart.states.filter(({ kind }) => kind === 'group').map(({ id }) => id)
  const holds = (group: string, end: string): boolean =>
    end === `${group}#any` ? true : end !== group && isWithin(end, group)
  return (
    groups.filter((group) => holds(group, from) && holds(group, to)).sort((a, b) => b.length - a.length)[0] ??
    chart.machine
  )
}

const arrowOf = ({ chart }: ChartGraph, { from, to, transitions: moves }: ChartEdge): string => {
  const events = moves
    .map((at) => chart.transitions[at])
    .map((move) => (move?.guard ? `${move.event} [${move.guard}]` : (move?.event ?? '')))
  return `${nodeOf(chart, from)} --> ${nodeOf(chart, to)} : ${events.join('<br/>')}`
}

/** Mermaid names have no dots, and `end` and others are reserved words. The prefix avoids both. */
const nodeOf = (chart: Statechart, id: string): string =>
  `${chart.machine}_${statePath(chart, id)}`.replaceAll(/[.#]/g, '_').replace(/_$/, '')

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
