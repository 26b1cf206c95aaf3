import type { Page as PuppetPage } from 'puppeteer-core'
import type { Page } from 'playwright-core'
import { BrowserUser } from '../../browser/browserUser.ts'
import type { Tab } from '../../browser/tab.ts'
import type { MultihomedHost } from './multihomedHost.ts'
import { type MeterReading, readMeter } from './mediaMeter.ts'

/** A tab of Chromium or Firefox. */
export type AnyTab = Tab & { page: Page | PuppetPage }

/** A user on a multihomed host, whose page has the media meter. */
export class BenchUser<T extends AnyTab = AnyTab> extends BrowserUser<T> {
  readonly host: MultihomedHost

  constructor(tab: T, origin: string, host: MultihomedHost) {
    super(tab, origin)
    this.host = host
  }

  /** Reads the media meter. Null while the page loads. */
  async readMeter(): Promise<MeterReading | null> {
    return this.tab.run(readMeter, undefined).catch(() => null)
  }

  /** Reloads the page like F5. Returns the time of the reload. */
  reload(): Promise<number> {
    return this.tab.run(() => {
      setTimeout(() => location.reload())
      return Date.now()
    }, undefined)
  }
}
