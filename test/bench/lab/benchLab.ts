import type { Browser as Chromium } from 'playwright-core'
import type { Browser as Firefox } from 'puppeteer-core'
import { type CertificateAuthority, createCertificateAuthority } from '../../browser/certificateAuthority.ts'
import { type ChromiumLaunchOptions, openChromiumTab, startChromium } from '../../browser/chromium.ts'
import { type Product, startProduct } from '../../browser/product.ts'
import { openPuppeteerTab, type PuppeteerTab } from '../../browser/puppeteerTab.ts'
import { startTabbedChromium } from '../../faults/tabbedChromium.ts'
import { startFirefoxIn } from '../../nat/namespaceFirefox.ts'
import { NetLab } from '../../nat/netLab.ts'
import type { NetworkNamespace } from '../../nat/networkNamespace.ts'
import { pathTo } from '../harness/paths.ts'
import type { Scope } from '../harness/scope.ts'
import { MultihomedHost, webPort } from './multihomedHost.ts'
import { meterScript } from './mediaMeter.ts'
import { BenchUser } from './benchUser.ts'

const serverAddress = '198.18.0.2'
/** The name of the product. Firefox does not use a `turns:` URL with an IP address. */
const hostName = 'duet.test'

/** The network lab with the built product on its own host, and multihomed hosts for the users. */
export class BenchLab {
  readonly netLab: NetLab
  readonly product: Product
  readonly #scope: Scope
  readonly #authority: CertificateAuthority
  #hostCount = 0
  #roomCount = 0

  private constructor(scope: Scope, lab: NetLab, authority: CertificateAuthority, product: Product) {
    this.#scope = scope
    this.netLab = lab
    this.#authority = authority
    this.product = product
  }

  /** Starts the lab and the product. The scope closes them. */
  static async open(scope: Scope): Promise<BenchLab> {
    const [lab, authority] = [new NetLab(), createCertificateAuthority()]
    scope.defer(() => authority.close())
    scope.defer(() => lab.close())
    const { cert, key } = authority.issue(hostName)
    const env = {
      PORT: `${webPort}`,
      DUET_TLS_CERT: cert,
      DUET_TLS_KEY: key,
      // The lab uses special-purpose addresses (RFC 2544), which the relay blocks by default.
      DUET_TURN_PORT: '3478',
      DUET_TURN_ALLOW_PEERS: '198.18.0.0/15',
    }
    const product = await startProduct(env, hostName, lab.addHost('server', serverAddress).execPrefix)
    scope.defer(() => product.stop())
    return new BenchLab(scope, lab, authority, product)
  }

  /** The URL of an unused room. */
  newRoomUrl(): string {
    return `https://${hostName}/r/bench-${++this.#roomCount}`
  }

  /** Adds a multihomed host. */
  addHost(name: string): Promise<MultihomedHost> {
    return MultihomedHost.create(this.netLab, name, ++this.#hostCount)
  }

  /** Starts a Chromium on that host. The scope closes it. */
  async startChromium({ namespace }: MultihomedHost, camera: 'small' | 'own' = 'own'): Promise<Chromium> {
    const browser = await startChromium('both', { ...this.#chromiumOptions(namespace), isFullBrowser: true, camera })
    this.#scope.defer(() => browser.close())
    return browser
  }

  /** Opens a page in a Chromium where another tab can hide it. */
  async openHideableTab(host: MultihomedHost): Promise<{ user: BenchUser; tab: PuppeteerTab }> {
    const browser = await startTabbedChromium(this.#chromiumOptions(host.namespace))
    this.#scope.defer(() => browser.close())
    const tab = await openPuppeteerTab(browser)
    await tab.page.evaluateOnNewDocument(meterScript)
    return { user: new BenchUser(tab, host), tab }
  }

  #chromiumOptions({
    name,
  }: NetworkNamespace): Required<Pick<ChromiumLaunchOptions, 'program' | 'env' | 'testDomainAddress'>> {
    return {
      program: pathTo('test/nat/chromium.sh'),
      env: { NETNS: name, HOME: this.#authority.chromiumHome() },
      testDomainAddress: serverAddress,
    }
  }

  /** Starts a Firefox on that host. The scope closes it. */
  async startFirefox({ namespace }: MultihomedHost): Promise<Firefox> {
    const browser = await startFirefoxIn(namespace, {
      program: pathTo('test/nat/firefox.sh'),
      profile: this.#authority.firefoxProfile(),
      testDomainAddress: serverAddress,
    })
    this.#scope.defer(() => browser.close())
    return browser
  }
}

/** Opens a Chromium tab with the media meter. */
export async function openChromium(browser: Chromium, host: MultihomedHost): Promise<BenchUser> {
  return new BenchUser(await openChromiumTab(browser, { script: meterScript }), host)
}

/** Opens a Firefox tab with the media meter. */
export async function openFirefox(browser: Firefox, host: MultihomedHost): Promise<BenchUser> {
  const tab = await openPuppeteerTab(browser, 'own')
  await tab.page.evaluateOnNewDocument(meterScript)
  return new BenchUser(tab, host)
}
