import { afterAll, afterEach, beforeAll, expect, type TestContext } from 'vitest'
import type { Browser as Chromium } from 'playwright-core'
import type { Browser as Firefox } from 'puppeteer-core'
import { type Authority, makeAuthority } from './authority.ts'
import { type ChromiumOptions, type ChromiumTab, openChromiumTab, startChromium } from './chromium.ts'
import { startFirefox } from './firefox.ts'
import { Guest } from './guest.ts'
import { ownAddress } from './own.ts'
import { hasFailed, Party } from './party.ts'
import { BrowserProcess } from './process.ts'
import { type Product, startProduct } from './product.ts'
import { openPuppetTab } from './puppet.ts'
import type { Tab } from './tab.ts'

/** By https. Firefox asks no `turns:` server by an address (in its log: TLS requires FQDN). */
const name = 'duet.test'
const trusting = (authority: Authority) => ({ env: { HOME: authority.chromiumHome() }, testAt: ownAddress })

/** The product and the browsers of one file of tests. Each test brings its guests, who leave when it ends unless it keeps them. */
export class House {
  product!: Product
  /** Where pages come by https: how a server is told of the certificate for `duet.test`. */
  certificate: Record<string, string> = {}
  #authority: Authority | null = null
  readonly #chromiums = new Map<string, Promise<Chromium>>()
  #firefox: Promise<Firefox> | null = null
  readonly #party = new Party<Guest>()
  #owned: { guest: Guest; browser: Chromium; process: BrowserProcess }[] = []
  #rooms = 0

  constructor(env: Record<string, string> = {}, { https = false, args = [] as readonly string[] } = {}) {
    beforeAll(async () => { this.product = https ? await startProduct({ ...env, ...this.#certify() }, name) : await startProduct(env, 'localhost', [], args) })
    afterEach((context) => this.#seeOff(context))
    afterAll(() => this.#close())
  }

  /** A name that no other test uses. */
  newRoom(): string {
    return `room-${++this.#rooms}`
  }

  async chromium(options: ChromiumOptions = {}): Promise<Guest<ChromiumTab>> {
    const { devices = 'both' } = options
    const browser = this.#chromiums.get(devices) ?? startChromium(devices, this.#authority ? trusting(this.#authority) : {})
    this.#chromiums.set(devices, browser)
    return this.#welcome(await openChromiumTab(await browser, options))
  }

  /** One whose browser is nobody else's, and may stand still. */
  async owner(options: ChromiumOptions = {}): Promise<{ guest: Guest<ChromiumTab>; process: BrowserProcess }> {
    const browser = await startChromium('both', this.#authority ? trusting(this.#authority) : {})
    const process = await BrowserProcess.of(browser)
    const guest = this.#welcome(await openChromiumTab(browser, options))
    this.#owned.push({ guest, browser, process })
    return { guest, process }
  }

  /** These stay for the tests that follow: see `shared`. */
  keep(...guests: Guest[]): void {
    this.#party.keep(...guests)
  }

  async firefox(): Promise<Guest> {
    this.#firefox ??= startFirefox(this.#authority ? { profile: this.#authority.firefoxProfile(), testAt: ownAddress } : {})
    return this.#welcome(await openPuppetTab(await this.#firefox))
  }

  #certify(): Record<string, string> {
    this.#authority = makeAuthority()
    const { cert, key } = this.#authority.issue(name)
    return (this.certificate = { DUET_TLS_CERT: cert, DUET_TLS_KEY: key })
  }

  #welcome<T extends Tab>(tab: T): Guest<T> {
    return this.#party.welcome(new Guest(tab, this.product.url))
  }

  /** No page complained, and none asked anybody but its own server. */
  async #seeOff(context?: TestContext): Promise<void> {
    const { leaving, complaints } = this.#party.end(context)
    if (context && hasFailed(context)) console.log([...this.product.log.slice(-40), ...complaints].join('\n'))
    const owned = this.#owned.filter(({ guest }) => leaving.includes(guest))
    this.#owned = this.#owned.filter(({ guest }) => !leaving.includes(guest))
    for (const { process } of owned) process.continue()
    const killed = owned.filter(({ process }) => process.isKilled).map(({ guest }): Guest => guest)
    await Promise.all(leaving.filter((guest) => !killed.includes(guest)).map(({ tab }) => tab.close()))
    await Promise.all(owned.map(({ browser }) => browser.close()))
    expect(complaints).toEqual([])
    const elsewhere = leaving.flatMap(({ tab }) => tab.requests).filter((url) => !url.startsWith(this.product.url) && !url.startsWith(this.product.adminUrl) && !/^(data|blob|about):/.test(url))
    expect(elsewhere).toEqual([])
  }

  async #close(): Promise<void> {
    await this.#seeOff()
    const browsers = [...this.#chromiums.values(), ...(this.#firefox ? [this.#firefox] : [])]
    await Promise.all(browsers.map(async (browser) => (await browser).close()))
    await this.product.stop()
    this.#authority?.close()
  }
}
