import type { Benchmark, BenchOptions, Report } from '../frame/benchmark.ts'
import { Scope } from '../frame/scope.ts'
import { Couple } from '../lab/couple.ts'
import type { Household } from '../lab/household.ts'
import type { Person } from '../lab/person.ts'
import { openChromium, openFirefox, Town } from '../lab/town.ts'
import { type Case, failuresOf, tableOf } from './report.ts'
import { type Row, rows, type Sample } from './rows.ts'

const usualRounds = 10

/** Opens a page in that household. */
type Open = () => Promise<Person>

interface Pairing { name: string; first: Open; second: Open }

export const recover: Benchmark = {
  summary: 'from a fault in a call to flowing media: lines, pages, paths, addresses and UDP that go away, in both browsers',
  limitMinutes: 90,
  async run(scope, { rounds = usualRounds, only = '' }: BenchOptions): Promise<Report> {
    const town = await Town.open(scope)
    const pairings = await pair(town)
    const cases = pairings.flatMap(({ name }, which) => rows.map((row) => ({ row, pairing: name, which, samples: [], failures: [] } as Case & { which: number })))
      .filter(({ row, pairing }) => `${row.name}, ${pairing}`.includes(only))
    for (let round = 1; round <= rounds; round++) {
      for (const each of cases) await tryOnce(town, pairings[each.which]!, each)
      console.error(`round ${round} of ${rounds}`)
    }
    return { tables: [tableOf(cases)], data: { cases }, failures: cases.flatMap(failuresOf) }
  },
}

/** What befalls one of the two befalls the first. */
async function pair(town: Town): Promise<Pairing[]> {
  const [near, far] = [await town.build('near'), await town.build('far')]
  const chromium = async (household: Household): Promise<Open> => {
    const browser = await town.startChromium(household)
    return () => openChromium(browser, household)
  }
  const [first, second] = [await chromium(near), await chromium(far)]
  const firefox = await town.startFirefox(near)
  return [
    { name: 'Chromium × Chromium', first, second },
    { name: 'Firefox × Chromium', first: () => openFirefox(firefox, near), second },
  ]
}

/** Every run has pages, a room and a connection of its own: nothing of an earlier fault is left in them. */
async function tryOnce(town: Town, pairing: Pairing, { row, samples, failures }: Case): Promise<void> {
  const undos = new Scope()
  try {
    const couple = new Couple(await pairing.first(), await pairing.second())
    undos.defer(() => couple.close())
    await couple.meet(town.newRoom())
    samples.push(await look(couple, row, town, undos))
    console.error(`  ${row.name}, ${pairing.name}: ${JSON.stringify(samples.at(-1))}`)
  } catch (error) {
    failures.push(String((error as Error).message).split('\n')[0]!)
    console.error(`  ${row.name}, ${pairing.name}: ${failures.at(-1)}`)
  } finally {
    await undos.close()
  }
}

async function look(couple: Couple, row: Row, town: Town, undos: Scope): Promise<Sample> {
  const made = async (): Promise<number> => (await couple.read())?.at(1)?.connections ?? NaN
  const before = await made()
  const found = await row.run(couple, town, (undo) => undos.defer(undo))
  return { ...found, connections: (await made()) - before }
}
