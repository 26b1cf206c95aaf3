import type { Browser as Chromium } from 'playwright-core'
import type { Browser as Puppet } from 'puppeteer-core'
import type { BrowserPlace } from './browserPlace.ts'
import { BrowserProcess } from './browserProcess.ts'
import { type ChromiumOptions, type ChromiumTab, openChromiumTab, startChromium } from './chromium.ts'
import { startFirefox } from './firefox.ts'
import { openPuppeteerTab, type PuppeteerTab, type PuppeteerTabOptions } from './puppeteerTab.ts'
import { startTabbedChromium } from './tabbedChromium.ts'

/**
 * Opens tabs, and starts the browsers that they need. Tabs with equal browser options share a process. Each tab has
 * storage of its own.
 */
export class BrowserPool {
  readonly #place: BrowserPlace
  /** Shared browsers, by kind and options. */
  readonly #shared = new Map<string, Promise<Chromium | Puppet>>()
  readonly #isolated: ChromiumTab[] = []

  /** @param place of each browser, unless a tab names another */
  constructor(place: BrowserPlace = {}) {
    this.#place = place
  }

  /** Opens a tab in Chromium. */
  async openChromium({
    context,
    script,
    devices = 'both',
    ...options
  }: ChromiumOptions & BrowserPlace = {}): Promise<ChromiumTab> {
    const browser = await this.#share('chromium', startChromium, { ...options, devices })
    return openChromiumTab(browser, { context, script })
  }

  /** Opens a tab in a Chromium of its own, which a test may suspend or kill. Closing the tab closes that browser. */
  async openIsolatedChromium({ context, script, ...options }: ChromiumOptions & BrowserPlace = {}): Promise<{
    tab: ChromiumTab
    process: BrowserProcess
  }> {
    const browser = await startChromium({ ...this.#place, ...options })
    const process = await BrowserProcess.forBrowser(browser)
    const close = async (): Promise<void> => {
      // A suspended browser does not answer.
      process.resume()
      await browser.close()
    }
    const tab = { ...(await openChromiumTab(browser, { context, script })), close }
    this.#isolated.push(tab)
    return { tab, process }
  }

  /** Opens a tab in a Chromium in which another tab can hide it (`coverTab`). */
  async openHideableTab({ script, ...options }: PuppeteerTabOptions & BrowserPlace = {}): Promise<PuppeteerTab> {
    return openPuppeteerTab(await this.#share('tabbed', startTabbedChromium, options), { script })
  }

  /** Opens a tab in Firefox. */
  async openFirefox({ camera, script, ...options }: PuppeteerTabOptions & BrowserPlace = {}): Promise<PuppeteerTab> {
    return openPuppeteerTab(await this.#share('firefox', startFirefox, options), { camera, script })
  }

  /** Closes all browsers. */
  async close(): Promise<void> {
    await Promise.all(this.#isolated.map((tab) => tab.close()))
    await Promise.all([...this.#shared.values()].map(async (browser) => (await browser).close()))
  }

  #share<B extends Chromium | Puppet, O extends BrowserPlace>(
    kind: string,
    start: (options: O & BrowserPlace) => Promise<B>,
    options: O,
  ): Promise<B> {
    const key = JSON.stringify([kind, { ...options, host: options.host?.name }])
    const browser = this.#shared.get(key) ?? start({ ...this.#place, ...options })
    this.#shared.set(key, browser)
    return browser as Promise<B>
  }
}
