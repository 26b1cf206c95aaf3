import type { Browser as Chromium } from 'playwright-core'
import type { Browser as Firefox } from 'puppeteer-core'
import { afterAll, afterEach, beforeAll, expect, onTestFailed, type TestContext } from 'vitest'
import { type Authority, makeAuthority } from '../browser/authority.ts'
import { type ChromiumTab, openChromiumTab, startChromium } from '../browser/chromium.ts'
import { Guest } from '../browser/guest.ts'
import { Meetings } from '../browser/meetings.ts'
import { hasFailed, Party } from '../browser/party.ts'
import { type Product, startProduct } from '../browser/product.ts'
import { openPuppetTab, type PuppetTab } from '../browser/puppet.ts'
import { startFirefoxOn } from './firefox.ts'
import type { Kind } from './kinds.ts'
import { Lab, type Side } from './lab.ts'
import type { Namespace } from './namespace.ts'

const pathTo = (program: string): string => new URL(program, import.meta.url).pathname
/** Every product's. Firefox asks no `turns:` server by an address. */
const hostName = 'duet.test'

/** A lab with people in it, with browsers that start at their first call. For one file of tests. */
export class Town {
  lab!: Lab
  #authority: Authority | null = null
  readonly #products: Product[] = []
  readonly #houses = new Map<string, Namespace>()
  readonly #chromiums = new Map<string, Promise<Chromium>>()
  readonly #firefoxes = new Map<string, Promise<Firefox>>()
  readonly #party = new Party<Guest>()
  /** By product, side and kind: those who meet again and again. */
  readonly #residents = new Map<string, Promise<Guest<ChromiumTab>>>()
  readonly #meetings = new Map<string, Meetings>()
  readonly #forgives: (complaint: string) => boolean

  /** @param forgives complaints of pages that are to be expected */
  constructor(forgives: (complaint: string) => boolean = () => false) {
    this.#forgives = forgives
    beforeAll(() => {
      this.lab = new Lab()
      this.#authority = makeAuthority()
    })
    afterEach((context) => this.#seeOff(context))
    afterAll(() => this.#close())
  }

  /** Starts the product, with its pages at the port for https. Call it before all tests. */
  async serve(name: string, address: string, env: Record<string, string>): Promise<void> {
    const { cert, key } = this.#authority!.issue(address, hostName)
    const host = this.lab.addHost(name, address)
    this.#products.push(await startProduct({ PORT: '443', DUET_TLS_CERT: cert, DUET_TLS_KEY: key, ...env }, address, host.entrance))
  }

  /**
   * Both are in the same room of that product, and may have a call soon. Each house has one page for all its calls:
   * in the next call it begins with a new connection.
   */
  async meet(address: string, waiting: Kind, coming: Kind): Promise<[Guest<ChromiumTab>, Guest<ChromiumTab>]> {
    const guests = await Promise.all([this.#resident(address, 'waiting', waiting), this.#resident(address, 'coming', coming)])
    const meetings = this.#meetings.get(address) ?? new Meetings('shared')
    this.#meetings.set(address, meetings)
    for (const other of this.#meetings.values()) if (other !== meetings) await other.part()
    await meetings.bring(...guests)
    return guests
  }

  /** The same with pages and a room that nobody else has. */
  async meetOnce(address: string, waiting: Kind, coming: Kind): Promise<[Guest<ChromiumTab>, Guest<ChromiumTab>]> {
    const guests = await Promise.all([this.fetch(this.#house('waiting', waiting), address), this.fetch(this.#house('coming', coming), address)])
    for (const guest of guests) await guest.join(`${waiting}-${coming}`)
    return guests
  }

  /** Somebody at home there, before a page of that product. */
  async fetch({ name }: Namespace, address: string): Promise<Guest<ChromiumTab>> {
    const browser = this.#chromiums.get(name) ?? startChromium('both', { program: pathTo('chromium.sh'), env: { NETNS: name, HOME: this.#authority!.chromiumHome() } })
    this.#chromiums.set(name, browser)
    return this.#welcome(new Guest(await openChromiumTab(await browser), `https://${address}`))
  }

  /** The same with Firefox, whose every page is of the product that was asked for first. */
  async fetchFirefox(host: Namespace, address: string): Promise<Guest<PuppetTab>> {
    const browser = this.#firefoxes.get(host.name)
      ?? startFirefoxOn(host, { program: pathTo('firefox.sh'), profile: this.#authority!.firefoxProfile(), testAt: address })
    this.#firefoxes.set(host.name, browser)
    return this.#welcome(new Guest(await openPuppetTab(await browser), `https://${hostName}`))
  }

  /** These stay for the tests that follow: see `shared`. */
  keep(...guests: Guest[]): void {
    this.#party.keep(...guests)
  }

  #welcome<T extends Guest>(guest: T): T {
    this.#party.welcome(guest)
    onTestFailed(() => console.log([...this.#products.flatMap(({ log }) => log.slice(-40)), ...guest.tab.complaints].join('\n')))
    return guest
  }

  #resident(address: string, side: Side, kind: Kind): Promise<Guest<ChromiumTab>> {
    const key = `${address} ${side} ${kind}`
    const resident = this.#residents.get(key) ?? this.fetch(this.#house(side, kind), address).then((guest) => (this.keep(guest), guest))
    this.#residents.set(key, resident)
    return resident
  }

  #house(side: Side, kind: Kind): Namespace {
    const key = `${side} ${kind}`
    const house = this.#houses.get(key) ?? this.lab.addHouse(side, kind)
    this.#houses.set(key, house)
    return house
  }

  async #seeOff(context?: TestContext): Promise<void> {
    if (context && hasFailed(context)) for (const kept of [this.#residents, this.#meetings]) kept.clear()
    const { leaving, complaints } = this.#party.end(context)
    await Promise.all(leaving.map(({ tab }) => tab.close()))
    expect(complaints.filter((complaint) => !this.#forgives(complaint))).toEqual([])
  }

  async #close(): Promise<void> {
    try {
      await this.#seeOff()
      await Promise.all([...this.#chromiums.values(), ...this.#firefoxes.values()].map(async (browser) => (await browser).close()))
      await Promise.all(this.#products.map((product) => product.stop()))
    } finally {
      this.lab?.close()
      this.#authority?.close()
    }
  }
}
