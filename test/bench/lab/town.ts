import type { Browser as Chromium } from 'playwright-core'
import type { Browser as Firefox } from 'puppeteer-core'
import { type Authority, makeAuthority } from '../../browser/authority.ts'
import { type ChromiumWorld, openChromiumTab, startChromium } from '../../browser/chromium.ts'
import { type Product, startProduct } from '../../browser/product.ts'
import { openPuppetTab, type PuppetTab } from '../../browser/puppet.ts'
import { startTabbedChromium } from '../../faults/tabs.ts'
import { startFirefoxOn } from '../../nat/firefox.ts'
import { Lab } from '../../nat/lab.ts'
import type { Namespace } from '../../nat/namespace.ts'
import { pathTo } from '../frame/paths.ts'
import type { Scope } from '../frame/scope.ts'
import { Household, webPort } from './household.ts'
import { meterScript } from './meter.ts'
import { Person } from './person.ts'

const address = '198.18.0.2'
/** By https. Firefox asks no `turns:` server by an address. */
const host = 'duet.test'

/** The product as its owner starts it, on a host of its own in the lab, and households around. */
export class Town {
  readonly lab: Lab
  readonly product: Product
  readonly #scope: Scope
  readonly #authority: Authority
  #households = 0
  #rooms = 0

  private constructor(scope: Scope, lab: Lab, authority: Authority, product: Product) {
    this.#scope = scope
    this.lab = lab
    this.#authority = authority
    this.product = product
  }

  static async open(scope: Scope): Promise<Town> {
    const [lab, authority] = [new Lab(), makeAuthority()]
    scope.defer(() => authority.close())
    scope.defer(() => lab.close())
    const { cert, key } = authority.issue(host)
    const env = {
      PORT: `${webPort}`, DUET_TLS_CERT: cert, DUET_TLS_KEY: key,
      // The addresses of the lab are nobody's, so a relay does not send there unless told to.
      DUET_TURN_PORT: '3478', DUET_TURN_ALLOW_PEERS: '198.18.0.0/15',
    }
    const product = await startProduct(env, host, lab.addHost('server', address).entrance)
    scope.defer(() => product.stop())
    return new Town(scope, lab, authority, product)
  }

  /** The address of a room where nobody was before. */
  newRoom(): string {
    return `https://${host}/r/bench-${++this.#rooms}`
  }

  build(name: string): Promise<Household> {
    return Household.build(this.lab, name, ++this.#households)
  }

  async startChromium({ computer }: Household, camera: 'small' | 'own' = 'own'): Promise<Chromium> {
    const browser = await startChromium('both', { ...this.#chromiumAt(computer), isWhole: true, camera })
    this.#scope.defer(() => browser.close())
    return browser
  }

  /** A page of a Chromium whose tabs hide each other. */
  async openTabbed(household: Household): Promise<{ person: Person; tab: PuppetTab }> {
    const browser = await startTabbedChromium(this.#chromiumAt(household.computer))
    this.#scope.defer(() => browser.close())
    const tab = await openPuppetTab(browser)
    await tab.page.evaluateOnNewDocument(meterScript)
    return { person: new Person(tab, household), tab }
  }

  #chromiumAt({ name }: Namespace): Required<Pick<ChromiumWorld, 'program' | 'env' | 'testAt'>> {
    return { program: pathTo('test/nat/chromium.sh'), env: { NETNS: name, HOME: this.#authority.chromiumHome() }, testAt: address }
  }

  async startFirefox({ computer }: Household): Promise<Firefox> {
    const browser = await startFirefoxOn(computer, { program: pathTo('test/nat/firefox.sh'), profile: this.#authority.firefoxProfile(), testAt: address })
    this.#scope.defer(() => browser.close())
    return browser
  }
}

export async function openChromium(browser: Chromium, household: Household): Promise<Person> {
  return new Person(await openChromiumTab(browser, { script: meterScript }), household)
}

export async function openFirefox(browser: Firefox, household: Household): Promise<Person> {
  const tab = await openPuppetTab(browser, 'own')
  await tab.page.evaluateOnNewDocument(meterScript)
  return new Person(tab, household)
}
