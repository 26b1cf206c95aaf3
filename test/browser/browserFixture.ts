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

/** Host name for HTTPS. Firefox does not connect to a `turns:` URL with an IP address (its log: TLS requires FQDN). */
const hostName = 'duet.test'
const trustOptions = (authority: CertificateAuthority) => ({
  env: { HOME: authority.chromiumHome() },
  testDomainAddress: ownAddress,
})

/**
 * The built product and the browsers of one test file. Each test opens its users; they leave after it unless `keepOpen`
 * is called.
 */
export class BrowserFixture {
  product!: Product
  /** TLS settings for `duet.test` in HTTPS mode, to pass to another server. */
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

  /** Returns a room name that no other test uses. */
  newRoom(): string {
    return `room-${++this.#roomCount}`
  }

  /** Opens a user with Chromium. Users of one file with the same devices share a browser process. */
  async chromium(options: ChromiumOptions = {}): Promise<BrowserUser<ChromiumTab>> {
    const { devices = 'both' } = options
    const browser =
      this.#chromiums.get(devices) ?? startChromium(devices, this.#authority ? trustOptions(this.#authority) : {})
    this.#chromiums.set(devices, browser)
    return this.#addUser(await openChromiumTab(await browser, options))
  }

  /** Opens a user with a browser process of their own, which a test may suspend or kill. */
  async openIsolatedChromium(
    options: ChromiumOptions = {},
  ): Promise<{ user: BrowserUser<ChromiumTab>; process: BrowserProcess }> {
    const browser = await startChromium('both', this.#authority ? trustOptions(this.#authority) : {})
    const process = await BrowserProcess.forBrowser(browser)
    const user = this.#addUser(await openChromiumTab(browser, options))
    this.#isolated.push({ user, browser, process })
    return { user, process }
  }

  /** Keeps these users for the following tests. Use it inside `sharedFixture`. */
  keepOpen(...users: BrowserUser[]): void {
    this.#users.keepOpen(...users)
  }

  /** Opens a user with Firefox. All Firefox users of one file share a browser process. */
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

  /** Closes the leaving users. Fails if a page logged an error, or requested a URL of another origin. */
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
