import type { Page as PuppetPage } from 'puppeteer-core'
import type { Page } from 'playwright-core'
import { readCandidatePair, type CandidatePairInfo, waitForStates, type PageStates } from '../../browser/pageScripts.ts'
import type { Tab } from '../../browser/tab.ts'
import type { MultihomedHost } from './multihomedHost.ts'
import { type MeterReading, readMeter } from './mediaMeter.ts'

/** Whatever drives the page. */
export type AnyTab = Tab & { page: Page | PuppetPage }

/** A user on a multihomed host, with one page of the product. */
export class BenchUser {
  readonly tab: AnyTab
  readonly host: MultihomedHost

  constructor(tab: AnyTab, host: MultihomedHost) {
    this.tab = tab
    this.host = host
  }

  async join(url: string): Promise<void> {
    await this.tab.open(url)
    await this.waitForStates({ membership: 'lobby' })
    await this.tab.press('Join')
  }

  async waitForStates(wanted: Partial<PageStates>, timeoutMs = 30_000): Promise<void> {
    const states = await this.tab.run(waitForStates, { wanted, timeoutMs })
    const isOther = Object.entries(wanted).some(([name, value]) => states[name as keyof PageStates] !== value)
    if (isOther)
      throw new Error(
        `${JSON.stringify(wanted)} was awaited, and after ${timeoutMs} ms it is ${JSON.stringify(states)}`,
      )
  }

  /** Waits until these words are to be seen. */
  async waitForText(words: string, timeoutMs = 30_000): Promise<void> {
    const isThere = await this.tab.run(
      async ({ words, timeoutMs }) => {
        const end = performance.now() + timeoutMs
        while (!document.body.innerText.includes(words) && performance.now() < end)
          await new Promise((resolve) => setTimeout(resolve, 20))
        return document.body.innerText.includes(words)
      },
      { words, timeoutMs },
    )
    if (!isThere) throw new Error(`“${words}” was awaited, and after ${timeoutMs} ms it is not to be seen`)
  }

  readStates(): Promise<PageStates> {
    return this.tab.run(waitForStates, { wanted: {}, timeoutMs: 0 })
  }

  /** Null: the page is being loaded. */
  async readMeter(): Promise<MeterReading | null> {
    return this.tab.run(readMeter, undefined).catch(() => null)
  }

  readCandidatePair(): Promise<CandidatePairInfo | null> {
    return this.tab.run(readCandidatePair, null)
  }

  /** As the key F5 does. Returns when. */
  reload(): Promise<number> {
    return this.tab.run(() => {
      setTimeout(() => location.reload())
      return Date.now()
    }, undefined)
  }
}
