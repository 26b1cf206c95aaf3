import type { Page as PuppetPage } from 'puppeteer-core'
import type { Page } from 'playwright-core'
import { candidatePair, type Pair, reads, type States } from '../../browser/look.ts'
import type { Tab } from '../../browser/tab.ts'
import type { Household } from './household.ts'
import { type Reading, readMeter } from './meter.ts'

/** Whatever drives the page. */
export type AnyTab = Tab & { page: Page | PuppetPage }

/** Somebody in a household, with a page of the product. */
export class Person {
  readonly tab: AnyTab
  readonly household: Household

  constructor(tab: AnyTab, household: Household) {
    this.tab = tab
    this.household = household
  }

  async join(url: string): Promise<void> {
    await this.tab.open(url)
    await this.becomes({ visit: 'lobby' })
    await this.tab.press('Join')
  }

  async becomes(wanted: Partial<States>, patience = 30_000): Promise<void> {
    const states = await this.tab.run(reads, { wanted, patience })
    const isOther = Object.entries(wanted).some(([name, value]) => states[name as keyof States] !== value)
    if (isOther) throw new Error(`${JSON.stringify(wanted)} was awaited, and after ${patience} ms it is ${JSON.stringify(states)}`)
  }

  /** Waits until these words are to be seen. */
  async reads(words: string, patience = 30_000): Promise<void> {
    const isThere = await this.tab.run(async ({ words, patience }) => {
      const end = performance.now() + patience
      while (!document.body.innerText.includes(words) && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, 20))
      return document.body.innerText.includes(words)
    }, { words, patience })
    if (!isThere) throw new Error(`“${words}” was awaited, and after ${patience} ms it is not to be seen`)
  }

  states(): Promise<States> {
    return this.tab.run(reads, { wanted: {}, patience: 0 })
  }

  /** Null: the page is being loaded. */
  async read(): Promise<Reading | null> {
    return this.tab.run(readMeter, undefined).catch(() => null)
  }

  pair(): Promise<Pair | null> {
    return this.tab.run(candidatePair, null)
  }

  /** As the key F5 does. Returns when. */
  reload(): Promise<number> {
    return this.tab.run(() => {
      setTimeout(() => location.reload())
      return Date.now()
    }, undefined)
  }
}
