import { LivenessCheck } from './livenessCheck.ts'
import type { System, World } from './system.ts'
import { Worlds } from './worlds.ts'

export interface Violation {
  /** The name of the rule. */
  broken: string
  /** A shortest way to it. */
  way: World[]
  /** Where that was nothing but hopeless: how it goes on when nothing goes wrong any more. */
  calm: World[]
}

export interface Exploration {
  worlds: number
  edges: number
  depth: number
  /** Everything was reached that can be. */
  isWhole: boolean
  violation: Violation | null
  /** How long it took at most until all was well once nothing went wrong any more, in milliseconds. */
  longestMs: number
  /** What the table of worlds takes. */
  bytes: number
}

export type Progress = (worlds: number, edges: number, depth: number) => void

const livenessRules = {
  hopeless: 'both reach a call, or the end of one, once nothing goes wrong any more',
  late: 'both reach it soon',
}

/** How far to look, and from which worlds to look for an end: from each `every`-th. How many milliseconds it may take. */
export interface ExploreLimits {
  maxWorlds: number
  every: number
  maxMs?: number
}

/** Where it leads when nothing goes wrong and no wait ends: into the call. */
export function callOf(system: System): World {
  let now = system.begin()
  for (let next = system.faultFreeMoves(now); ; next = system.faultFreeMoves(now)) {
    const move = next.find(({ wait }) => !wait)
    if (!move) return now
    now = move.to
  }
}

/** Breadth first, so that the way to a violation is a shortest one. Each world is judged, and each edge. */
export function explore(
  system: System,
  { maxWorlds: most, every, maxMs: within }: ExploreLimits,
  from = system.begin(),
  progress: Progress = () => undefined,
): Exploration {
  const [worlds, liveness] = [new Worlds(), new LivenessCheck(system, within)]
  let [edges, depth, lastOfDepth] = [0, 0, 0]
  const end = (isWhole: boolean, violation: Violation | null = null): Exploration => ({
    worlds: worlds.size,
    edges,
    depth,
    isWhole,
    violation,
    longestMs: liveness.longestMs,
    bytes: worlds.bytes + liveness.bytes,
  })

  worlds.add(from, -1)
  for (let number = 0; number < worlds.size; number++) {
    if (number > lastOfDepth) [depth, lastOfDepth] = [depth + 1, worlds.size - 1]
    if (number % 1_000 === 0) progress(worlds.size, edges, depth)
    for (const { to, broken } of system.moves(worlds.at(number))) {
      edges++
      const added = worlds.add(to, number)
      const isNew = added >= 0
      const found = broken[0] ?? (isNew ? system.faultsOf(to)[0] : undefined)
      if (found) return end(false, { broken: found, way: [...worlds.wayTo(number), to], calm: [] })
      const violation = isNew && added % every === 0 ? liveness.findViolation(to) : null
      if (violation)
        return end(false, {
          broken: livenessRules[violation.why],
          way: [...worlds.wayTo(number), to],
          calm: violation.calm,
        })
    }
    if (worlds.size >= most) return end(false)
  }
  return end(true)
}
