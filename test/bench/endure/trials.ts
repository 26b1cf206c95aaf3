import { setTimeout as sleep } from 'node:timers/promises'
import { BrowserProcess } from '../../browser/process.ts'
import { cover } from '../../faults/tabs.ts'
import { Couple } from '../lab/couple.ts'
import { longestSilence } from '../lab/flow.ts'
import type { Person } from '../lab/person.ts'
import { openChromium, type Town } from '../lab/town.ts'

/** What came of a trial; milliseconds. */
export interface Outcome {
  /** From its end to what is to follow. */
  took: number
  /** The longest time, while it lasted, in which no sound or no pictures arrived. Null: none could. */
  silence: number | null
}

export interface Trial {
  name: string
  minutes: number
  /** What is to follow, and within which time. */
  follows: string
  limit: number
  /** Throws an Error where it does not follow at all. */
  run(town: Town, milliseconds: number): Promise<Outcome>
}

/** Media that pauses for longer does not go on. */
export const longestPause = 1_000
const patience = 30_000

export const trials: Trial[] = [
  { name: 'a computer asleep', minutes: 20, follows: 'media again', limit: 5_000, run: asleep },
  { name: 'a tab hidden', minutes: 10, follows: 'seen again', limit: 1_000, run: hidden },
  { name: 'no server for both', minutes: 5, follows: 'mute and hang-up arrive', limit: 5_000, run: unserved },
]

async function asleep(town: Town, milliseconds: number): Promise<Outcome> {
  const household = await town.build('sleeper')
  const browser = await town.startChromium(household, 'small')
  const couple = await meet(town, await openChromium(browser, household), await settle(town, 'waiter'))
  const process = await BrowserProcess.of(browser)
  process.stop()
  await sleep(milliseconds).finally(() => process.continue())
  return { took: await flowsAgain(couple, Date.now()), silence: null }
}

async function hidden(town: Town, milliseconds: number): Promise<Outcome> {
  const household = await town.build('hider')
  const { person, tab } = await town.openTabbed(household)
  const couple = await meet(town, person, await settle(town, 'watcher'))
  const uncover = await cover(tab)
  if (await tab.run(() => document.visibilityState, undefined) !== 'hidden') throw new Error('the tab can be seen')
  // A hidden page looks at its own media too rarely to tell.
  const silence = await silenceOf([couple.both[1]], milliseconds)
  const since = Date.now()
  await uncover()
  return { took: await flowsAgain(couple, since), silence }
}

async function unserved(town: Town, milliseconds: number): Promise<Outcome> {
  const { both } = await meet(town, await settle(town, 'one'), await settle(town, 'other'))
  const undos = both.map(({ household }) => household.cutLine())
  const silence = await silenceOf(both, milliseconds)
  const since = Date.now()
  await both[0].tab.press('Mute')
  await both[1].reads('Their microphone is off')
  await both[0].tab.press('Hang up')
  await both[1].becomes({ call: 'hangup' })
  const took = Date.now() - since
  for (const undo of undos) undo()
  return { took, silence }
}

async function settle(town: Town, name: string): Promise<Person> {
  const household = await town.build(name)
  return openChromium(await town.startChromium(household, 'small'), household)
}

async function meet(town: Town, one: Person, other: Person): Promise<Couple> {
  const couple = new Couple(one, other)
  await couple.meet(town.newRoom())
  return couple
}

async function flowsAgain(couple: Couple, since: number): Promise<number> {
  const flows = await couple.flows({ since, stops: false, patience })
  if (flows === null) throw new Error(`no media any more: ${JSON.stringify(await Promise.all(couple.both.map((person) => person.states())))}`)
  return flows - since
}

/** The longest in this time, in which the call goes on. */
async function silenceOf(persons: readonly Person[], milliseconds: number): Promise<number> {
  const since = Date.now()
  await sleep(milliseconds)
  const readings = await Promise.all(persons.map((person) => person.read()))
  for (const person of persons) await person.becomes({ visit: 'inside', call: 'connected' }, 0)
  return longestSilence(readings.filter((reading) => reading !== null), since)
}
