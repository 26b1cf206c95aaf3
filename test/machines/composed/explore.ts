import { LivenessCheck } from './livenessCheck.ts'
import type { Move, System, World } from './system.ts'
import { Worlds } from './worlds.ts'

/** A broken rule, with the path to it. */
export interface Violation {
  /** Name of the rule. */
  broken: string
  /** A shortest path to the violation. */
  way: World[]
  /** For a liveness violation: the further steps without faults. */
  calm: World[]
}

/** Result of a search. */
export interface Exploration {
  worlds: number
  edges: number
  depth: number
  /** All reachable worlds were explored. */
  isWhole: boolean
  violation: Violation | null
  /** Longest time without faults until both reach the call or its end, in ms. */
  longestMs: number
  /** Size of the tables of worlds, in bytes. */
  bytes: number
}

export type Progress = (worlds: number, edges: number, depth: number) => void

const livenessRules = {
  hopeless: 'both reach a call, or the end of one, once faults stop',
  late: 'both reach it in time',
}

/** Maximum number of worlds. The search checks liveness from every `every`-th world, within `maxMs`. */
export interface ExploreLimits {
  maxWorlds: number
  every: number
  maxMs?: number
}

/** Returns the world in the call: the fault-free moves from the start, without timeouts. */
export const callOf = (system: System): World => walkUntil(system, () => false)

/** Returns the world whose next move is the first media of a page: the call is connected, and the room is not full. */
export const setupOf = (system: System): World => walkUntil(system, ({ label }) => label.text.includes('media arrives'))

function walkUntil(system: System, isEnd: (move: Move) => boolean): World {
  let now = system.begin()
  for (let next = system.faultFreeMoves(now); ; next = system.faultFreeMoves(now)) {
    const move = next.find(({ wait }) => !wait)
    if (!move || isEnd(move)) return now
    now = move.to
  }
}

/** Searches breadth first, so the path to a violation is a shortest one. Checks each world and each edge. */
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
