/** A corner of the call screen. */
export type Corner = `${'top' | 'bottom'}-${'left' | 'right'}`

const cornersInOrder: readonly Corner[] = ['bottom-right', 'bottom-left', 'top-left', 'top-right']

/** Returns true for the name of a corner. */
export const isCorner = (name: string | null): name is Corner => cornersInOrder.includes(name as Corner)

/** Returns the next corner clockwise from bottom right. */
export const nextCorner = (corner: Corner): Corner =>
  cornersInOrder[(cornersInOrder.indexOf(corner) + 1) % cornersInOrder.length] ?? 'bottom-right'

/** Returns the corner of the frame that is nearest to the point (px from its top left). */
export const nearestCorner = (point: { x: number; y: number }, frame: { width: number; height: number }): Corner =>
  `${point.y < frame.height / 2 ? 'top' : 'bottom'}-${point.x < frame.width / 2 ? 'left' : 'right'}`

/** Returns the corner that an arrow key leads to; the same corner for any other key. */
export function cornerForKey(key: string, corner: Corner): Corner {
  const [vertical, horizontal] = corner.split('-') as ['top' | 'bottom', 'left' | 'right']
  if (key === 'ArrowUp') return `top-${horizontal}`
  if (key === 'ArrowDown') return `bottom-${horizontal}`
  if (key === 'ArrowLeft') return `${vertical}-left`
  return key === 'ArrowRight' ? `${vertical}-right` : corner
}
