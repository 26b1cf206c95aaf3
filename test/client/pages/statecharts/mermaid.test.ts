import { expect, test } from 'vitest'
import type { AnyStateMachine } from 'xstate'
import { chartedMachines } from '../../../../client/pages/statecharts/drawings.ts'
import { buildChartGraph } from '../../../../client/pages/statecharts/edges.ts'
import { renderMermaid } from '../../../../client/pages/statecharts/export/mermaid.ts'
import { createStatechart } from '../../../../machines/statechart.ts'

/** The forms of a `stateDiagram-v2` that Mermaid documents and the export uses. */
const forms = {
  group: /^state "([^"]+)" as (\w+) \{$/,
  state: /^state "([^"]+)" as (\w+)$/,
  end: /^\}$/,
  start: /^\[\*\] --> (\w+)$/,
  // A colon or a semicolon would end the label.
  arrow: /^(\w+) --> (\w+) : ([^:;"]+)$/,
}

test.each(Object.entries<AnyStateMachine>(chartedMachines))('the Mermaid export of %s is valid', (_, machine) => {
  const graph = buildChartGraph(createStatechart(machine))
  const [first, ...lines] = renderMermaid(graph)
    .split('\n')
    .map((line) => line.trim())
  expect(first).toBe('stateDiagram-v2')
  const parsed = lines.map((line) => {
    const [form, pattern] = Object.entries(forms).find(([, each]) => each.test(line)) ?? []
    expect(form, line).toBeDefined()
    return { form, parts: pattern!.exec(line)!.slice(1) }
  })
  const of = (form: keyof typeof forms) => parsed.filter((each) => each.form === form).map(({ parts }) => parts)
  const names = [...of('group'), ...of('state')].map(([, name]) => name)
  expect(new Set(names).size).toBe(names.length)
  expect(names).toEqual(expect.arrayContaining([...of('start'), ...of('arrow').map(([from, to]) => [from, to])].flat()))
  // Reserved words of the grammar.
  expect(names.filter((name) => /^(end|state|note|class|direction)$/.test(name!))).toEqual([])
  expect(of('group').length).toBe(of('end').length)
  expect(of('arrow').length).toBe(graph.edges.length)
})
