import { anyTwoFaults, type Caps } from '../../machines/composed/faultBudget.ts'
import { formatViolation } from '../../machines/composed/diagram.ts'
import { explore as walk } from '../../machines/composed/explore.ts'
import { System } from '../../machines/composed/system.ts'
import type { Benchmark, BenchOptions, BenchReport } from '../harness/benchmark.ts'
import type { Scope } from '../harness/scope.ts'
import { formatNumber } from '../harness/statistics.ts'

const worldsPerRound = 200_000
const progressMs = 5_000

/** The faults of each case, with their maximum number per run. */
const cases: Record<string, Caps> = {
  'a dead socket': { total: 1, drop: 1 },
  'a page reload': { total: 1, reload: 1 },
  'a timeout that fires early': { total: 1, slow: 1 },
  'a visitor leaves and rejoins': { total: 2, hangup: 1, rejoin: 1 },
  'a mailbox overflow and track changes': { total: 2, forget: 1, need: 1 },
  'a failed transport and track changes': { total: 2, fail: 2, waver: 1, need: 2 },
  'a lost transport and track changes': { total: 2, lose: 2, network: 1, need: 2 },
  'any two faults': anyTwoFaults,
}

interface Row {
  name: string
  worlds: number
  edges: number
  depth: number
  isWhole: boolean
  pages: number
  servers: number
  seconds: number
  mebibytes: number
}

/** Model checking of the composed system. */
export const explore: Benchmark = {
  summary: 'model checking of a room and two pages, breadth first: 200,000 states a case and round',
  limitMinutes: 60,
  async run(_: Scope, { rounds = 1, only = '' }: BenchOptions): Promise<BenchReport> {
    const names = Object.keys(cases).filter((name) => name.includes(only))
    if (names.length === 0) throw new Error(`unknown case ${only}; known: ${Object.keys(cases).join(', ')}`)
    const rows = names.map((name) => exploreCase(name, cases[name]!, rounds * worldsPerRound))
    return {
      tables: [
        {
          title: 'Reached states: none violates an invariant, and each can reach a call or its end',
          head,
          rows: rows.map(formatRow),
          notes: [],
        },
      ],
      data: { rows },
    }
  },
}

/** Explores one case. @throws with a shortest trace to a violation */
function exploreCase(name: string, caps: Caps, most: number): Row {
  const [system, since] = [new System(caps), performance.now()]
  let reportedAt = since
  const { worlds, edges, depth, isWhole, violation } = walk(
    system,
    { maxWorlds: most, every: 1 },
    undefined,
    (reached, tried, deep) => {
      if (performance.now() - reportedAt < progressMs) return
      reportedAt = performance.now()
      console.log(`  ${name}: ${reached} states, ${tried} transitions, depth ${deep}`)
    },
  )
  if (violation) throw new Error(`${name}\n${formatViolation(system, violation)}`)
  const [seconds, mebibytes] = [(performance.now() - since) / 1000, process.memoryUsage().rss / 2 ** 20]
  return {
    name,
    worlds,
    edges,
    depth,
    isWhole,
    pages: system.pages.size,
    servers: system.servers.size,
    seconds,
    mebibytes,
  }
}

const head = ['faults', 'states', 'transitions', 'depth', 'complete', 'pages', 'servers', 's', 'MiB']

const formatRow = ({ name, worlds, edges, depth, isWhole, pages, servers, seconds, mebibytes }: Row): string[] =>
  [
    name,
    worlds,
    edges,
    depth,
    isWhole ? 'yes' : 'no',
    pages,
    servers,
    formatNumber(seconds),
    formatNumber(mebibytes),
  ].map(String)
