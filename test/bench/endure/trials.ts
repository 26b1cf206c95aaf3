import { setTimeout as sleep } from 'node:timers/promises'
import { coverTab } from '../../browser/tabbedChromium.ts'
import { UserPair } from '../lab/userPair.ts'
import { longestSilenceMs } from '../lab/mediaFlow.ts'
import type { BenchUser } from '../lab/benchUser.ts'
import type { BenchLab } from '../lab/benchLab.ts'

/** The result of a trial. */
export interface Outcome {
  /** Time from the end of the fault to the recovery. */
  recoveryMs: number
  /** The longest gap in audio or video during the fault. Null if no media could flow. */
  silenceMs: number | null
}

/** A long fault and its expected recovery. */
export interface Trial {
  name: string
  minutes: number
  /** The expected recovery, for the report. */
  expectation: string
  limitMs: number
  /** Runs the trial. @throws without any recovery */
  run(lab: BenchLab, durationMs: number): Promise<Outcome>
}

/** A longer gap counts as a media failure. */
export const maxSilenceMs = 1_000
const mediaTimeoutMs = 30_000

/** The trials of the benchmark. `--only` filters by name. */
export const trials: Trial[] = [
  { name: 'suspended computer', minutes: 20, expectation: 'media flows again', limitMs: 5_000, run: runSuspended },
  { name: 'hidden tab', minutes: 10, expectation: 'video is visible', limitMs: 1_000, run: runHidden },
  {
    name: 'no server for both users',
    minutes: 5,
    expectation: 'mute and hang-up arrive',
    limitMs: 5_000,
    run: runWithoutServer,
  },
]

async function runSuspended(lab: BenchLab, durationMs: number): Promise<Outcome> {
  const { user, process } = await lab.openIsolatedChromium(await lab.addHost('sleeper'), 'small')
  const pair = await startCall(lab, user, await openUser(lab, 'waiter'))
  process.suspend()
  await sleep(durationMs).finally(() => process.resume())
  return { recoveryMs: await measureRecoveryMs(pair, Date.now()), silenceMs: null }
}

async function runHidden(lab: BenchLab, durationMs: number): Promise<Outcome> {
  const user = await lab.openHideableTab(await lab.addHost('hider'))
  const pair = await startCall(lab, user, await openUser(lab, 'watcher'))
  const uncover = await coverTab(user.tab)
  if ((await user.tab.run(() => document.visibilityState, undefined)) !== 'hidden')
    throw new Error('the tab is visible')
  // Timers of a hidden page are throttled too much for a measurement, so the peer measures.
  const silenceMs = await measureSilenceMs([pair.both[1]], durationMs)
  const since = Date.now()
  await uncover()
  return { recoveryMs: await measureRecoveryMs(pair, since), silenceMs }
}

async function runWithoutServer(lab: BenchLab, durationMs: number): Promise<Outcome> {
  const { both } = await startCall(lab, await openUser(lab, 'one'), await openUser(lab, 'other'))
  const undos = both.map(({ host }) => host.cutSignaling())
  const silenceMs = await measureSilenceMs(both, durationMs)
  const since = Date.now()
  await both[0].tab.press('Mute')
  await both[1].waitForText('Their microphone is off')
  await both[0].tab.press('Hang up')
  await both[1].waitForStates({ call: 'hangup' })
  const recoveryMs = Date.now() - since
  for (const undo of undos) undo()
  return { recoveryMs, silenceMs }
}

async function openUser(lab: BenchLab, name: string): Promise<BenchUser> {
  return lab.openChromium(await lab.addHost(name), 'small')
}

async function startCall(lab: BenchLab, one: BenchUser, other: BenchUser): Promise<UserPair> {
  const pair = new UserPair(one, other)
  await pair.startCall(lab.newRoom())
  return pair
}

async function measureRecoveryMs(pair: UserPair, since: number): Promise<number> {
  const flows = await pair.waitForMedia({ since, stops: false, timeoutMs: mediaTimeoutMs })
  if (flows === null)
    throw new Error(
      `no media after the fault: ${JSON.stringify(await Promise.all(pair.both.map((user) => user.readStates())))}`,
    )
  return flows - since
}

/** The longest gap in `durationMs`. Throws if the call does not stay connected. */
async function measureSilenceMs(users: readonly BenchUser[], durationMs: number): Promise<number> {
  const since = Date.now()
  await sleep(durationMs)
  const readings = await Promise.all(users.map((user) => user.readMeter()))
  for (const user of users) await user.waitForStates({ membership: 'joined', call: 'connected' }, 0)
  return longestSilenceMs(
    readings.filter((reading) => reading !== null),
    since,
  )
}
