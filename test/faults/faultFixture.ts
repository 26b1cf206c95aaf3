import { setImmediate } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeEach, type TestContext, vi } from 'vitest'
import { timeouts } from '../../machines/protocol/timeouts.ts'
import { BrowserPool } from '../browser/browserPool.ts'
import type { BrowserProcess } from '../browser/browserProcess.ts'
import type { ChromiumOptions, ChromiumTab } from '../browser/chromium.ts'
import { UserRegistry } from '../browser/fixtureLifecycle.ts'
import { FrameProxy } from '../browser/frameProxy.ts'
import type { PuppeteerTab } from '../browser/puppeteerTab.ts'
import type { Tab } from '../browser/tab.ts'
import { TcpFaultProxy } from '../browser/tcpFaultProxy.ts'
import { deadlineMs } from '../deadline.ts'
import { openServerFixture, type ServerFixture } from '../server/serverFixture.ts'
import { LeapingClock } from './leapingClock.ts'
import { isSignalingLossError } from './pageObserver.ts'
import { ProxiedUser } from './proxiedUser.ts'

const pagesDirectory = fileURLToPath(new URL('../../dist/client', import.meta.url))
/**
 * The product in this process with a LeapingClock, and users with browsers, each behind its own TcpFaultProxy. For one
 * test file.
 */
export class FaultFixture {
  clock!: LeapingClock
  serverFixture!: ServerFixture
  readonly #env: Record<string, string>
  readonly #browsers = new BrowserPool()
  /** Admin listeners of all servers of this file. Pages on a loopback origin ask them for addresses. */
  readonly #adminUrls: string[] = []
  readonly #users = new UserRegistry<ProxiedUser>({
    readLog: () => this.serverFixture.logLines,
    listOrigins: () => this.#adminUrls,
    isExpectedError: isSignalingLossError,
  })

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
    return this.#addUser(await this.#browsers.openChromium(options))
  }

  /** Opens a user whose WebSocket frames go through a FrameProxy. */
  async openThroughFrameProxy(): Promise<{ user: ProxiedUser<ChromiumTab>; frameProxy: FrameProxy }> {
    const frameProxy = await FrameProxy.start(this.serverFixture.server.url)
    return { user: await this.#addUser(await this.#browsers.openChromium(), frameProxy), frameProxy }
  }

  /** Opens a user whose tabs hide each other. */
  async openHideableTab(): Promise<ProxiedUser<PuppeteerTab>> {
    return this.#addUser(await this.#browsers.openHideableTab())
  }

  /** Opens a user with Firefox. All Firefox users of one file share a browser process. */
  async firefox(): Promise<ProxiedUser<PuppeteerTab>> {
    return this.#addUser(await this.#browsers.openFirefox())
  }

  /** Opens a user with a browser process of their own. */
  async openIsolatedChromium(): Promise<{ user: ProxiedUser<ChromiumTab>; process: BrowserProcess }> {
    const { tab, process } = await this.#browsers.openIsolatedChromium()
    return { user: await this.#addUser(tab), process }
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
    if (this.serverFixture.server.adminUrl) this.#adminUrls.push(this.serverFixture.server.adminUrl)
  }

  /** The user's TcpFaultProxy leads to the frame proxy, or to the server. */
  async #addUser<T extends Tab>(tab: T, frameProxy?: FrameProxy): Promise<ProxiedUser<T>> {
    const proxy = await TcpFaultProxy.start(frameProxy?.port ?? this.serverFixture.server.port)
    return this.#users.add(new ProxiedUser(tab, proxy), async () => {
      await proxy.close()
      await frameProxy?.close()
    })
  }

  /** Closes the leaving users, and the server with the last of them. */
  async #closeUsers(context?: TestContext): Promise<void> {
    try {
      await this.#users.close(context)
    } finally {
      if (!this.#users.hasKept) await this.serverFixture.close()
    }
  }

  async #close(): Promise<void> {
    if (this.#users.hasKept) await this.#closeUsers()
    await this.#browsers.close()
  }
}
