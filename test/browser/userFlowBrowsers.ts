import { fileURLToPath } from 'node:url'
import { vi } from 'vitest'
import { timeouts } from '../../machines/protocol/timeouts.ts'
import { type Act, type FlowSnapshot, lookOf, looksOf, type Place } from '../machines/flow.ts'
import type { Look, Name } from '../machines/flow.table.ts'
import type { PartialLooks, FlowSubject } from '../machines/flowSubject.ts'
import { openServerFixture, type ServerFixture } from '../server/serverFixture.ts'
import { TcpFaultProxy } from './tcpFaultProxy.ts'
import type { BrowserPool } from './browserPool.ts'
import type { ChromiumTab } from './chromium.ts'
import { BrowserUser } from './browserUser.ts'
import { deadlineMs } from '../deadline.ts'

const pagesDirectory = fileURLToPath(new URL('../../dist/client', import.meta.url))
const room = 'paths'
const joinButtons: Partial<Record<Place, string>> = { lobby: 'Join', refused: 'Try again' }

/**
 * Users with browsers. The server runs in this process with a clock that tests control. Each page connects through its
 * own TcpFaultProxy.
 */
export class UserFlowBrowsers implements FlowSubject {
  /** Console errors of the pages, except those that a cut proxy causes. */
  readonly consoleErrors: string[] = []
  readonly #browsers: BrowserPool
  readonly #names: readonly Name[]
  readonly #users = new Map<Name, BrowserUser<ChromiumTab>>()
  readonly #proxies = new Map<Name, TcpFaultProxy>()
  readonly #tabs: ChromiumTab[] = []
  #serverFixture!: ServerFixture

  constructor(browsers: BrowserPool, names: readonly Name[]) {
    this.#browsers = browsers
    this.#names = names
  }

  async begin(): Promise<void> {
    this.#serverFixture = await openServerFixture({
      pagesDirectory,
      socketTimeouts: { serverPingIntervalMs: 1e9 },
      limits: { messageBurst: 1e9, failedJoinsPerAddressPerMinute: 1e9, failedJoinsPerSocketPerMinute: 1e9 },
    })
    for (const who of this.#names) {
      this.#proxies.set(who, await TcpFaultProxy.start(this.#serverFixture.server.port))
      await this.#open(who)
    }
  }

  async take(who: Name, act: Act, from: Place): Promise<void> {
    if (act === 'comesBack' && from === 'closed') return this.#open(who)
    const [user, proxy] = [this.#users.get(who), this.#proxies.get(who)]
    if (!user || !proxy) throw new Error(`${who} has no page`)
    if (act === 'joins') await (from === 'left' ? user.rejoin() : user.press(joinButtons[from] ?? ''))
    else if (act === 'hangsUp') await this.#waitForLog('holder.left', () => user.press('Hang up'))
    else if (act === 'switchesMicrophone')
      await user.tab.page.getByRole('button', { name: /^(Mute|Unmute)$/, disabled: false }).click()
    else if (act === 'reloads') await this.#waitForLog('socket.closed', async () => void (await user.tab.page.reload()))
    else if (act === 'losesLink') await this.#waitForLog('socket.closed', async () => proxy.cut())
    else if (act === 'linkReturns') await this.#restore(user, proxy)
    else if (act === 'comesBack') await user.openPath(`/r/${room}`)
    else if (act === 'walksAway') await this.#waitForLog('socket.closed', () => user.tab.open('about:blank'))
    else if (act === 'closesTab') await this.#waitForLog('socket.closed', () => user.tab.page.close())
    else throw new Error(`no browser ${act}`)
  }

  async pass(): Promise<void> {
    await this.#waitForLog('time.passed', async () => this.#serverFixture.clock.advance(timeouts.seatGraceMs))
  }

  async state(model: FlowSnapshot): Promise<PartialLooks> {
    const looks = Object.entries(looksOf(model)).map(async ([who, wanted]) => [
      who,
      wanted && (await this.#readLook(who as Name, wanted, model)),
    ])
    return Object.fromEntries(await Promise.all(looks)) as PartialLooks
  }

  async end(): Promise<void> {
    await Promise.all(this.#tabs.map((tab) => tab.close()))
    this.consoleErrors.push(
      ...this.#tabs
        .flatMap((tab) => tab.consoleErrors)
        .filter((text) => !/WebSocket connection to .* failed|net::ERR_|status of 426/.test(text)),
    )
    await this.#serverFixture.close()
    for (const proxy of this.#proxies.values()) await proxy.close()
  }

  async #readLook(who: Name, wanted: Look, model: FlowSnapshot): Promise<Partial<Look>> {
    const user = this.#users.get(who)
    if (!user) return {}
    const states = (await user.readStates()) as Pick<Look, 'membership' | 'room' | 'call'>
    // A page that is gone sends no media. The browser detects and reports that after a while.
    const isForsaken = model.context.chairs.some((chair) => chair.who === null || lookOf(model, chair.who) === null)
    return {
      ...states,
      ...(isForsaken && wanted.room === 'full' && states.room === 'ready' && { room: 'full' }),
      ...(wanted.hears !== null && { hears: !(await user.visibleText()).includes('Their microphone is off') }),
    }
  }

  /** Opens the lobby in a new tab. It has no key of an earlier seat, which is in that tab's `sessionStorage`. */
  async #open(who: Name): Promise<void> {
    const before = this.#users.get(who)
    const tab = before ? await before.tab.openAnotherTab() : await this.#browsers.openChromium()
    const user = new BrowserUser(tab, `http://localhost:${this.#proxies.get(who)?.port}`)
    this.#tabs.push(tab)
    this.#users.set(who, user)
    await user.openLobby(room)
  }

  /** Simulates the browser's `online` event. The page does not show when its seat is resumed, so this reads the log. */
  async #restore(user: BrowserUser, proxy: TcpFaultProxy): Promise<void> {
    const entries = (): number =>
      this.#serverFixture.logLines.filter((line) => /"msg":"(holder\.resumed|visitor\.joined)"/.test(line)).length
    const before = entries()
    proxy.restore()
    await user.tab.run(() => void dispatchEvent(new Event('online')), null)
    await vi.waitUntil(() => entries() > before, { timeout: deadlineMs, interval: 20 })
  }

  async #waitForLog(message: 'holder.left' | 'socket.closed' | 'time.passed', act: () => Promise<void>): Promise<void> {
    const before = this.#serverFixture.logLines.filter((line) => line.includes(`"msg":"${message}"`)).length
    await act()
    await this.#serverFixture.waitForLog(message, before + 1)
  }
}
