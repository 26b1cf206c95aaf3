/** One line of a context, as JSON. */
export interface ContextLine {
  /** Such as `unauthenticatedPeer.candidates.0`. */
  path: string
  name: string
  depth: number
  /** JSON; null for an object or a list whose parts follow. */
  value: string | null
  /** The value differs from the one before. */
  isChanged: boolean
}

/**
 * Returns a context as lines, each group before its parts.
 * @param before the context of the previous step; `undefined` marks nothing as changed
 */
export function contextLines(context: unknown, before: unknown): ContextLine[] {
  return partsOf(context).flatMap(([name, value]) =>
    toLines({ name, path: name, depth: 0 }, value, before === undefined ? value : partAt(before, name)),
  )
}

type Place = Pick<ContextLine, 'name' | 'path' | 'depth'>

function toLines(place: Place, value: unknown, before: unknown): ContextLine[] {
  const parts = partsOf(value)
  const isChanged = JSON.stringify(value) !== JSON.stringify(before)
  if (parts.length === 0) return [{ ...place, value: JSON.stringify(value) ?? 'undefined', isChanged }]
  return [
    { ...place, value: null, isChanged },
    ...parts.flatMap(([name, part]) =>
      toLines({ name, path: `${place.path}.${name}`, depth: place.depth + 1 }, part, partAt(before, name)),
    ),
  ]
}

const partsOf = (value: unknown): [string, unknown][] =>
  typeof value === 'object' && value !== null ? Object.entries(value) : []

const partAt = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined
