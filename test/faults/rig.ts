import { setImmediate } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Browser as Chromium } from 'playwright-core'
import type { Browser as Puppet } from 'puppeteer-core'
import { afterAll, afterEach, beforeEach, expect, type TestContext, vi } from 'vitest'
import { timers } from '../../machines/protocol/timeouts.ts'
import { Cable } from '../browser/cable.ts'
import { type ChromiumOptions, type ChromiumTab, openChromiumTab, startChromium } from '../browser/chromium.ts'
import { startFirefox } from '../browser/firefox.ts'
import { hasFailed, Party } from '../browser/party.ts'
import { BrowserProcess } from '../browser/process.ts'
import { openPuppetTab, type PuppetTab } from '../browser/puppet.ts'
import type { Tab } from '../browser/tab.ts'
import { openWorld, type World } from '../server/world.ts'
import { Caller } from './caller.ts'
import { LeapingClock } from './clock.ts'
import { Courier } from './courier.ts'
import { startTabbedChromium } from './tabs.ts'
import { isOfTheLine } from './witness.ts'
import { deadlineMs } from '../deadline.ts'

const pages = fileURLToPath(new URL('../../dist/client', import.meta.url))
/** The product in this process, so that its clock can leap, and people with browsers, each with a cable to it. For one file of tests. */
export class Rig {
  clock!: LeapingClock
  world!: World
  readonly #env: Record<string, string>
  #chromium: Promise<Chromium> | null = null
  #firefox: Promise<Puppet> | null = null
  #tabbed: Promise<Puppet> | null = null
  readonly #party = new Party<Caller>()
  #couriers: Courier[] = []
  #owned: { browser: Chromium; process: BrowserProcess; caller: Caller }[] = []

  constructor(env: Record<string, string> = {}) {
    this.#env = env
    beforeEach(async () => { if (!this.#party.hasStaying) await this.#openWorld() })
    afterEach((context) => this.#seeOff(context))
    afterAll(() => this.#close())
  }

  async chromium(options: ChromiumOptions = {}): Promise<Caller<ChromiumTab>> {
    return this.#welcome(await openChromiumTab(await (this.#chromium ??= startChromium('both')), options))
  }

  /** One whose frames go through a courier. */
  async couriered(): Promise<{ caller: Caller<ChromiumTab>; courier: Courier }> {
    const courier = await Courier.hire(this.world.server.port)
    this.#couriers.push(courier)
    return { caller: await this.#welcome(await openChromiumTab(await (this.#chromium ??= startChromium('both'))), courier.port), courier }
  }

  /** One whose tabs hide each other. */
  async tabbed(): Promise<Caller<PuppetTab>> {
    return this.#welcome(await openPuppetTab(await (this.#tabbed ??= startTabbedChromium())))
  }

  async firefox(): Promise<Caller<PuppetTab>> {
    return this.#welcome(await openPuppetTab(await (this.#firefox ??= startFirefox())))
  }

  /** One whose browser is nobody else's. */
  async owner(): Promise<{ caller: Caller<ChromiumTab>; process: BrowserProcess }> {
    const browser = await startChromium('both')
    const process = await BrowserProcess.of(browser)
    const caller = await this.#welcome(await openChromiumTab(browser))
    this.#owned.push({ browser, process, caller })
    return { caller, process }
  }

  /** So much time passes for the server, which asks now and then who is there; and these say that they are. */
  async pass(milliseconds: number, ...present: readonly Caller[]): Promise<void> {
    for (let passed = 0; passed < milliseconds; passed += timers.serverPing) {
      const before = present.map(({ answers }) => answers)
      this.clock.leap(timers.serverPing)
      await vi.waitUntil(() => present.every(({ answers }, which) => answers > before[which]!), { timeout: deadlineMs, interval: 5 })
      // What has been carried the server reads in the next turn of this process.
      await setImmediate()
      await setImmediate()
    }
  }

  /** Resolves when the server has logged so many of these upon it. */
  async logs(message: string, act: () => unknown, times = 1): Promise<void> {
    const before = this.world.log.filter((line) => line.includes(`"msg":"${message}"`)).length
    await act()
    await this.world.logged(message, before + times)
  }

  /** These, and the server, stay for the tests that follow: see `shared`. */
  keep(...callers: Caller[]): void {
    this.#party.keep(...callers)
  }

  /** The server ends, and another begins in its place, which knows nothing. */
  async restart(): Promise<void> {
    const { port } = this.world.server
    await this.world.end()
    await this.#openWorld({ PORT: `${port}` })
  }

  async #openWorld(more: Record<string, string> = {}): Promise<void> {
    this.clock = new LeapingClock()
    this.world = await openWorld({ pages, clock: this.clock }, { ...this.#env, ...more })
  }

  async #welcome<T extends Tab>(tab: T, port = this.world.server.port): Promise<Caller<T>> {
    const caller = new Caller(tab, await Cable.lay(port))
    return this.#party.welcome(caller)
  }

  /** No page complained, but for its line. */
  async #seeOff(context?: TestContext): Promise<void> {
    const { leaving, complaints } = this.#party.end(context)
    if (context && hasFailed(context)) console.log([...this.world.log.slice(-40), ...complaints].join('\n'))
    const owned = this.#owned.filter(({ caller }) => leaving.includes(caller))
    this.#owned = this.#owned.filter(({ caller }) => !leaving.includes(caller))
    for (const { process } of owned) process.continue()
    const killed = owned.filter(({ process }) => process.isKilled).map(({ caller }) => caller)
    await Promise.all(leaving.filter((caller) => !killed.includes(caller)).map(({ tab }) => tab.close()))
    await Promise.all(owned.map(({ browser }) => browser.close()))
    if (!this.#party.hasStaying) {
      await Promise.all(this.#couriers.splice(0).map((courier) => courier.end()))
      await this.world.end()
    }
    await Promise.all(leaving.map(({ cable }) => cable.end()))
    expect(complaints.filter((text) => !isOfTheLine(text))).toEqual([])
  }

  async #close(): Promise<void> {
    if (this.#party.hasStaying) await this.#seeOff()
    for (const browser of [this.#chromium, this.#firefox, this.#tabbed]) await (await browser)?.close()
  }
}
