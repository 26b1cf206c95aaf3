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
/** By https. Firefox asks no `turns:` server by an address. */
const hostName = 'duet.test'

/** The built product on a host of its own in the network lab, and multihomed hosts for the users. */
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

  static async open(scope: Scope): Promise<BenchLab> {
    const [lab, authority] = [new NetLab(), createCertificateAuthority()]
    scope.defer(() => authority.close())
    scope.defer(() => lab.close())
    const { cert, key } = authority.issue(hostName)
    const env = {
      PORT: `${webPort}`,
      DUET_TLS_CERT: cert,
      DUET_TLS_KEY: key,
      // The addresses of the lab are nobody's, so a relay does not send there unless told to.
      DUET_TURN_PORT: '3478',
      DUET_TURN_ALLOW_PEERS: '198.18.0.0/15',
    }
    const product = await startProduct(env, hostName, lab.addHost('server', serverAddress).execPrefix)
    scope.defer(() => product.stop())
    return new BenchLab(scope, lab, authority, product)
  }

  /** The address of a room where nobody was before. */
  newRoomUrl(): string {
    return `https://${hostName}/r/bench-${++this.#roomCount}`
  }

  addHost(name: string): Promise<MultihomedHost> {
    return MultihomedHost.create(this.netLab, name, ++this.#hostCount)
  }

  async startChromium({ namespace }: MultihomedHost, camera: 'small' | 'own' = 'own'): Promise<Chromium> {
    const browser = await startChromium('both', { ...this.#chromiumOptions(namespace), isFullBrowser: true, camera })
    this.#scope.defer(() => browser.close())
    return browser
  }

  /** A page of a Chromium whose tabs hide each other. */
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

export async function openChromium(browser: Chromium, host: MultihomedHost): Promise<BenchUser> {
  return new BenchUser(await openChromiumTab(browser, { script: meterScript }), host)
}

export async function openFirefox(browser: Firefox, host: MultihomedHost): Promise<BenchUser> {
  const tab = await openPuppeteerTab(browser, 'own')
  await tab.page.evaluateOnNewDocument(meterScript)
  return new BenchUser(tab, host)
}
