import type { Benchmark, BenchOptions, BenchReport } from '../harness/benchmark.ts'
import { Scope } from '../harness/scope.ts'
import { UserPair } from '../lab/userPair.ts'
import type { BenchUser } from '../lab/benchUser.ts'
import { BenchLab } from '../lab/benchLab.ts'
import { type CaseResult, findFailures, createTable } from './report.ts'
import { type FaultCase, faultCases, type Sample } from './faultCases.ts'

const defaultRounds = 10

/** Opens a page on that host. */
type Open = () => Promise<BenchUser>

interface Pairing {
  name: string
  first: Open
  second: Open
}

/** Recovery times after faults in a call. */
export const recover: Benchmark = {
  summary: 'from a fault to flowing media: signaling, reload, link, address change and UDP, in both browsers',
  limitMinutes: 90,
  async run(scope, { rounds = defaultRounds, only = '' }: BenchOptions): Promise<BenchReport> {
    const lab = await BenchLab.open(scope)
    const pairings = await createPairings(lab)
    const cases = pairings
      .flatMap(({ name }, which) =>
        faultCases.map(
          (row) =>
            ({ faultCase: row, pairing: name, which, samples: [], failures: [] }) as CaseResult & { which: number },
        ),
      )
      .filter(({ faultCase, pairing }) => `${faultCase.name}, ${pairing}`.includes(only))
    for (let round = 1; round <= rounds; round++) {
      for (const each of cases) await runOnce(lab, pairings[each.which]!, each)
      console.error(`round ${round} of ${rounds}`)
    }
    return { tables: [createTable(cases)], data: { cases }, failures: cases.flatMap(findFailures) }
  },
}

/** Faults affect the first user of a pairing. */
async function createPairings(lab: BenchLab): Promise<Pairing[]> {
  const [near, far] = [await lab.addHost('near'), await lab.addHost('far')]
  const second: Open = () => lab.openChromium(far)
  return [
    { name: 'Chromium × Chromium', first: () => lab.openChromium(near), second },
    { name: 'Firefox × Chromium', first: () => lab.openFirefox(near), second },
  ]
}

/** Every run uses new pages and a new room, so that earlier faults have no effect. */
async function runOnce(lab: BenchLab, pairing: Pairing, { faultCase, samples, failures }: CaseResult): Promise<void> {
  const undos = new Scope()
  try {
    const pair = new UserPair(await pairing.first(), await pairing.second())
    undos.defer(() => pair.close())
    await pair.startCall(lab.newRoom())
    samples.push(await measureOnce(pair, faultCase, lab, undos))
    console.error(`  ${faultCase.name}, ${pairing.name}: ${JSON.stringify(samples.at(-1))}`)
  } catch (error) {
    failures.push(String((error as Error).message).split('\n')[0]!)
    console.error(`  ${faultCase.name}, ${pairing.name}: ${failures.at(-1)}`)
  } finally {
    await undos.close()
  }
}

async function measureOnce(pair: UserPair, row: FaultCase, lab: BenchLab, undos: Scope): Promise<Sample> {
  const made = async (): Promise<number> => (await pair.readMeters())?.at(1)?.connectionCount ?? NaN
  const before = await made()
  const found = await row.run(pair, lab, (undo) => undos.defer(undo))
  return { ...found, newConnections: (await made()) - before }
}
