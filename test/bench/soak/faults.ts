import { setTimeout as sleep } from 'node:timers/promises'
import type { BrowserProcess } from '../../browser/process.ts'
import type { Dice } from '../fuzz/dice.ts'
import type { Person } from '../lab/person.ts'
import type { Undo } from '../lab/way.ts'

/** Somebody in the soak, and the browser that they alone have. */
export interface Soaked { name: string; person: Person; process: BrowserProcess }

export interface Fault {
  name: string
  /** It is over as soon as it is done, and media certainly stops at it. */
  isInstant?: boolean
  /** Only the first: whose heap is to be watched for long keeps the page. */
  onlyFirst?: boolean
  /** Begins it; what is returned ends it. */
  begin(of: Soaked, other: Soaked, dice: Dice): Undo | Promise<Undo>
}

const nothing = (): void => undefined

/** Milliseconds from `least` to `most` seconds. */
export const duration = (dice: Dice, least: number, most: number): number => 1_000 * least + dice.roll(1_000 * (most - least) + 1)

export const faults: Fault[] = [
  { name: 'line cut', begin: ({ person }) => person.household.cutLine() },
  { name: 'line frozen', begin: ({ person }) => person.household.freezeLine() },
  { name: 'line abandoned', begin: ({ person }) => person.household.abandonLine() },
  { name: 'radio silent', begin: ({ person: { household: { way: { radio } } } }) => (radio.cut(), () => radio.mend()) },
  { name: 'radio silent one way', begin: ({ person: { household: { way: { radio } } } }, _, dice) => (radio.cut(dice.pick(['up', 'down'] as const)), () => radio.mend()) },
  { name: 'loss', begin: ({ person }, _, dice) => weather(person, { loss: 5 + dice.roll(26) }) },
  { name: 'delay', begin: ({ person }, _, dice) => weather(person, { delay: 50 + dice.roll(351) }) },
  { name: 'UDP taken away', begin: ({ person }) => person.household.way.blockUdp() },
  { name: 'browser stopped', begin: ({ process }) => (process.stop(), () => process.continue()) },
  { name: 'another network', isInstant: true, begin: ({ person }) => (person.household.move(), nothing) },
  { name: 'page loaded anew', isInstant: true, onlyFirst: true, begin: async ({ person }) => (await person.reload(), nothing) },
  { name: 'both switch everything', begin: (of, other, dice) => switching([of, other], dice) },
]

function weather({ household: { way: { radio } } }: Person, bad: { loss: number } | { delay: number }): Undo {
  radio.set(bad)
  return () => radio.set({ loss: 0, delay: 0 })
}

const switches = [['Mute', 'Unmute'], ['Camera off', 'Camera on'], ['Share screen', 'Stop sharing']] as const
const presses = 6

/** Both at the same time, each in an order of their own; at the end everything is as it was. */
async function switching(both: readonly Soaked[], dice: Dice): Promise<Undo> {
  const plans = both.map(({ person }) => ({ person, steps: Array.from({ length: presses }, () => ({ which: dice.roll(switches.length), wait: 100 + dice.roll(900) })) }))
  await Promise.all(plans.map(async ({ person, steps }) => {
    const isOn = switches.map(() => false)
    const toggle = async (which: number): Promise<void> => {
      await person.tab.press(switches[which]![isOn[which] ? 1 : 0])
      isOn[which] = !isOn[which]
    }
    for (const { which, wait } of steps) {
      await toggle(which)
      await sleep(wait)
    }
    for (const [which, on] of isOn.entries()) if (on) await toggle(which)
  }))
  return nothing
}
