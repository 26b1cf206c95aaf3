import elkjs, { type ElkExtendedEdge, type ElkNode, type LayoutOptions } from 'elkjs/lib/elk.bundled.js'
import type { ChartState } from '../../../machines/statechart.ts'
import { anyIn, isWithin, type Link, partsOf, placeOf, type Plan, startOf, stateOf } from './edges.ts'
import { type } from './type.ts'

/**
 * Where everything in a picture of a machine lies. Worked out when the product is built (vite.config.ts), so that a browser loads
 * no more than the result. README.md says why by elkjs.
 */
export interface Picture {
  width: number
  height: number
  boxes: Box[]
  lines: Line[]
}

export interface Frame { x: number; y: number; width: number; height: number }
export interface Point { x: number; y: number }

export interface Box extends Frame {
  id: string
  kind: ChartState['kind'] | 'start' | 'any'
  name: string
}

export interface Line {
  /** Its place in `Plan.links`; null: from the dot to where a group begins. */
  link: number | null
  from: string
  to: string
  points: Point[]
  label: (Frame & { lines: string[] }) | null
}

const spacing = {
  'elk.spacing.nodeNode': '22', 'elk.spacing.edgeNode': '14', 'elk.spacing.edgeEdge': '10', 'elk.spacing.edgeLabel': '4',
  'elk.layered.spacing.nodeNodeBetweenLayers': '22', 'elk.layered.spacing.edgeNodeBetweenLayers': '12',
  'elk.layered.spacing.edgeEdgeBetweenLayers': '9',
}
const options = {
  'elk.algorithm': 'layered', 'elk.direction': 'DOWN', 'elk.hierarchyHandling': 'INCLUDE_CHILDREN', 'elk.edgeRouting': 'ORTHOGONAL',
  'elk.json.edgeCoords': 'ROOT', 'elk.json.shapeCoords': 'ROOT', 'elk.layered.cycleBreaking.strategy': 'DEPTH_FIRST',
  'elk.layered.nodePlacement.strategy': 'NETWORK_SIMPLEX', 'elk.layered.edgeLabels.centerLabelPlacementStrategy': 'WIDEST_LAYER',
  'elk.padding': '[top=2,left=2,bottom=2,right=2]', ...spacing,
}
const packed = {
  'elk.algorithm': 'box', 'elk.box.packingMode': 'GROUP_DEC', 'elk.aspectRatio': '1.2', 'elk.spacing.nodeNode': '16',
  'elk.json.edgeCoords': 'ROOT', 'elk.json.shapeCoords': 'ROOT', 'elk.padding': '[top=2,left=2,bottom=2,right=2]',
}

/** The layout begins by chance; of a few, the one that needs the least ink is the easiest to follow. */
const seeds = [1, 2, 3, 4, 5]

export async function layOut(plan: Plan, attempts: readonly number[] = seeds): Promise<Picture> {
  const pictures: Picture[] = []
  for (const seed of attempts) pictures.push(await attempt(plan, seed))
  return pictures.reduce((best, each) => (inkOf(each) < inkOf(best) ? each : best))
}

const inkOf = ({ lines }: Picture): number => lines.reduce((sum, { points }) => sum + lengthOf(points), 0)
const lengthOf = (points: readonly Point[]): number =>
  points.reduce((sum, { x, y }, at) => sum + Math.abs(x - (points[at - 1]?.x ?? x)) + Math.abs(y - (points[at - 1]?.y ?? y)), 0)

async function attempt(plan: Plan, seed: number): Promise<Picture> {
  const found = await new elkjs().layout<ElkNode>(graphOf(plan, { 'elk.randomSeed': String(seed) }))
  const edges = [found, ...(found.children ?? [])].flatMap((node) => node.edges ?? [])
  return {
    width: Math.ceil(found.width ?? 0), height: Math.ceil(found.height ?? 0),
    boxes: boxesOf(plan, found.children ?? []), lines: edges.map((edge) => lineOf(plan, edge)),
  }
}

/** Of a machine that is in several states at once each part is a picture of its own. */
function graphOf(plan: Plan, seed: LayoutOptions): ElkNode {
  const { machine: id } = plan.chart
  const children = childrenOf(plan, id)
  if (partsOf(plan).length === 0) return { id, layoutOptions: { ...options, ...seed }, children, edges: edgesWithin(plan, id) }
  const apart = (part: ElkNode): ElkNode => ({ ...part, layoutOptions: { ...part.layoutOptions, ...seed }, edges: edgesWithin(plan, part.id) })
  return { id, layoutOptions: packed, children: children.map(apart) }
}

const childrenOf = (plan: Plan, group: string): ElkNode[] =>
  [...marksIn(plan, group), ...plan.chart.states.filter(({ parent }) => parent === group).map((state) => nodeOf(plan, state))]

function nodeOf(plan: Plan, { id, kind, name }: ChartState): ElkNode {
  if (kind === 'history') return { id, width: 24, height: 24 }
  if (kind !== 'group') return { id, width: Math.max(56, name.length * type.name + 26), height: type.nameHeight }
  const padding = '[top=40,left=18,bottom=18,right=18]'
  return { id, children: childrenOf(plan, id), layoutOptions: { ...options, 'elk.padding': padding, 'elk.nodeSize.constraints': 'MINIMUM_SIZE', 'elk.nodeSize.minimum': `(${name.length * type.name + 36},60)` } }
}

/** Where a group begins; states that are all in force at once have no beginning among them. */
function marksIn({ chart, anywhere }: Plan, id: string): ElkNode[] {
  return [
    ...(stateOf(chart, id).initial === null ? [] : [{ id: startOf(id), width: 11, height: 11 }]),
    ...(anywhere.includes(id) ? [{ id: anyIn(id), width: 42, height: 24 }] : []),
  ]
}

const startsOf = ({ chart }: Plan): ElkExtendedEdge[] =>
  chart.states.flatMap(({ id, initial }) => (initial === null ? [] : [{ id: startOf(id), sources: [startOf(id)], targets: [initial] }]))

const edgesWithin = (plan: Plan, group: string): ElkExtendedEdge[] =>
  [...startsOf(plan), ...plan.links.map(edgeOf)].filter(({ sources: [from = ''] }) => isWithin(placeOf(from), group))

const edgeOf = ({ from, to, label }: Link, at: number): ElkExtendedEdge => ({
  id: String(at), sources: [from], targets: [to],
  labels: [{
    text: label.join('\n'), height: label.length * type.labelHeight + 2, width: Math.max(...label.map(({ length }) => length)) * type.label + 8,
    layoutOptions: { 'elk.edgeLabels.inline': 'true', 'elk.edgeLabels.placement': 'CENTER' },
  }],
})

const frameOf = ({ x = 0, y = 0, width = 0, height = 0 }: Partial<Frame>): Frame => ({ x, y, width, height })

const boxesOf = (plan: Plan, nodes: ElkNode[]): Box[] =>
  nodes.flatMap((node) => [{ ...frameOf(node), ...whatIs(plan, node.id) }, ...boxesOf(plan, node.children ?? [])])

function whatIs({ chart }: Plan, id: string): Pick<Box, 'id' | 'kind' | 'name'> {
  const state = chart.states.find((each) => each.id === id)
  if (state) return { id, kind: state.kind, name: state.name }
  return { id, kind: id.endsWith('#any') ? 'any' : 'start', name: '' }
}

function lineOf({ links }: Plan, { id, sources, targets, sections = [], labels = [] }: ElkExtendedEdge): Line {
  const points = sections.flatMap(({ startPoint, bendPoints = [], endPoint }) => [startPoint, ...bendPoints, endPoint])
  const link = links[Number(id)]
  const [label] = labels
  return {
    link: link ? Number(id) : null, from: sources[0] ?? '', to: targets[0] ?? '', points,
    label: link && label ? { ...frameOf(label), lines: link.label } : null,
  }
}
