import { afterAll, afterEach, beforeAll } from 'vitest'
import { BrowserPool } from './browserPool.ts'
import type { BrowserProcess } from './browserProcess.ts'
import { BrowserUser } from './browserUser.ts'
import { type CertificateAuthority, createCertificateAuthority } from './certificateAuthority.ts'
import type { BrowserPlace } from './browserPlace.ts'
import type { ChromiumOptions, ChromiumTab } from './chromium.ts'
import { type UserChecks, UserRegistry } from './fixtureLifecycle.ts'
import { FrameProxy } from './frameProxy.ts'
import { ownAddress } from './ownAddress.ts'
import type { PuppeteerTab } from './puppeteerTab.ts'
import { type Product, startProduct } from './product.ts'

/** Host name for HTTPS. Firefox does not connect to a `turns:` URL with an IP address (its log: TLS requires FQDN). */
const hostName = 'duet.test'

/** Options of a BrowserFixture. */
export interface BrowserFixtureOptions {
  /** True: pages use HTTPS. A fixture: this one shares its browsers and its authority, so it must close first. */
  https?: boolean | BrowserFixture
  /** Arguments of the product. */
  args?: readonly string[]
  /** Further checks of the pages. */
  checks?: Pick<UserChecks, 'listOrigins' | 'isExpectedError'>
}

/**
 * The built product and the browsers of one test file. Each test opens its users; they leave after it unless `keepOpen`
 * is called.
 */
export class BrowserFixture {
  product!: Product
  /** TLS settings for `duet.test` in HTTPS mode, to pass to another server. */
  certificate: Record<string, string> = {}
  /** The fixture that closes the browsers, if they are not of this one. */
  #owner: BrowserFixture | null = null
  #authority: CertificateAuthority | null = null
  #browsers = new BrowserPool()
  readonly #users: UserRegistry<BrowserUser>
  #roomCount = 0

  /**
   * @param settings of the product. Without `DUET_PREPARE` no connection is prepared: whether one is ready at *Join*
   *   depends on the load, and most tests expect the messages of the usual way
   */
  constructor(
    settings: Record<string, string> = {},
    { https = false, args = [], checks = {} }: BrowserFixtureOptions = {},
  ) {
    this.#users = new UserRegistry({
      readLog: () => this.product.output().split('\n'),
      listOrigins: () => [this.product.adminUrl, ...(checks.listOrigins?.() ?? [])],
      isExpectedError: checks.isExpectedError,
    })
    const env = { DUET_PREPARE: 'off', ...settings }
    if (typeof https === 'object') this.#owner = https
    beforeAll(async () => {
      this.product = https
        ? await startProduct({ ...env, ...this.#issueCertificate() }, hostName)
        : await startProduct(env, 'localhost', [], args)
    })
    afterEach((context) => this.#users.close(context))
    afterAll(() => this.#close())
  }

  /** Returns a room name that no other test uses. */
  newRoom(): string {
    return `room-${++this.#roomCount}`
  }

  /** Opens a user with Chromium. Users of one file with the same devices share a browser process. */
  async chromium(options: ChromiumOptions & BrowserPlace = {}): Promise<BrowserUser<ChromiumTab>> {
    return this.#users.add(new BrowserUser(await this.#browsers.openChromium(options), this.product.url))
  }

  /** Opens a user with Chromium whose WebSocket frames go through a FrameProxy. */
  async openThroughFrameProxy(
    options: ChromiumOptions = {},
  ): Promise<{ user: BrowserUser<ChromiumTab>; frameProxy: FrameProxy }> {
    const frameProxy = await FrameProxy.start(this.product.url)
    const user = new BrowserUser(await this.#browsers.openChromium(options), `http://localhost:${frameProxy.port}`)
    return { user: this.#users.add(user, () => frameProxy.close()), frameProxy }
  }

  /** Opens a user with a browser process of their own, which a test may suspend or kill. */
  async openIsolatedChromium(
    options: ChromiumOptions = {},
  ): Promise<{ user: BrowserUser<ChromiumTab>; process: BrowserProcess }> {
    const { tab, process } = await this.#browsers.openIsolatedChromium(options)
    return { user: this.#users.add(new BrowserUser(tab, this.product.url)), process }
  }

  /** Opens a user with Firefox. All Firefox users of one file share a browser process. */
  async firefox(): Promise<BrowserUser<PuppeteerTab>> {
    return this.#users.add(new BrowserUser(await this.#browsers.openFirefox(), this.product.url))
  }

  /** Keeps these users for the following tests. Use it inside `sharedFixture`. */
  keepOpen(...users: BrowserUser[]): void {
    this.#users.keepOpen(...users)
  }

  #issueCertificate(): Record<string, string> {
    if (this.#owner) [this.#authority, this.#browsers] = [this.#owner.#authority!, this.#owner.#browsers]
    else {
      this.#authority = createCertificateAuthority()
      this.#browsers = new BrowserPool({ authority: this.#authority, testDomainAddress: ownAddress })
    }
    const { cert, key } = this.#authority.issue(hostName)
    return (this.certificate = { DUET_TLS_CERT: cert, DUET_TLS_KEY: key })
  }

  async #close(): Promise<void> {
    await this.#users.close()
    if (!this.#owner) await this.#browsers.close()
    await this.product.stop()
    if (!this.#owner) this.#authority?.close()
  }
}
