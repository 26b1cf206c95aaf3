import { randomInt } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Benchmark, BenchOptions, BenchReport } from '../harness/benchmark.ts'
import { SeededRandom } from '../harness/seededRandom.ts'
import { UserPair } from '../lab/userPair.ts'
import { longestSilenceMs } from '../lab/mediaFlow.ts'
import { BenchLab } from '../lab/benchLab.ts'
import { audit } from './audit.ts'
import { randomDurationMs, type Fault, faults, type SoakUser } from './faults.ts'
import { ledgerScript, markLedger, readLedger } from './ledger.ts'
import { MemoryGauges } from './memoryGauges.ts'
import { type FaultResult, findFailures, type Findings, createTables } from './report.ts'

const defaultMinutes = 20
/** The product ends a call after 90 s without media, so a later recovery is impossible. */
const recoveryTimeoutMs = 100_000
/** Time for the last messages to arrive. */
const settleMs = 3_000

/** A call under random faults. */
export const soak: Benchmark = {
  summary: 'a call of 20 minutes (--minutes N) under random faults (--seed N): media, memory, messages, seats',
  limitMinutes: 75,
  async run(
    scope,
    { minutes = defaultMinutes, seed = randomInt(1, 2 ** 31), only = '' }: BenchOptions,
  ): Promise<BenchReport> {
    console.log(`--seed ${seed} repeats this run`)
    const lab = await BenchLab.open(scope)
    const both = [await openUser(lab, 'ann'), await openUser(lab, 'ben')] as const
    const pair = new UserPair(both[0].user, both[1].user)
    const room = lab.newRoom()
    await pair.startCall(room)
    await sleep(settleMs)
    for (const { user } of both) await user.tab.run(markLedger, undefined)
    const memory = await MemoryGauges.open(both)
    const chosen = faults.filter(({ name }) => name.includes(only))
    const faultResults = await runFaults(pair, both, memory, {
      chosen,
      random: new SeededRandom(seed),
      end: Date.now() + minutes * 60_000,
    })
    const findings = await collectFindings(lab, both, memory, faultResults, room)
    return { tables: createTables(findings), data: { seed, minutes, ...findings }, failures: findFailures(findings) }
  },
}

async function openUser(lab: BenchLab, name: string): Promise<SoakUser> {
  const { user, process } = await lab.openIsolatedChromium(await lab.addHost(name))
  await user.tab.page.addInitScript({ content: ledgerScript })
  return { name, user, process }
}

interface Plan {
  chosen: readonly Fault[]
  random: SeededRandom
  end: number
}

/** Runs one fault after another until the time is over or a call does not recover. */
async function runFaults(
  pair: UserPair,
  both: readonly [SoakUser, SoakUser],
  memory: MemoryGauges,
  { chosen, random, end }: Plan,
): Promise<FaultResult[]> {
  const faultResults: FaultResult[] = []
  const start = Date.now()
  while (Date.now() < end && faultResults.at(-1)?.recoveryMs !== null) {
    const fault = random.pick(chosen)
    const [of, other] = random.integerBelow(2) === 0 || fault.onlyFirst ? both : [both[1], both[0]]
    const [length, rest] = [randomDurationMs(random, 1, 15), randomDurationMs(random, 2, 5)]
    const one = await runFault(pair, fault, { of, other, length, random })
    faultResults.push({ ...one, startMs: one.startMs - start })
    console.error(JSON.stringify(faultResults.at(-1)))
    await memory.sample()
    await sleep(rest)
  }
  return faultResults
}

interface FaultInput {
  of: SoakUser
  other: SoakUser
  length: number
  random: SeededRandom
}

async function runFault(
  pair: UserPair,
  { name, isInstant = false, begin }: Fault,
  { of, other, length, random }: FaultInput,
): Promise<FaultResult> {
  const at = Date.now()
  const undo = await begin(of, other, random)
  if (!isInstant) await sleep(length)
  undo()
  const since = isInstant ? at : Date.now()
  const flows = await pair.waitForMedia({ since, stops: isInstant, timeoutMs: recoveryTimeoutMs })
  const readings = await pair.readMeters()
  const seen = flows === null ? JSON.stringify(await Promise.all(pair.both.map((user) => user.readStates()))) : ''
  return {
    name,
    user: of.name,
    startMs: at,
    durationMs: since - at,
    recoveryMs: flows === null ? null : flows - since,
    silenceMs: readings ? longestSilenceMs(readings, at) : Infinity,
    statesSeen: seen,
  }
}

async function collectFindings(
  lab: BenchLab,
  both: readonly [SoakUser, SoakUser],
  memory: MemoryGauges,
  faultResults: FaultResult[],
  room: string,
): Promise<Findings> {
  await sleep(settleMs)
  const [anns, bens] = [
    await both[0].user.tab.run(readLedger, undefined),
    await both[1].user.tab.run(readLedger, undefined),
  ]
  return {
    faultResults,
    gauges: memory.gauges,
    audits: { 'ann → ben': audit(anns, bens), 'ben → ann': audit(bens, anns) },
    seats: [anns, bens].map((pageLogs) => [
      ...new Set(pageLogs.flat().flatMap((entry) => (entry.is === 'joined' ? [entry.seat] : []))),
    ]),
    joinedCount: lab.product.output().split('"msg":"visitor.joined"').length - 1,
    thirdUserText: await joinAsThirdUser(both[0], room),
    consoleErrors: both.flatMap(({ name, user }) =>
      user.tab.consoleErrors.filter((text) => !isSignalingLossError(text)).map((text) => `${name}: ${text}`),
    ),
  }
}

/** True for the console error of a broken signaling connection. */
const isSignalingLossError = (complaint: string): boolean => /WebSocket/.test(complaint)

/** Joins as a third visitor. Returns the text of the page. */
async function joinAsThirdUser({ user: { tab, origin } }: SoakUser, room: string): Promise<string> {
  const context = await tab.page.context().browser()!.newContext()
  try {
    const page = await context.newPage()
    await page.goto(`${origin}/r/${room}`)
    await page.getByRole('button', { name: 'Join', exact: true }).click()
    await page.locator('main[data-membership=left]').waitFor({ state: 'attached', timeout: 15_000 })
    return await page.locator('main').innerText()
  } catch (error) {
    return String((error as Error).message).split('\n')[0]!
  } finally {
    await context.close()
  }
}
