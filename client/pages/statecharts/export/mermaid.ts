import { type Statechart, statePath } from '../../../../machines/statechart.ts'
import { type ChartEdge, type ChartGraph, isWithin } from '../edges.ts'

/** Returns a Mermaid diagram, which GitHub draws without further tools. */
export function renderMermaid(plan: ChartGraph): string {
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
