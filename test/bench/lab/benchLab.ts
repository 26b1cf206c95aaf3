import { BrowserPool } from '../../browser/browserPool.ts'
import type { BrowserProcess } from '../../browser/browserProcess.ts'
import { createCertificateAuthority } from '../../browser/certificateAuthority.ts'
import type { ChromiumTab } from '../../browser/chromium.ts'
import { type Product, startProduct } from '../../browser/product.ts'
import type { PuppeteerTab } from '../../browser/puppeteerTab.ts'
import { NetLab } from '../../nat/netLab.ts'
import type { Scope } from '../harness/scope.ts'
import { BenchUser } from './benchUser.ts'
import { meterScript } from './mediaMeter.ts'
import { MultihomedHost, webPort } from './multihomedHost.ts'

const serverAddress = '198.18.0.2'
/** The name of the product. Firefox does not use a `turns:` URL with an IP address. */
const hostName = 'duet.test'
const origin = `https://${hostName}`

type Camera = 'small' | 'own'

/** The network lab with the built product on its own host, and multihomed hosts for the users. */
export class BenchLab {
  readonly netLab: NetLab
  readonly product: Product
  readonly #browsers: BrowserPool
  #hostCount = 0
  #roomCount = 0

  private constructor(lab: NetLab, browsers: BrowserPool, product: Product) {
    this.netLab = lab
    this.#browsers = browsers
    this.product = product
  }

  /** Starts the lab and the product. The scope closes them and all browsers. */
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
    const browsers = new BrowserPool({ authority, testDomainAddress: serverAddress })
    scope.defer(() => browsers.close())
    return new BenchLab(lab, browsers, product)
  }

  /** Returns the name of an unused room. */
  newRoom(): string {
    return `bench-${++this.#roomCount}`
  }

  /** Adds a multihomed host. */
  addHost(name: string): Promise<MultihomedHost> {
    return MultihomedHost.create(this.netLab, name, ++this.#hostCount)
  }

  /** Opens a user with Chromium on that host. */
  async openChromium(host: MultihomedHost, camera: Camera = 'own'): Promise<BenchUser<ChromiumTab>> {
    return new BenchUser(await this.#browsers.openChromium(createChromiumOptions(host, camera)), origin, host)
  }

  /** Opens a user with a browser process of their own, which can be suspended. */
  async openIsolatedChromium(
    host: MultihomedHost,
    camera: Camera = 'own',
  ): Promise<{ user: BenchUser<ChromiumTab>; process: BrowserProcess }> {
    const { tab, process } = await this.#browsers.openIsolatedChromium(createChromiumOptions(host, camera))
    return { user: new BenchUser(tab, origin, host), process }
  }

  /** Opens a user with a Chromium in which another tab can hide the page. */
  async openHideableTab(host: MultihomedHost): Promise<BenchUser<PuppeteerTab>> {
    const tab = await this.#browsers.openHideableTab({ host: host.namespace, script: meterScript })
    return new BenchUser(tab, origin, host)
  }

  /** Opens a user with Firefox on that host. */
  async openFirefox(host: MultihomedHost): Promise<BenchUser<PuppeteerTab>> {
    const tab = await this.#browsers.openFirefox({ host: host.namespace, camera: 'own', script: meterScript })
    return new BenchUser(tab, origin, host)
  }
}

const createChromiumOptions = ({ namespace }: MultihomedHost, camera: Camera) => ({
  host: namespace,
  isFullBrowser: true,
  camera,
  script: meterScript,
})
