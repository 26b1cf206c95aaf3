import { afterAll, afterEach, beforeAll, expect, type TestContext } from 'vitest'
import type { Browser as Chromium } from 'playwright-core'
import type { Browser as Firefox } from 'puppeteer-core'
import { type CertificateAuthority, createCertificateAuthority } from './certificateAuthority.ts'
import { type ChromiumOptions, type ChromiumTab, openChromiumTab, startChromium } from './chromium.ts'
import { startFirefox } from './firefox.ts'
import { BrowserUser } from './browserUser.ts'
import { ownAddress } from './ownAddress.ts'
import { hasFailed, UserRegistry } from './fixtureLifecycle.ts'
import { BrowserProcess } from './browserProcess.ts'
import { type Product, startProduct } from './product.ts'
import { openPuppeteerTab } from './puppeteerTab.ts'
import type { Tab } from './tab.ts'

/** By https. Firefox asks no `turns:` server by an address (in its log: TLS requires FQDN). */
const hostName = 'duet.test'
const trustOptions = (authority: CertificateAuthority) => ({
  env: { HOME: authority.chromiumHome() },
  testAt: ownAddress,
})

/** The product and the browsers of one file of tests. Each test brings its users, who leave when it ends unless it keeps them. */
export class BrowserFixture {
  product!: Product
  /** Where pages come by https: how a server is told of the certificate for `duet.test`. */
  certificate: Record<string, string> = {}
  #authority: CertificateAuthority | null = null
  readonly #chromiums = new Map<string, Promise<Chromium>>()
  #firefox: Promise<Firefox> | null = null
  readonly #users = new UserRegistry<BrowserUser>()
  #isolated: { user: BrowserUser; browser: Chromium; process: BrowserProcess }[] = []
  #roomCount = 0

  constructor(env: Record<string, string> = {}, { https = false, args = [] as readonly string[] } = {}) {
    beforeAll(async () => {
      this.product = https
        ? await startProduct({ ...env, ...this.#issueCertificate() }, hostName)
        : await startProduct(env, 'localhost', [], args)
    })
    afterEach((context) => this.#closeUsers(context))
    afterAll(() => this.#close())
  }

  /** A name that no other test uses. */
  newRoom(): string {
    return `room-${++this.#roomCount}`
  }

  async chromium(options: ChromiumOptions = {}): Promise<BrowserUser<ChromiumTab>> {
    const { devices = 'both' } = options
    const browser =
      this.#chromiums.get(devices) ?? startChromium(devices, this.#authority ? trustOptions(this.#authority) : {})
    this.#chromiums.set(devices, browser)
    return this.#addUser(await openChromiumTab(await browser, options))
  }

  /** One whose browser is nobody else's, and may stand still. */
  async openIsolatedChromium(
    options: ChromiumOptions = {},
  ): Promise<{ user: BrowserUser<ChromiumTab>; process: BrowserProcess }> {
    const browser = await startChromium('both', this.#authority ? trustOptions(this.#authority) : {})
    const process = await BrowserProcess.forBrowser(browser)
    const user = this.#addUser(await openChromiumTab(browser, options))
    this.#isolated.push({ user, browser, process })
    return { user, process }
  }

  /** These stay for the tests that follow: see `sharedFixture`. */
  keepOpen(...users: BrowserUser[]): void {
    this.#users.keepOpen(...users)
  }

  async firefox(): Promise<BrowserUser> {
    this.#firefox ??= startFirefox(
      this.#authority ? { profile: this.#authority.firefoxProfile(), testDomainAddress: ownAddress } : {},
    )
    return this.#addUser(await openPuppeteerTab(await this.#firefox))
  }

  #issueCertificate(): Record<string, string> {
    this.#authority = createCertificateAuthority()
    const { cert, key } = this.#authority.issue(hostName)
    return (this.certificate = { DUET_TLS_CERT: cert, DUET_TLS_KEY: key })
  }

  #addUser<T extends Tab>(tab: T): BrowserUser<T> {
    return this.#users.add(new BrowserUser(tab, this.product.url))
  }

  /** No page complained, and none asked anybody but its own server. */
  async #closeUsers(context?: TestContext): Promise<void> {
    const { leaving, complaints } = this.#users.release(context)
    if (context && hasFailed(context)) console.log([...this.product.log.slice(-40), ...complaints].join('\n'))
    const owned = this.#isolated.filter(({ user }) => leaving.includes(user))
    this.#isolated = this.#isolated.filter(({ user }) => !leaving.includes(user))
    for (const { process } of owned) process.resume()
    const killed = owned.filter(({ process }) => process.isKilled).map(({ user }): BrowserUser => user)
    await Promise.all(leaving.filter((user) => !killed.includes(user)).map(({ tab }) => tab.close()))
    await Promise.all(owned.map(({ browser }) => browser.close()))
    expect(complaints).toEqual([])
    const elsewhere = leaving
      .flatMap(({ tab }) => tab.requestedUrls)
      .filter(
        (url) =>
          !url.startsWith(this.product.url) &&
          !url.startsWith(this.product.adminUrl) &&
          !/^(data|blob|about):/.test(url),
      )
    expect(elsewhere).toEqual([])
  }

  async #close(): Promise<void> {
    await this.#closeUsers()
    const browsers = [...this.#chromiums.values(), ...(this.#firefox ? [this.#firefox] : [])]
    await Promise.all(browsers.map(async (browser) => (await browser).close()))
    await this.product.stop()
    this.#authority?.close()
  }
}
