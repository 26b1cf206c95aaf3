import { setTimeout as sleep } from 'node:timers/promises'
import type { BrowserProcess } from '../../browser/browserProcess.ts'
import type { ChromiumTab } from '../../browser/chromium.ts'
import type { SeededRandom } from '../harness/seededRandom.ts'
import type { LinkConditions } from '../../nat/emulatedLink.ts'
import type { BenchUser } from '../lab/benchUser.ts'
import type { Undo } from '../lab/uplink.ts'

/** A user of the soak with their own browser process. */
export interface SoakUser {
  name: string
  user: BenchUser<ChromiumTab>
  process: BrowserProcess
}

/** A random fault of the soak. */
export interface Fault {
  name: string
  /** True if the fault has no duration and certainly stops media. */
  isInstant?: boolean
  /** Applies to the first user only. The second user keeps its page, so that its heap shows leaks. */
  onlyFirst?: boolean
  /** Starts the fault. Returns the function that ends it. */
  begin(of: SoakUser, other: SoakUser, random: SeededRandom): Undo | Promise<Undo>
}

const noUndo = (): void => undefined

/** A random duration in ms, from `least` to `most` seconds. */
export const randomDurationMs = (random: SeededRandom, least: number, most: number): number =>
  1_000 * least + random.integerBelow(1_000 * (most - least) + 1)

/** All faults. `--only` filters by name. */
export const faults: Fault[] = [
  { name: 'signaling cut', begin: ({ user }) => user.host.cutSignaling() },
  { name: 'signaling frozen', begin: ({ user }) => user.host.freezeSignaling() },
  { name: 'open signaling frozen', begin: ({ user }) => user.host.freezeOpenSignaling() },
  {
    name: 'link cut',
    begin: ({
      user: {
        host: {
          activeUplink: { link },
        },
      },
    }) => (link.cut(), () => link.restore()),
  },
  {
    name: 'link cut one way',
    begin: (
      {
        user: {
          host: {
            activeUplink: { link },
          },
        },
      },
      _,
      random,
    ) => (link.cut(random.pick(['up', 'down'] as const)), () => link.restore()),
  },
  { name: 'loss', begin: ({ user }, _, random) => setConditions(user, { lossPercent: 5 + random.integerBelow(26) }) },
  { name: 'delay', begin: ({ user }, _, random) => setConditions(user, { delayMs: 50 + random.integerBelow(351) }) },
  { name: 'UDP blocked', begin: ({ user }) => user.host.activeUplink.blockUdp() },
  { name: 'browser suspended', begin: ({ process }) => (process.suspend(), () => process.resume()) },
  { name: 'network changed', isInstant: true, begin: ({ user }) => (user.host.switchUplink(), noUndo) },
  { name: 'page reloaded', isInstant: true, onlyFirst: true, begin: async ({ user }) => (await user.reload(), noUndo) },
  { name: 'both toggle devices', begin: (of, other, random) => toggleDevices([of, other], random) },
]

function setConditions(
  {
    host: {
      activeUplink: { link },
    },
  }: BenchUser,
  bad: Partial<LinkConditions>,
): Undo {
  link.setConditions(bad)
  return () => link.setConditions({ lossPercent: 0, delayMs: 0 })
}

const toggles = [
  ['Mute', 'Unmute'],
  ['Camera off', 'Camera on'],
  ['Share screen', 'Stop sharing'],
] as const
const pressCount = 6

/** Both users toggle devices at the same time, in random orders, and restore them at the end. */
async function toggleDevices(both: readonly SoakUser[], random: SeededRandom): Promise<Undo> {
  const plans = both.map(({ user }) => ({
    user,
    steps: Array.from({ length: pressCount }, () => ({
      which: random.integerBelow(toggles.length),
      wait: 100 + random.integerBelow(900),
    })),
  }))
  await Promise.all(
    plans.map(async ({ user, steps }) => {
      const isOn = toggles.map(() => false)
      const toggle = async (which: number): Promise<void> => {
        await user.tab.press(toggles[which]![isOn[which] ? 1 : 0])
        isOn[which] = !isOn[which]
      }
      for (const { which, wait } of steps) {
        await toggle(which)
        await sleep(wait)
      }
      for (const [which, on] of isOn.entries()) if (on) await toggle(which)
    }),
  )
  return noUndo
}
