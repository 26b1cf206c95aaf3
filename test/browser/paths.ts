import { fileURLToPath } from 'node:url'
import { vi } from 'vitest'
import type { Browser } from 'playwright-core'
import { timers } from '../../machines/protocol/timeouts.ts'
import { type Act, type FlowSnapshot, lookOf, looksOf, type Place, placeOf } from '../machines/flow.ts'
import type { Look, Name } from '../machines/flow.table.ts'
import type { PartialLooks, Subject } from '../machines/subject.ts'
import { openWorld, type World } from '../server/world.ts'
import { Cable } from './cable.ts'
import { type ChromiumTab, openChromiumTab } from './chromium.ts'
import { Guest } from './guest.ts'
import { deadlineMs } from '../deadline.ts'

const pages = fileURLToPath(new URL('../../dist/client', import.meta.url))
const room = 'paths'
const enter: Partial<Record<Place, string>> = { lobby: 'Join', left: 'Rejoin', refused: 'Try again' }

/** People with browsers. The server runs in here, so that its clock can be moved; each page has a cable to it. */
export class Browsers implements Subject {
  /** What pages complained of, but for the cable, which may be cut while something is loaded. */
  readonly complaints: string[] = []
  readonly #browser: Browser
  readonly #names: readonly Name[]
  readonly #guests = new Map<Name, Guest<ChromiumTab>>()
  readonly #cables = new Map<Name, Cable>()
  readonly #tabs: ChromiumTab[] = []
  readonly #seen = { 'holder.left': 0, 'socket.closed': 0, 'time.passed': 0 }
  /** Somebody hung up since their line was last there. */
  readonly #parted = new Set<Name>()
  #world!: World

  constructor(browser: Browser, names: readonly Name[]) {
    this.#browser = browser
    this.#names = names
  }

  async begin(): Promise<void> {
    this.#world = await openWorld({ pages, limits: { serverPing: 1e9, messageBurst: 1e9 }, throttle: { failures: 1e9 } })
    for (const who of this.#names) {
      this.#cables.set(who, await Cable.lay(this.#world.server.port))
      await this.#open(who)
    }
  }

  async take(who: Name, act: Act, from: Place): Promise<void> {
    if (act === 'comesBack' && from === 'closed') return this.#open(who)
    const [guest, cable] = [this.#guests.get(who), this.#cables.get(who)]
    if (!guest || !cable) throw new Error(`${who} has no page`)
    if (act === 'losesLink') this.#parted.delete(who)
    if (act === 'hangsUp') for (const name of this.#names) this.#parted.add(name)
    if (act === 'joins') await guest.press(enter[from] ?? '')
    else if (act === 'hangsUp') await this.#logged('holder.left', () => guest.press('Hang up'))
    else if (act === 'switchesMicrophone') await guest.tab.page.getByRole('button', { name: /^(Mute|Unmute)$/, disabled: false }).click()
    else if (act === 'reloads') await this.#logged('socket.closed', async () => void await guest.tab.page.reload())
    else if (act === 'losesLink') await this.#logged('socket.closed', async () => cable.cut())
    else if (act === 'linkReturns') await this.#mend(guest, cable)
    else if (act === 'comesBack') await guest.visit(`/r/${room}`)
    else if (act === 'walksAway') await this.#logged('socket.closed', () => guest.tab.open('about:blank'))
    else if (act === 'closesTab') await this.#logged('socket.closed', () => guest.tab.page.close())
    else throw new Error(`no browser ${act}`)
  }

  async pass(): Promise<void> {
    await this.#logged('time.passed', async () => this.#world.clock.pass(timers.grace))
  }

  async state(model: FlowSnapshot): Promise<PartialLooks> {
    const looks = Object.entries(looksOf(model)).map(async ([who, wanted]) => [who, wanted && await this.#look(who as Name, wanted, model)])
    return Object.fromEntries(await Promise.all(looks)) as PartialLooks
  }

  async end(): Promise<void> {
    await Promise.all(this.#tabs.map((tab) => tab.close()))
    this.complaints.push(...this.#tabs.flatMap((tab) => tab.complaints).filter((text) => !/WebSocket connection to .* failed|net::ERR_|status of 426/.test(text)))
    await this.#world.end()
    for (const cable of this.#cables.values()) await cable.end()
  }

  async #look(who: Name, wanted: Look, model: FlowSnapshot): Promise<Partial<Look>> {
    const guest = this.#guests.get(who)
    if (!guest) return {}
    const states = await guest.states() as Pick<Look, 'visit' | 'room' | 'call'>
    // Who hangs up is heard past the server, too, which others who walk these paths have no way for.
    const hearsPastIt = this.#parted.has(who) && ['offline', 'late'].includes(placeOf(model, who))
    // A page that is gone sends nothing: a browser finds that out by itself, after a while, and says so.
    const isForsaken = model.context.chairs.some((chair) => chair.who === null || lookOf(model, chair.who) === null)
    return {
      ...states, ...(hearsPastIt && wanted.call === 'connected' && states.call === 'hangup' && { call: 'connected' as const }),
      ...(isForsaken && wanted.room === 'full' && states.room === 'ready' && { room: 'full' }),
      ...(wanted.hears !== null && { hears: !(await guest.words()).includes('Their microphone is off') }),
    }
  }

  /** The lobby of a new tab. It knows nothing of one before it: the key of a seat is kept in `sessionStorage`. */
  async #open(who: Name): Promise<void> {
    const before = this.#guests.get(who)
    const tab = before ? await before.tab.sibling() : await openChromiumTab(this.#browser)
    const guest = new Guest(tab, `http://localhost:${this.#cables.get(who)?.port}`)
    this.#tabs.push(tab)
    this.#guests.set(who, guest)
    await guest.arrive(room)
  }

  /** As the browser does when there is a network again. Nothing that the page says shows when it has its seat back. */
  async #mend(guest: Guest, cable: Cable): Promise<void> {
    const entries = (): number => this.#world.log.filter((line) => /"msg":"(holder\.resumed|visitor\.entered)"/.test(line)).length
    const before = entries()
    cable.mend()
    await guest.tab.run(() => void dispatchEvent(new Event('online')), null)
    await vi.waitUntil(() => entries() > before, { timeout: deadlineMs, interval: 20 })
  }

  async #logged(message: 'holder.left' | 'socket.closed' | 'time.passed', act: () => Promise<void>): Promise<void> {
    await act()
    await this.#world.logged(message, ++this.#seen[message])
  }
}
