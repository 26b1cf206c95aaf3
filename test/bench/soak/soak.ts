import { randomInt } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Page } from 'playwright-core'
import { BrowserProcess } from '../../browser/process.ts'
import type { Benchmark, BenchOptions, Report } from '../frame/benchmark.ts'
import { Dice } from '../fuzz/dice.ts'
import { Couple } from '../lab/couple.ts'
import { longestSilence } from '../lab/flow.ts'
import { openChromium, Town } from '../lab/town.ts'
import { audit } from './audit.ts'
import { duration, type Fault, faults, type Soaked } from './faults.ts'
import { ledgerScript, markLedger, readLedger } from './ledger.ts'
import { Memory } from './memory.ts'
import { type Befallen, failuresOf, type Findings, tablesOf } from './report.ts'

const usualMinutes = 20
/** A call that is not back by then never is: the product gives up after 90 s without media. */
const patience = 100_000
/** What was said last has arrived by then. */
const settling = 3_000

export const soak: Benchmark = {
  summary: 'a call of 20 minutes (--minutes N) under random faults of every kind (--seed N repeats them): media, memory, messages, seats',
  limitMinutes: 75,
  async run(scope, { minutes = usualMinutes, seed = randomInt(1, 2 ** 31), only = '' }: BenchOptions): Promise<Report> {
    console.log(`--seed ${seed} repeats it`)
    const town = await Town.open(scope)
    const both = [await settle(town, 'ann'), await settle(town, 'ben')] as const
    for (const { process } of both) scope.defer(() => process.continue())
    const couple = new Couple(both[0].person, both[1].person)
    const url = town.newRoom()
    await couple.meet(url)
    await sleep(settling)
    for (const { person } of both) await person.tab.run(markLedger, undefined)
    const memory = await Memory.of(both)
    const chosen = faults.filter(({ name }) => name.includes(only))
    const befallen = await suffer(couple, both, memory, { chosen, dice: new Dice(seed), end: Date.now() + minutes * 60_000 })
    const findings = await conclude(town, both, memory, befallen, url)
    return { tables: tablesOf(findings), data: { seed, minutes, ...findings }, failures: failuresOf(findings) }
  },
}

async function settle(town: Town, name: string): Promise<Soaked> {
  const household = await town.build(name)
  const browser = await town.startChromium(household)
  const person = await openChromium(browser, household)
  await (person.tab.page as Page).addInitScript({ content: ledgerScript })
  return { name, person, process: await BrowserProcess.of(browser) }
}

interface Plan { chosen: readonly Fault[]; dice: Dice; end: number }

/** One fault after another, until time is over or the call does not come back. */
async function suffer(couple: Couple, both: readonly [Soaked, Soaked], memory: Memory, { chosen, dice, end }: Plan): Promise<Befallen[]> {
  const befallen: Befallen[] = []
  const start = Date.now()
  while (Date.now() < end && befallen.at(-1)?.took !== null) {
    const fault = dice.pick(chosen)
    const [of, other] = dice.roll(2) === 0 || fault.onlyFirst ? both : [both[1], both[0]]
    const [length, rest] = [duration(dice, 1, 15), duration(dice, 2, 5)]
    const one = await befall(couple, fault, { of, other, length, dice })
    befallen.push({ ...one, at: one.at - start })
    console.error(JSON.stringify(befallen.at(-1)))
    await memory.sample()
    await sleep(rest)
  }
  return befallen
}

interface Blow { of: Soaked; other: Soaked; length: number; dice: Dice }

async function befall(couple: Couple, { name, isInstant = false, begin }: Fault, { of, other, length, dice }: Blow): Promise<Befallen> {
  const at = Date.now()
  const undo = await begin(of, other, dice)
  if (!isInstant) await sleep(length)
  undo()
  const since = isInstant ? at : Date.now()
  const flows = await couple.flows({ since, stops: isInstant, patience })
  const readings = await couple.read()
  const seen = flows === null ? JSON.stringify(await Promise.all(couple.both.map((person) => person.states()))) : ''
  return { name, on: of.name, at, lasted: since - at, took: flows === null ? null : flows - since, silence: readings ? longestSilence(readings, at) : Infinity, seen }
}

async function conclude(town: Town, both: readonly [Soaked, Soaked], memory: Memory, befallen: Befallen[], url: string): Promise<Findings> {
  await sleep(settling)
  const [anns, bens] = [await both[0].person.tab.run(readLedger, undefined), await both[1].person.tab.run(readLedger, undefined)]
  return {
    befallen,
    gauges: memory.gauges,
    accounts: { 'ann → ben': audit(anns, bens), 'ben → ann': audit(bens, anns) },
    seats: [anns, bens].map((lives) => [...new Set(lives.flat().flatMap((entry) => (entry.is === 'joined' ? [entry.seat] : [])))]),
    entered: town.product.log.filter((line) => line.includes('"msg":"visitor.entered"')).length,
    third: await knock(both[0], url),
    complaints: both.flatMap(({ name, person }) => person.tab.complaints.filter((text) => !isOfTheLine(text)).map((text) => `${name}: ${text}`)),
  }
}

/** What a browser writes to its console when a line breaks. */
const isOfTheLine = (complaint: string): boolean => /WebSocket/.test(complaint)

/** A third one wants to come in: what their page says then. */
async function knock({ person: { tab } }: Soaked, url: string): Promise<string> {
  const context = await (tab.page as Page).context().browser()!.newContext()
  try {
    const page = await context.newPage()
    await page.goto(url)
    await page.getByRole('button', { name: 'Join', exact: true }).click()
    await page.locator('main[data-visit=outside]').waitFor({ state: 'attached', timeout: 15_000 })
    return await page.locator('main').innerText()
  } catch (error) {
    return String((error as Error).message).split('\n')[0]!
  } finally {
    await context.close()
  }
}
