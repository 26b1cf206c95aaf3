import type { AnyStateMachine } from 'xstate'
import { createStatechart } from '../../../machines/statechart.ts'
import { chartedMachines, type Drawing, type Drawings } from './drawings.ts'
import { buildChartGraph } from './edges.ts'
import { layOutChart } from './layout.ts'

/** Runs at build time (vite.config.ts). The browser imports the result as `virtual:drawings`. */

/** Returns the drawings of all machines. */
export async function drawMachines(): Promise<Drawings> {
  const drawn = Object.entries<AnyStateMachine>(chartedMachines).map(
    async ([name, machine]) => [name, await drawMachine(machine)] as const,
  )
  return Object.fromEntries(await Promise.all(drawn)) as Drawings
}

/** Returns the drawing of one machine. */
export async function drawMachine(machine: AnyStateMachine): Promise<Drawing> {
  const graph = buildChartGraph(createStatechart(machine))
  return { graph, layout: await layOutChart(graph) }
}
