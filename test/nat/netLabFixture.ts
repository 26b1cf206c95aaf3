import type { Browser as Chromium } from 'playwright-core'
import type { Browser as Firefox } from 'puppeteer-core'
import { afterAll, afterEach, beforeAll, expect, onTestFailed, type TestContext } from 'vitest'
import { type CertificateAuthority, createCertificateAuthority } from '../browser/certificateAuthority.ts'
import { type ChromiumTab, openChromiumTab, startChromium } from '../browser/chromium.ts'
import { BrowserUser } from '../browser/browserUser.ts'
import { SharedRoom } from '../browser/sharedRoom.ts'
import { hasFailed, UserRegistry } from '../browser/fixtureLifecycle.ts'
import { type Product, startProduct } from '../browser/product.ts'
import { openPuppeteerTab, type PuppeteerTab } from '../browser/puppeteerTab.ts'
import { startFirefoxIn } from './namespaceFirefox.ts'
import type { NetworkKind } from './networkKinds.ts'
import { NetLab, type Side } from './netLab.ts'
import type { NetworkNamespace } from './networkNamespace.ts'

const pathTo = (program: string): string => new URL(program, import.meta.url).pathname
/** The name of every product. Firefox does not use a `turns:` URL with an IP address. */
const hostName = 'duet.test'

/** A lab with browser users, for one test file. Browsers start at their first use. */
export class NetLabFixture {
  lab!: NetLab
  #authority: CertificateAuthority | null = null
  readonly #products: Product[] = []
  readonly #sites = new Map<string, NetworkNamespace>()
  readonly #chromiums = new Map<string, Promise<Chromium>>()
  readonly #firefoxes = new Map<string, Promise<Firefox>>()
  readonly #users = new UserRegistry<BrowserUser>()
  /** Reused users, by product, side and network kind. */
  readonly #sharedUsers = new Map<string, Promise<BrowserUser<ChromiumTab>>>()
  readonly #sharedRooms = new Map<string, SharedRoom>()
  readonly #isExpectedError: (complaint: string) => boolean

  /** @param forgives returns true for console errors that the tests expect */
  constructor(forgives: (complaint: string) => boolean = () => false) {
    this.#isExpectedError = forgives
    beforeAll(() => {
      this.lab = new NetLab()
      this.#authority = createCertificateAuthority()
    })
    afterEach((context) => this.#closeUsers(context))
    afterAll(() => this.#close())
  }

  /** Starts the product with its pages at port 443. Call it in `beforeAll`. */
  async startProduct(name: string, address: string, env: Record<string, string>): Promise<void> {
    const { cert, key } = this.#authority!.issue(address, hostName)
    const host = this.lab.addHost(name, address)
    this.#products.push(
      await startProduct({ PORT: '443', DUET_TLS_CERT: cert, DUET_TLS_KEY: key, ...env }, address, host.execPrefix),
    )
  }

  /**
   * Lets two users join the same room of that product. Does not wait for the call to connect.
   * Each site has one page for all its calls; every call uses a new peer connection.
   */
  async meet(
    address: string,
    waiting: NetworkKind,
    coming: NetworkKind,
  ): Promise<[BrowserUser<ChromiumTab>, BrowserUser<ChromiumTab>]> {
    const users = await Promise.all([
      this.#getSharedUser(address, 'waiting', waiting),
      this.#getSharedUser(address, 'coming', coming),
    ])
    const sharedRoom = this.#sharedRooms.get(address) ?? new SharedRoom('shared')
    this.#sharedRooms.set(address, sharedRoom)
    for (const other of this.#sharedRooms.values()) if (other !== sharedRoom) await other.hangUp()
    await sharedRoom.meet(...users)
    return users
  }

  /** Like `meet`, with new pages and a separate room. */
  async meetInNewPages(
    address: string,
    waiting: NetworkKind,
    coming: NetworkKind,
  ): Promise<[BrowserUser<ChromiumTab>, BrowserUser<ChromiumTab>]> {
    const users = await Promise.all([
      this.openChromium(this.#getSite('waiting', waiting), address),
      this.openChromium(this.#getSite('coming', coming), address),
    ])
    for (const user of users) await user.join(`${waiting}-${coming}`)
    return users
  }

  /** Opens a Chromium page of that product on that host. */
  async openChromium({ name }: NetworkNamespace, address: string): Promise<BrowserUser<ChromiumTab>> {
    const browser =
      this.#chromiums.get(name) ??
      startChromium('both', {
        program: pathTo('chromium.sh'),
        env: { NETNS: name, HOME: this.#authority!.chromiumHome() },
      })
    this.#chromiums.set(name, browser)
    return this.#addUser(new BrowserUser(await openChromiumTab(await browser), `https://${address}`))
  }

  /** Like `openChromium`, with Firefox. All its pages use the product of the first call. */
  async openFirefox(host: NetworkNamespace, address: string): Promise<BrowserUser<PuppeteerTab>> {
    const browser =
      this.#firefoxes.get(host.name) ??
      startFirefoxIn(host, {
        program: pathTo('firefox.sh'),
        profile: this.#authority!.firefoxProfile(),
        testDomainAddress: address,
      })
    this.#firefoxes.set(host.name, browser)
    return this.#addUser(new BrowserUser(await openPuppeteerTab(await browser), `https://${hostName}`))
  }

  /** Keeps these users open for later tests. See `sharedFixture`. */
  keepOpen(...users: BrowserUser[]): void {
    this.#users.keepOpen(...users)
  }

  #addUser<T extends BrowserUser>(user: T): T {
    this.#users.add(user)
    onTestFailed(() =>
      console.log([...this.#products.flatMap(({ log }) => log.slice(-40)), ...user.tab.consoleErrors].join('\n')),
    )
    return user
  }

  #getSharedUser(address: string, side: Side, kind: NetworkKind): Promise<BrowserUser<ChromiumTab>> {
    const key = `${address} ${side} ${kind}`
    const sharedUser =
      this.#sharedUsers.get(key) ??
      this.openChromium(this.#getSite(side, kind), address).then((user) => (this.keepOpen(user), user))
    this.#sharedUsers.set(key, sharedUser)
    return sharedUser
  }

  #getSite(side: Side, kind: NetworkKind): NetworkNamespace {
    const key = `${side} ${kind}`
    const site = this.#sites.get(key) ?? this.lab.addSite(side, kind)
    this.#sites.set(key, site)
    return site
  }

  async #closeUsers(context?: TestContext): Promise<void> {
    if (context && hasFailed(context)) for (const kept of [this.#sharedUsers, this.#sharedRooms]) kept.clear()
    const { leaving, complaints } = this.#users.release(context)
    await Promise.all(leaving.map(({ tab }) => tab.close()))
    expect(complaints.filter((complaint) => !this.#isExpectedError(complaint))).toEqual([])
  }

  async #close(): Promise<void> {
    try {
      await this.#closeUsers()
      await Promise.all(
        [...this.#chromiums.values(), ...this.#firefoxes.values()].map(async (browser) => (await browser).close()),
      )
      await Promise.all(this.#products.map((product) => product.stop()))
    } finally {
      this.lab?.close()
      this.#authority?.close()
    }
  }
}
