import type { Point } from './layout.ts'

const maxCornerRadius = 7

/** Returns the SVG path of a polyline with rounded corners. */
export function svgPath(points: readonly Point[]): string {
  const [first, ...rest] = points
  if (!first) return ''
  const corners = rest.map((point, at) => {
    const [before, after] = [points[at] as Point, rest[at + 1]]
    if (!after) return `L${point.x} ${point.y}`
    const radius = Math.min(maxCornerRadius, distance(before, point) / 2, distance(point, after) / 2)
    const [from, to] = [moveTowards(point, before, radius), moveTowards(point, after, radius)]
    return `L${from.x} ${from.y}Q${point.x} ${point.y} ${to.x} ${to.y}`
  })
  return `M${first.x} ${first.y}${corners.join('')}`
}

const distance = (a: Point, b: Point): number => Math.hypot(a.x - b.x, a.y - b.y)

function moveTowards(from: Point, to: Point, length: number): Point {
  const ratio = length / (distance(from, to) || 1)
  return { x: from.x + (to.x - from.x) * ratio, y: from.y + (to.y - from.y) * ratio }
}
