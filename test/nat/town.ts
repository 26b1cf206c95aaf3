import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, onTestFailed } from 'vitest'
import { type Authority, makeAuthority } from '../browser/authority.ts'
import { type ChromiumTab, openChromiumTab, startChromium } from '../browser/chromium.ts'
import { Guest } from '../browser/guest.ts'
import { type Product, startProduct } from '../browser/product.ts'
import type { Kind } from './kinds.ts'
import { Lab, type Side } from './lab.ts'

const program = new URL('chromium.sh', import.meta.url).pathname

/** A lab with people in it: one in each house, with a browser that starts at the first call. For one file of tests. */
export class Town {
  #lab: Lab | null = null
  #authority: Authority | null = null
  readonly #products: Product[] = []
  readonly #browsers = new Map<string, Promise<Browser>>()
  #guests: Guest<ChromiumTab>[] = []

  constructor() {
    beforeAll(() => {
      this.#lab = new Lab()
      this.#authority = makeAuthority()
    })
    afterEach(() => this.#hangUp())
    afterAll(() => this.#close())
  }

  /** Starts the product, with its pages at the port for https. Call it before all tests. */
  async serve(name: string, address: string, env: Record<string, string>): Promise<void> {
    const { cert, key } = this.#authority!.issue(address)
    const host = this.#lab!.addHost(name, address)
    this.#products.push(await startProduct({ PORT: '443', DUET_TLS_CERT: cert, DUET_TLS_KEY: key, ...env }, address, host.entrance))
  }

  /** Both are in the same room of that product, and may have a call soon. */
  async meet(address: string, waiting: Kind, coming: Kind): Promise<[Guest<ChromiumTab>, Guest<ChromiumTab>]> {
    const guests = await Promise.all([this.#fetch('waiting', waiting, address), this.#fetch('coming', coming, address)])
    this.#guests.push(...guests)
    onTestFailed(() => console.log([...this.#products.flatMap(({ log }) => log.slice(-40)), ...guests.flatMap(({ tab }) => tab.complaints)].join('\n')))
    for (const guest of guests) await guest.join(`${waiting}-${coming}`)
    return guests
  }

  async #fetch(side: Side, kind: Kind, address: string): Promise<Guest<ChromiumTab>> {
    const house = `${side} ${kind}`
    const browser = this.#browsers.get(house) ?? this.#start(side, kind)
    this.#browsers.set(house, browser)
    return new Guest(await openChromiumTab(await browser), `https://${address}`)
  }

  #start(side: Side, kind: Kind): Promise<Browser> {
    const { name } = this.#lab!.addHouse(side, kind)
    return startChromium('both', { program, env: { NETNS: name, HOME: this.#authority!.chromiumHome() } })
  }

  async #hangUp(): Promise<void> {
    const guests = this.#guests.splice(0)
    await Promise.all(guests.map(({ tab }) => tab.close()))
    expect(guests.flatMap(({ tab }) => tab.complaints)).toEqual([])
  }

  async #close(): Promise<void> {
    try {
      await Promise.all([...this.#browsers.values()].map(async (browser) => (await browser).close()))
      await Promise.all(this.#products.map((product) => product.stop()))
    } finally {
      this.#lab?.close()
      this.#authority?.close()
    }
  }
}
