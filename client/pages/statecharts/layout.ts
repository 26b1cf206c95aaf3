import elkjs, { type ElkExtendedEdge, type ElkNode, type LayoutOptions } from 'elkjs/lib/elk.bundled.js'
import type { StatechartState } from '../../../machines/statechart.ts'
import {
  anyMarkId,
  isWithin,
  type ChartEdge,
  parallelRegions,
  stateIdOf,
  type ChartGraph,
  startMarkId,
  findState,
} from './edges.ts'
import { fontMetrics } from './fontMetrics.ts'

/**
 * Positions of all parts of a diagram, in px. Computed at build time (vite.config.ts), so the browser loads only the
 * result. README.md explains the choice of elkjs.
 */
export interface DiagramLayout {
  width: number
  height: number
  boxes: Box[]
  edges: RoutedEdge[]
}

export interface Frame {
  x: number
  y: number
  width: number
  height: number
}
export interface Point {
  x: number
  y: number
}

export interface Box extends Frame {
  id: string
  kind: StatechartState['kind'] | 'start' | 'any'
  name: string
}

export interface RoutedEdge {
  /** Index in `ChartGraph.edges`; null for the edge from a start dot. */
  edgeIndex: number | null
  from: string
  to: string
  points: Point[]
  label: (Frame & { lines: string[] }) | null
}

const spacing = {
  'elk.spacing.nodeNode': '22',
  'elk.spacing.edgeNode': '14',
  'elk.spacing.edgeEdge': '10',
  'elk.spacing.edgeLabel': '4',
  'elk.layered.spacing.nodeNodeBetweenLayers': '22',
  'elk.layered.spacing.edgeNodeBetweenLayers': '12',
  'elk.layered.spacing.edgeEdgeBetweenLayers': '9',
}
const layeredOptions = {
  'elk.algorithm': 'layered',
  'elk.direction': 'DOWN',
  'elk.hierarchyHandling': 'INCLUDE_CHILDREN',
  'elk.edgeRouting': 'ORTHOGONAL',
  'elk.json.edgeCoords': 'ROOT',
  'elk.json.shapeCoords': 'ROOT',
  'elk.layered.cycleBreaking.strategy': 'DEPTH_FIRST',
  'elk.layered.nodePlacement.strategy': 'NETWORK_SIMPLEX',
  'elk.layered.edgeLabels.centerLabelPlacementStrategy': 'WIDEST_LAYER',
  'elk.padding': '[top=2,left=2,bottom=2,right=2]',
  ...spacing,
}
const boxOptions = {
  'elk.algorithm': 'box',
  'elk.box.packingMode': 'GROUP_DEC',
  'elk.aspectRatio': '1.6',
  'elk.spacing.nodeNode': '16',
  'elk.json.edgeCoords': 'ROOT',
  'elk.json.shapeCoords': 'ROOT',
  'elk.padding': '[top=2,left=2,bottom=2,right=2]',
}

/** Seeds of the random start. The layout with the shortest edges is the easiest to follow. */
const seeds = [1, 2, 3, 4, 5]

/** Lays the graph out once per seed and returns the layout with the shortest edges. */
export async function layOutChart(graph: ChartGraph, attempts: readonly number[] = seeds): Promise<DiagramLayout> {
  const layouts: DiagramLayout[] = []
  for (const seed of attempts) layouts.push(await layOutOnce(graph, seed))
  return layouts.reduce((best, each) => (totalEdgeLength(each) < totalEdgeLength(best) ? each : best))
}

const totalEdgeLength = ({ edges }: DiagramLayout): number =>
  edges.reduce((sum, { points }) => sum + polylineLength(points), 0)
const polylineLength = (points: readonly Point[]): number =>
  points.reduce(
    (sum, { x, y }, at) => sum + Math.abs(x - (points[at - 1]?.x ?? x)) + Math.abs(y - (points[at - 1]?.y ?? y)),
    0,
  )

async function layOutOnce(graph: ChartGraph, seed: number): Promise<DiagramLayout> {
  const elkGraph = await new elkjs().layout<ElkNode>(toElkGraph(graph, { 'elk.randomSeed': String(seed) }))
  const edges = [elkGraph, ...(elkGraph.children ?? [])].flatMap((node) => node.edges ?? [])
  return {
    width: Math.ceil(elkGraph.width ?? 0),
    height: Math.ceil(elkGraph.height ?? 0),
    boxes: toBoxes(graph, elkGraph.children ?? []),
    edges: edges.map((edge) => toRoutedEdge(graph, edge)),
  }
}

/** Each region of a parallel machine has its own layout. */
function toElkGraph(graph: ChartGraph, seed: LayoutOptions): ElkNode {
  const { machine: id } = graph.chart
  const children = toElkChildren(graph, id)
  if (parallelRegions(graph).length === 0)
    return { id, layoutOptions: { ...layeredOptions, ...seed }, children, edges: elkEdgesWithin(graph, id) }
  const asRegion = (part: ElkNode): ElkNode => ({
    ...part,
    layoutOptions: { ...part.layoutOptions, ...seed },
    edges: elkEdgesWithin(graph, part.id),
  })
  return { id, layoutOptions: boxOptions, children: children.map(asRegion) }
}

const toElkChildren = (graph: ChartGraph, group: string): ElkNode[] => [
  ...markNodes(graph, group),
  ...graph.chart.states.filter(({ parent }) => parent === group).map((state) => toElkNode(graph, state)),
]

function toElkNode(graph: ChartGraph, { id, kind, name }: StatechartState): ElkNode {
  if (kind === 'history') return { id, width: 24, height: 24 }
  if (kind !== 'group')
    return { id, width: Math.max(56, name.length * fontMetrics.nameCharWidthPx + 26), height: fontMetrics.nameHeightPx }
  const padding = '[top=40,left=18,bottom=18,right=18]'
  return {
    id,
    children: toElkChildren(graph, id),
    layoutOptions: {
      ...layeredOptions,
      'elk.padding': padding,
      'elk.nodeSize.constraints': 'MINIMUM_SIZE',
      'elk.nodeSize.minimum': `(${name.length * fontMetrics.nameCharWidthPx + 36},60)`,
    },
  }
}

/** Returns the marks of a group. A parallel group has no start dot. */
function markNodes({ chart, groupsWithAnyMark }: ChartGraph, id: string): ElkNode[] {
  return [
    ...(findState(chart, id).initial === null ? [] : [{ id: startMarkId(id), width: 11, height: 11 }]),
    ...(groupsWithAnyMark.includes(id) ? [{ id: anyMarkId(id), width: 42, height: 24 }] : []),
  ]
}

const initialElkEdges = ({ chart }: ChartGraph): ElkExtendedEdge[] =>
  chart.states.flatMap(({ id, initial }) =>
    initial === null ? [] : [{ id: startMarkId(id), sources: [startMarkId(id)], targets: [initial] }],
  )

const elkEdgesWithin = (graph: ChartGraph, group: string): ElkExtendedEdge[] =>
  [...initialElkEdges(graph), ...graph.edges.map(toElkEdge)].filter(({ sources: [from = ''] }) =>
    isWithin(stateIdOf(from), group),
  )

const toElkEdge = ({ from, to, label }: ChartEdge, index: number): ElkExtendedEdge => ({
  id: String(index),
  sources: [from],
  targets: [to],
  labels: [
    {
      text: label.join('\n'),
      height: label.length * fontMetrics.labelLineHeightPx + 2,
      width: Math.max(...label.map(({ length }) => length)) * fontMetrics.labelCharWidthPx + 8,
      layoutOptions: { 'elk.edgeLabels.inline': 'true', 'elk.edgeLabels.placement': 'CENTER' },
    },
  ],
})

const toFrame = ({ x = 0, y = 0, width = 0, height = 0 }: Partial<Frame>): Frame => ({ x, y, width, height })

const toBoxes = (graph: ChartGraph, nodes: ElkNode[]): Box[] =>
  nodes.flatMap((node) => [
    { ...toFrame(node), ...describeNode(graph, node.id) },
    ...toBoxes(graph, node.children ?? []),
  ])

function describeNode({ chart }: ChartGraph, id: string): Pick<Box, 'id' | 'kind' | 'name'> {
  const state = chart.states.find((each) => each.id === id)
  if (state) return { id, kind: state.kind, name: state.name }
  return { id, kind: id.endsWith('#any') ? 'any' : 'start', name: '' }
}

function toRoutedEdge(
  { edges }: ChartGraph,
  { id, sources, targets, sections = [], labels = [] }: ElkExtendedEdge,
): RoutedEdge {
  const points = sections.flatMap(({ startPoint, bendPoints = [], endPoint }) => [startPoint, ...bendPoints, endPoint])
  const edge = edges[Number(id)]
  const [label] = labels
  return {
    edgeIndex: edge ? Number(id) : null,
    from: sources[0] ?? '',
    to: targets[0] ?? '',
    points,
    label: edge && label ? { ...toFrame(label), lines: edge.label } : null,
  }
}
