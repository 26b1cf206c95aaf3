import { setImmediate } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Browser as Chromium } from 'playwright-core'
import type { Browser as Puppet } from 'puppeteer-core'
import { afterAll, afterEach, beforeEach, expect, type TestContext, vi } from 'vitest'
import { timeouts } from '../../machines/protocol/timeouts.ts'
import { TcpFaultProxy } from '../browser/tcpFaultProxy.ts'
import { type ChromiumOptions, type ChromiumTab, openChromiumTab, startChromium } from '../browser/chromium.ts'
import { startFirefox } from '../browser/firefox.ts'
import { hasFailed, UserRegistry } from '../browser/fixtureLifecycle.ts'
import { BrowserProcess } from '../browser/browserProcess.ts'
import { openPuppeteerTab, type PuppeteerTab } from '../browser/puppeteerTab.ts'
import type { Tab } from '../browser/tab.ts'
import { openServerFixture, type ServerFixture } from '../server/serverFixture.ts'
import { ProxiedUser } from './proxiedUser.ts'
import { LeapingClock } from './leapingClock.ts'
import { PageFrameProxy } from './pageFrameProxy.ts'
import { startTabbedChromium } from './tabbedChromium.ts'
import { isSignalingLossError } from './pageObserver.ts'
import { deadlineMs } from '../deadline.ts'

const pagesDirectory = fileURLToPath(new URL('../../dist/client', import.meta.url))
/**
 * The product in this process with a LeapingClock, and users with browsers, each behind its own TcpFaultProxy. For one
 * test file.
 */
export class FaultFixture {
  clock!: LeapingClock
  serverFixture!: ServerFixture
  readonly #env: Record<string, string>
  #chromium: Promise<Chromium> | null = null
  #firefox: Promise<Puppet> | null = null
  #tabbedChromium: Promise<Puppet> | null = null
  readonly #users = new UserRegistry<ProxiedUser>()
  #frameProxies: PageFrameProxy[] = []
  #isolated: { browser: Chromium; process: BrowserProcess; user: ProxiedUser }[] = []

  constructor(env: Record<string, string> = {}) {
    this.#env = env
    beforeEach(async () => {
      if (!this.#users.hasKept) await this.#startServer()
    })
    afterEach((context) => this.#closeUsers(context))
    afterAll(() => this.#close())
  }

  /** Opens a user with Chromium. All Chromium users of one file share a browser process. */
  async chromium(options: ChromiumOptions = {}): Promise<ProxiedUser<ChromiumTab>> {
    return this.#addUser(await openChromiumTab(await (this.#chromium ??= startChromium('both')), options))
  }

  /** Opens a user whose WebSocket frames go through a PageFrameProxy. */
  async openThroughFrameProxy(): Promise<{ user: ProxiedUser<ChromiumTab>; frameProxy: PageFrameProxy }> {
    const frameProxy = await PageFrameProxy.start(this.serverFixture.server.port)
    this.#frameProxies.push(frameProxy)
    return {
      user: await this.#addUser(
        await openChromiumTab(await (this.#chromium ??= startChromium('both'))),
        frameProxy.port,
      ),
      frameProxy,
    }
  }

  /** Opens a user whose tabs hide each other. */
  async openHideableTab(): Promise<ProxiedUser<PuppeteerTab>> {
    return this.#addUser(await openPuppeteerTab(await (this.#tabbedChromium ??= startTabbedChromium())))
  }

  /** Opens a user with Firefox. All Firefox users of one file share a browser process. */
  async firefox(): Promise<ProxiedUser<PuppeteerTab>> {
    return this.#addUser(await openPuppeteerTab(await (this.#firefox ??= startFirefox())))
  }

  /** Opens a user with a browser process of their own. */
  async openIsolatedChromium(): Promise<{ user: ProxiedUser<ChromiumTab>; process: BrowserProcess }> {
    const browser = await startChromium('both')
    const process = await BrowserProcess.forBrowser(browser)
    const user = await this.#addUser(await openChromiumTab(browser))
    this.#isolated.push({ browser, process, user })
    return { user, process }
  }

  /** Advances the server's time in steps. After each step the pages of the present users answer the server's pings. */
  async passTime(milliseconds: number, ...present: readonly ProxiedUser[]): Promise<void> {
    for (let passed = 0; passed < milliseconds; passed += timeouts.serverPingIntervalMs) {
      const before = present.map(({ pongCount }) => pongCount)
      this.clock.leap(timeouts.serverPingIntervalMs)
      await vi.waitUntil(() => present.every(({ pongCount }, which) => pongCount > before[which]!), {
        timeout: deadlineMs,
        interval: 5,
      })
      // The server reads the forwarded data in the next turn of the event loop.
      await setImmediate()
      await setImmediate()
    }
  }

  /** Resolves when the server has logged this message `times` times after `act`. */
  async waitForLog(message: string, act: () => unknown, times = 1): Promise<void> {
    const before = this.serverFixture.logLines.filter((line) => line.includes(`"msg":"${message}"`)).length
    await act()
    await this.serverFixture.waitForLog(message, before + times)
  }

  /** Keeps these users and the server for the following tests. Use it inside `sharedFixture`. */
  keepOpen(...users: ProxiedUser[]): void {
    this.#users.keepOpen(...users)
  }

  /** Stops the server and starts another on the same port without any state. */
  async restartServer(): Promise<void> {
    const { port } = this.serverFixture.server
    await this.serverFixture.close()
    await this.#startServer({ PORT: `${port}` })
  }

  async #startServer(more: Record<string, string> = {}): Promise<void> {
    this.clock = new LeapingClock()
    this.serverFixture = await openServerFixture({ pagesDirectory, clock: this.clock }, { ...this.#env, ...more })
  }

  async #addUser<T extends Tab>(tab: T, port = this.serverFixture.server.port): Promise<ProxiedUser<T>> {
    const user = new ProxiedUser(tab, await TcpFaultProxy.start(port))
    return this.#users.add(user)
  }

  /** Closes the leaving users. Fails if a page logged an error other than a lost signaling connection. */
  async #closeUsers(context?: TestContext): Promise<void> {
    const { leaving, complaints } = this.#users.release(context)
    if (context && hasFailed(context))
      console.log([...this.serverFixture.logLines.slice(-40), ...complaints].join('\n'))
    const owned = this.#isolated.filter(({ user }) => leaving.includes(user))
    this.#isolated = this.#isolated.filter(({ user }) => !leaving.includes(user))
    for (const { process } of owned) process.resume()
    const killed = owned.filter(({ process }) => process.isKilled).map(({ user }) => user)
    await Promise.all(leaving.filter((user) => !killed.includes(user)).map(({ tab }) => tab.close()))
    await Promise.all(owned.map(({ browser }) => browser.close()))
    if (!this.#users.hasKept) {
      await Promise.all(this.#frameProxies.splice(0).map((frameProxy) => frameProxy.close()))
      await this.serverFixture.close()
    }
    await Promise.all(leaving.map(({ proxy }) => proxy.close()))
    expect(complaints.filter((text) => !isSignalingLossError(text))).toEqual([])
  }

  async #close(): Promise<void> {
    if (this.#users.hasKept) await this.#closeUsers()
    for (const browser of [this.#chromium, this.#firefox, this.#tabbedChromium]) await (await browser)?.close()
  }
}
