export type Corner = `${'top' | 'bottom'}-${'left' | 'right'}`

const round: readonly Corner[] = ['bottom-right', 'bottom-left', 'top-left', 'top-right']

export const nextCorner = (corner: Corner): Corner => round[(round.indexOf(corner) + 1) % round.length] ?? 'bottom-right'

/** The corner that something was dropped nearest to. */
export const nearestCorner = (at: { x: number; y: number }, frame: { width: number; height: number }): Corner =>
  `${at.y < frame.height / 2 ? 'top' : 'bottom'}-${at.x < frame.width / 2 ? 'left' : 'right'}`

/** Where an arrow key leads; the same corner for any other key. */
export function cornerAfter(key: string, corner: Corner): Corner {
  const [vertical, horizontal] = corner.split('-') as ['top' | 'bottom', 'left' | 'right']
  if (key === 'ArrowUp') return `top-${horizontal}`
  if (key === 'ArrowDown') return `bottom-${horizontal}`
  if (key === 'ArrowLeft') return `${vertical}-left`
  return key === 'ArrowRight' ? `${vertical}-right` : corner
}
