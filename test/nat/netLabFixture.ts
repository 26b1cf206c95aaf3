import { afterAll, afterEach, beforeAll, type TestContext } from 'vitest'
import { BrowserPool } from '../browser/browserPool.ts'
import { BrowserUser } from '../browser/browserUser.ts'
import { type CertificateAuthority, createCertificateAuthority } from '../browser/certificateAuthority.ts'
import type { ChromiumTab } from '../browser/chromium.ts'
import { hasFailed, UserRegistry } from '../browser/fixtureLifecycle.ts'
import { type Product, startProduct } from '../browser/product.ts'
import type { PuppeteerTab } from '../browser/puppeteerTab.ts'
import { SharedRoom } from '../browser/sharedRoom.ts'
import { NetLab, type Side } from './netLab.ts'
import type { NetworkKind } from './networkKinds.ts'
import type { NetworkNamespace } from './networkNamespace.ts'

/** The name of every product. Firefox does not use a `turns:` URL with an IP address. */
const hostName = 'duet.test'

/** A lab with browser users, for one test file. Browsers start at their first use. */
export class NetLabFixture {
  lab!: NetLab
  #authority!: CertificateAuthority
  #browsers!: BrowserPool
  readonly #products: Product[] = []
  readonly #sites = new Map<string, NetworkNamespace>()
  readonly #users: UserRegistry<BrowserUser>
  /** Reused users, by product, side and network kind. */
  readonly #sharedUsers = new Map<string, Promise<BrowserUser<ChromiumTab>>>()
  readonly #sharedRooms = new Map<string, SharedRoom>()
  /** Pages that a failed test closed keep their seats for some seconds, so the next room has another name. */
  #roomCount = 0

  /** @param isExpectedError returns true for console errors that the tests expect */
  constructor(isExpectedError?: (complaint: string) => boolean) {
    this.#users = new UserRegistry({
      readLog: () => this.#products.flatMap(({ output }) => output().split('\n').slice(-40)),
      listOrigins: () => this.#products.flatMap(({ url, adminUrl }) => [url, adminUrl]),
      isExpectedError,
    })
    beforeAll(() => {
      this.lab = new NetLab()
      this.#authority = createCertificateAuthority()
      this.#browsers = new BrowserPool({ authority: this.#authority })
    })
    afterEach((context) => this.#closeUsers(context))
    afterAll(() => this.#close())
  }

  /** Starts the product with its pages at port 443. Call it in `beforeAll`. */
  async startProduct(name: string, address: string, env: Record<string, string>): Promise<void> {
    const { cert, key } = this.#authority.issue(address, hostName)
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
    const sharedRoom = this.#sharedRooms.get(address) ?? new SharedRoom(`shared-${++this.#roomCount}`)
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
    const users = await this.openNewPages(address, waiting, coming)
    for (const user of users) await user.join(`${waiting}-${coming}`)
    return users
  }

  /** Opens a new page of that product on each side. */
  openNewPages(
    address: string,
    waiting: NetworkKind,
    coming: NetworkKind,
  ): Promise<[BrowserUser<ChromiumTab>, BrowserUser<ChromiumTab>]> {
    return Promise.all([
      this.openChromium(this.getSite('waiting', waiting), address),
      this.openChromium(this.getSite('coming', coming), address),
    ])
  }

  /** Opens a Chromium page of that product on that host. */
  async openChromium(host: NetworkNamespace, address: string): Promise<BrowserUser<ChromiumTab>> {
    return this.#users.add(new BrowserUser(await this.#browsers.openChromium({ host }), `https://${address}`))
  }

  /** Like `openChromium`, with Firefox. */
  async openFirefox(host: NetworkNamespace, address: string): Promise<BrowserUser<PuppeteerTab>> {
    const tab = await this.#browsers.openFirefox({ host, testDomainAddress: address })
    return this.#users.add(new BrowserUser(tab, `https://${hostName}`))
  }

  /** Keeps these users open for later tests. See `sharedFixture`. */
  keepOpen(...users: BrowserUser[]): void {
    this.#users.keepOpen(...users)
  }

  #getSharedUser(address: string, side: Side, kind: NetworkKind): Promise<BrowserUser<ChromiumTab>> {
    const key = `${address} ${side} ${kind}`
    const sharedUser =
      this.#sharedUsers.get(key) ??
      this.openChromium(this.getSite(side, kind), address).then((user) => (this.keepOpen(user), user))
    this.#sharedUsers.set(key, sharedUser)
    return sharedUser
  }

  /** The computer in a site. */
  getSite(side: Side, kind: NetworkKind): NetworkNamespace {
    const key = `${side} ${kind}`
    const site = this.#sites.get(key) ?? this.lab.addSite(side, kind)
    this.#sites.set(key, site)
    return site
  }

  async #closeUsers(context: TestContext): Promise<void> {
    if (hasFailed(context)) for (const kept of [this.#sharedUsers, this.#sharedRooms]) kept.clear()
    await this.#users.close(context)
  }

  async #close(): Promise<void> {
    try {
      await this.#users.close()
      await this.#browsers?.close()
      await Promise.all(this.#products.map((product) => product.stop()))
    } finally {
      this.lab?.close()
      this.#authority?.close()
    }
  }
}
