import type { Caps } from '../../machines/composed/faultBudget.ts'
import { formatViolation } from '../../machines/composed/diagram.ts'
import { explore as walk } from '../../machines/composed/explore.ts'
import { System } from '../../machines/composed/system.ts'
import type { Benchmark, BenchOptions, BenchReport } from '../harness/benchmark.ts'
import type { Scope } from '../harness/scope.ts'
import { formatNumber } from '../harness/statistics.ts'

const worldsPerRound = 200_000
const progressMs = 5_000

/** What may go wrong, and how often in one life of the world. */
const cases: Record<string, Caps> = {
  'a dead socket': { total: 1, drop: 1 },
  'a page loaded anew': { total: 1, reload: 1 },
  'a wait that ends early': { total: 1, slow: 1 },
  'somebody leaves': { total: 2, hangup: 1, rejoin: 1 },
  'a mailbox that overflows, and tracks that change': { total: 2, forget: 1, need: 1 },
  'a path that fails, and tracks that change': { total: 2, fail: 2, waver: 1, need: 2 },
  'a path that is lost, and tracks that change': { total: 2, lose: 2, network: 1, need: 2 },
  'two of anything': {
    total: 2,
    drop: 2,
    reload: 1,
    repeat: 1,
    reorder: 1,
    slow: 2,
    hangup: 1,
    rejoin: 1,
    fail: 2,
    waver: 1,
    lose: 2,
    network: 1,
    need: 2,
  },
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

export const explore: Benchmark = {
  summary: 'room, two pages and what lies between them, breadth first: 200,000 worlds a case and round, each judged',
  limitMinutes: 60,
  async run(_: Scope, { rounds = 1, only = '' }: BenchOptions): Promise<BenchReport> {
    const names = Object.keys(cases).filter((name) => name.includes(only))
    if (names.length === 0) throw new Error(`no case is called ${only}; there are ${Object.keys(cases).join(', ')}`)
    const rows = names.map((name) => exploreCase(name, cases[name]!, rounds * worldsPerRound))
    return {
      tables: [
        {
          title: 'Worlds that were reached: none breaks a rule, and from each both reach the call or its end',
          head,
          rows: rows.map(formatRow),
          notes: [],
        },
      ],
      data: { rows },
    }
  },
}

/** Throws an Error that tells a shortest way to what it found. */
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
      console.log(`  ${name}: ${reached} worlds, ${tried} edges, depth ${deep}`)
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

const head = ['may go wrong', 'worlds', 'edges', 'depth', 'all', 'pages', 'servers', 's', 'MiB']

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
