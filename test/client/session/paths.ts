import { once } from 'node:events'
import { expect } from 'vitest'
import { topOf } from '../../../client/app/view.ts'
import { timers } from '../../../machines/protocol/timeouts.ts'
import { type Act, type FlowSnapshot, looksOf, type Place } from '../../machines/flow.ts'
import { isCalm, isCut, type Look, type Name } from '../../machines/flow.table.ts'
import type { PartialLooks, Subject } from '../../machines/subject.ts'
import { whatVisitSays } from '../../machines/visitor.ts'
import { openWorld, type World } from '../../server/world.ts'
import { Ether } from '../webrtc/fakeNetwork.ts'
import { type Page, Tab } from './page.ts'

/** People with real sessions at a real server: all of the client but devices, peer connections and pictures. */
export class Sessions implements Subject {
  readonly #names: readonly Name[]
  readonly #tabs = new Map<Name, Tab>()
  readonly #pages = new Map<Name, Page>()
  readonly #ether: Ether
  #world!: World
  readonly #seen = { 'holder.left': 0, 'socket.closed': 0, 'time.passed': 0 }

  constructor(names: readonly Name[], ether = new Ether()) {
    this.#names = names
    this.#ether = ether
  }

  async begin(): Promise<void> {
    this.#world = await openWorld({ limits: { serverPing: 1e9, messageBurst: 1e9 }, throttle: { failures: 1e9 } })
    for (const who of this.#names) this.#open(who, this.#newTab())
  }

  async take(who: Name, act: Act, from: Place): Promise<void> {
    const tab = this.#tabs.get(who)
    if (!tab) throw new Error(`${who} has no tab`)
    if (act === 'comesBack') return this.#open(who, from === 'closed' ? this.#newTab() : tab)
    const page = this.#page(who)
    if (act === 'joins') page.visit.send({ type: from === 'lobby' ? 'user.joined' : 'user.rejoined' })
    else if (act === 'hangsUp') await this.#logged('holder.left', () => page.call.send({ type: 'user.hungUp' }))
    else if (act === 'switchesMicrophone') page.microphone.send({ type: page.microphone.getSnapshot().matches({ live: 'muted' }) ? 'user.unmuted' : 'user.muted' })
    else if (act === 'losesPath') page.call.send({ type: 'path.failed' })
    else if (act === 'losesLink') await this.#logged('socket.closed', () => page.unplug())
    else if (act === 'linkReturns') {
      this.#ether.fallSilent()
      page.plug()
    }
    else await this.#close(who, page, act)
  }

  pass(): Promise<void> {
    this.#ether.fallSilent()
    return this.#logged('time.passed', () => this.#world.clock.pass(timers.grace))
  }

  async state(model: FlowSnapshot): Promise<PartialLooks> {
    // A page in a new tab has no proof that it is the other side of the call: the person is asked, and continues.
    for (const { call } of this.#pages.values()) if (call.getSnapshot().matches('unproven')) call.send({ type: 'user.accepted' })
    if (model.context.isCall && isCalm(model.context) && !isCut(model.context)) this.#expectOnePair()
    const wanted = looksOf(model)
    return Object.fromEntries(this.#names.map((who) => [who, this.#look(who, wanted[who] ?? null)]))
  }

  /** A ping of the socket's own passes nothing that was said before it. */
  async settle(): Promise<void> {
    for (let round = 0; round < 2; round++) {
      await Promise.all([...this.#pages.values()].filter(({ visit }) => visit.getSnapshot().matches({ inside: 'online' })).map(async ({ sockets }) => {
        const socket = sockets.at(-1)
        if (!socket || socket.readyState !== socket.OPEN) return
        socket.ping()
        // One that closes meanwhile answers no more.
        const over = new AbortController()
        const answers = ['pong', 'close'].map((name) => once(socket, name, { signal: over.signal }))
        await Promise.race(answers).finally(() => over.abort())
      }))
    }
  }

  async end(): Promise<void> {
    for (const page of this.#pages.values()) page.dispose()
    await this.#world.end()
  }

  #look(who: Name, wanted: Look | null): Partial<Look> | null {
    const page = this.#pages.get(who)
    if (!page) return null
    const [visit, call] = [page.visit.getSnapshot(), page.call.getSnapshot()]
    // Devices follow the visit: no light is on in front of one who is in no lobby and no room.
    if (visit.matches('outside')) expect([...page.captured], `${who} is outside`).toEqual([])
    else expect(page.captured.has('microphone'), `${who} is not outside`).toBe(true)
    // Whoever stays is shown the end for a moment.
    if (call.matches('hangup') && call.context.seat) page.clock.increment(timers.farewell)
    return {
      ...whatVisitSays(visit), call: topOf(call.value) as Look['call'],
      ...(wanted?.hears !== null && { hears: page.remoteMedia?.microphone ?? null }),
    }
  }

  /** No third peer connection, and the two that there are know each other. (One who is cut off may hold on to a dead one.) */
  #expectOnePair(): void {
    const pair = this.#ether.open
    expect(pair.map(({ partner }) => partner)).toEqual(pair.map(({ name }) => name).reverse())
    expect(new Set(pair.map(({ connection }) => connection)).size).toBe(1)
  }

  #page(who: Name): Page {
    const page = this.#pages.get(who)
    if (!page) throw new Error(`${who} has no page`)
    return page
  }

  #newTab(): Tab {
    return new Tab(this.#world.server.url, 'den', this.#ether)
  }

  #open(who: Name, tab: Tab): void {
    this.#tabs.set(who, tab)
    this.#pages.set(who, tab.open())
  }

  async #close(who: Name, page: Page, act: Act): Promise<void> {
    await this.#logged('socket.closed', () => page.close())
    this.#pages.delete(who)
    if (act === 'reloads') this.#open(who, this.#tabs.get(who) ?? this.#newTab())
  }

  /** Does what is heard of where the seats are. */
  async #logged(message: 'holder.left' | 'socket.closed' | 'time.passed', act: () => void): Promise<void> {
    act()
    await this.#world.logged(message, ++this.#seen[message])
  }
}
