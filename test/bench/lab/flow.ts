import { type Kind, pause, type Reading } from './meter.ts'

const kinds: readonly Kind[] = ['audio', 'video']
/** Media that came for so long has come to stay. */
const steady = 1_000
/** What is to stop media has stopped it by then. */
const late = 5_000

/**
 * Since when media has flowed, sound and pictures, at everybody: `since`, should it never have stopped. Null: it does not yet.
 * @param stops it is certain that media stops, at `since` or before
 */
export function flowsSince(readings: readonly Reading[], since: number, stops: boolean): number | null {
  const ends = readings.flatMap((reading) => kinds.map((kind) => endOf(reading, kind, since, stops)))
  if (ends.some((end) => end === null)) return null
  const end = Math.max(...(ends as number[]))
  return readings.every(({ now }) => now - end >= steady) ? end : null
}

function endOf({ now, last, gaps }: Reading, kind: Kind, since: number, stops: boolean): number | null {
  if (now - last[kind] > pause) return null
  const ends = gaps.filter((gap) => gap.kind === kind && gap.to > since).map(({ to }) => to)
  if (ends.length > 0) return Math.max(...ends)
  return stops && now - since < late ? null : since
}

/** The longest time after `since` in which nothing arrived at somebody. */
export const longestSilence = (readings: readonly Reading[], since: number): number =>
  Math.max(0, ...readings.flatMap(({ now, last, gaps }) => [
    ...gaps.filter(({ to }) => to > since).map(({ from, to }) => to - Math.max(from, since)),
    ...kinds.map((kind) => now - last[kind]).filter((silence) => silence > pause),
  ]))
