import { type MediaKind, minGapMs, type MeterReading } from './mediaMeter.ts'

const mediaKinds: readonly MediaKind[] = ['audio', 'video']
/** Media without a gap for this long counts as flowing. */
const steadyAfterMs = 1_000
/** A fault that stops media has stopped it after this time. */
const stopDeadlineMs = 5_000

/**
 * The time since which audio and video flow at all users. Returns `since` if media never stopped, null if it does
 * not flow.
 * @param mustStop true if the fault certainly stops media, at `since` or before
 */
export function findFlowStart(readings: readonly MeterReading[], since: number, mustStop: boolean): number | null {
  const ends = readings.flatMap((reading) => mediaKinds.map((kind) => findGapEnd(reading, kind, since, mustStop)))
  if (ends.some((end) => end === null)) return null
  const end = Math.max(...(ends as number[]))
  return readings.every(({ now }) => now - end >= steadyAfterMs) ? end : null
}

function findGapEnd(
  { now, lastArrivalAt, gaps }: MeterReading,
  kind: MediaKind,
  since: number,
  mustStop: boolean,
): number | null {
  if (now - lastArrivalAt[kind] > minGapMs) return null
  const ends = gaps.filter((gap) => gap.kind === kind && gap.to > since).map(({ to }) => to)
  if (ends.length > 0) return Math.max(...ends)
  return mustStop && now - since < stopDeadlineMs ? null : since
}

/** The longest gap in audio or video at any user after `since`. */
export const longestSilenceMs = (readings: readonly MeterReading[], since: number): number =>
  Math.max(
    0,
    ...readings.flatMap(({ now, lastArrivalAt, gaps }) => [
      ...gaps.filter(({ to }) => to > since).map(({ from, to }) => to - Math.max(from, since)),
      ...mediaKinds.map((kind) => now - lastArrivalAt[kind]).filter((silence) => silence > minGapMs),
    ]),
  )
