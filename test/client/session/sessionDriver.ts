import { once } from 'node:events'
import { expect } from 'vitest'
import { outerStateName } from '../../../client/app/view.ts'
import { timeouts } from '../../../machines/protocol/timeouts.ts'
import { type Act, type FlowSnapshot, looksOf, type Place } from '../../machines/flow.ts'
import { isCalm, isCut, type Look, type Name } from '../../machines/flow.table.ts'
import type { PartialLooks, FlowSubject } from '../../machines/flowSubject.ts'
import { lookOfMembership } from '../../machines/membershipPage.ts'
import { openServerFixture, type ServerFixture } from '../../server/serverFixture.ts'
import { FakeNetwork } from '../webrtc/fakeNetwork.ts'
import { type SessionPage, SessionTab } from './sessionPage.ts'

/** Users with real sessions on a real server. Devices, peer connections and rendering are faked. */
export class SessionDriver implements FlowSubject {
  readonly #names: readonly Name[]
  readonly #tabs = new Map<Name, SessionTab>()
  readonly #pages = new Map<Name, SessionPage>()
  readonly #network: FakeNetwork
  #world!: ServerFixture

  constructor(names: readonly Name[], network = new FakeNetwork()) {
    this.#names = names
    this.#network = network
  }

  async begin(): Promise<void> {
    this.#world = await openServerFixture({
      socketTimeouts: { serverPingIntervalMs: 1e9 },
      limits: { messageBurst: 1e9, failedJoinsPerAddressPerMinute: 1e9, failedJoinsPerSocketPerMinute: 1e9 },
    })
    for (const who of this.#names) this.#open(who, this.#newTab())
  }

  async take(who: Name, act: Act, from: Place): Promise<void> {
    const tab = this.#tabs.get(who)
    if (!tab) throw new Error(`${who} has no tab`)
    if (act === 'comesBack') return this.#open(who, from === 'closed' ? this.#newTab() : tab)
    const page = this.#page(who)
    if (act === 'joins') page.membership.send({ type: from === 'lobby' ? 'user.joined' : 'user.rejoined' })
    else if (act === 'hangsUp')
      await this.#actAndWaitForLog('holder.left', () => page.membership.send({ type: 'user.hungUp' }))
    else if (act === 'switchesMicrophone')
      page.microphone.send({
        type: page.microphone.getSnapshot().matches({ live: 'muted' }) ? 'user.unmuted' : 'user.muted',
      })
    else if (act === 'losesPath') page.call.send({ type: 'transport.failed' })
    else if (act === 'losesLink') await this.#actAndWaitForLog('socket.closed', () => page.goOffline())
    else if (act === 'linkReturns') {
      this.#network.disconnectOrphans()
      page.goOnline()
    } else await this.#close(who, page, act)
  }

  pass(): Promise<void> {
    this.#network.disconnectOrphans()
    return this.#actAndWaitForLog('time.passed', () => this.#world.clock.advance(timeouts.seatGraceMs))
  }

  async state(model: FlowSnapshot): Promise<PartialLooks> {
    // A page in a new tab has no proof of identity. The user is asked and accepts.
    for (const { call } of this.#pages.values())
      if (call.getSnapshot().matches('unauthenticatedPeer')) call.send({ type: 'user.acceptedPeer' })
    if (model.context.isCall && isCalm(model.context) && !isCut(model.context)) this.#expectOneConnectedPair()
    const wanted = looksOf(model)
    return Object.fromEntries(this.#names.map((who) => [who, this.#readLook(who, wanted[who] ?? null)]))
  }

  /** A WebSocket ping does not overtake earlier frames. */
  async settle(): Promise<void> {
    for (let round = 0; round < 2; round++) {
      await Promise.all(
        [...this.#pages.values()]
          .filter(({ membership: visit }) => visit.getSnapshot().matches({ joined: 'online' }))
          .map(async ({ sockets }) => {
            const socket = sockets.at(-1)
            if (!socket || socket.readyState !== socket.OPEN) return
            socket.ping()
            // A closing socket sends no pong.
            const over = new AbortController()
            const answers = ['pong', 'close'].map((name) => once(socket, name, { signal: over.signal }))
            await Promise.race(answers).finally(() => over.abort())
          }),
      )
    }
  }

  async end(): Promise<void> {
    for (const page of this.#pages.values()) page.dispose()
    await this.#world.close()
  }

  #readLook(who: Name, wanted: Look | null): Partial<Look> | null {
    const page = this.#pages.get(who)
    if (!page) return null
    const [visit, call] = [page.membership.getSnapshot(), page.call.getSnapshot()]
    // Devices are captured only in the lobby and in a room.
    if (visit.matches('left')) expect([...page.captured], `${who} is outside`).toEqual([])
    else expect(page.captured.has('microphone'), `${who} is not outside`).toBe(true)
    return {
      ...lookOfMembership(visit),
      call: outerStateName(call.value) as Look['call'],
      ...(wanted?.hears !== null && { hears: page.remoteMedia?.microphone ?? null }),
    }
  }

  /** Expects exactly two peer connections, connected with each other. A page without network may keep a dead one. */
  #expectOneConnectedPair(): void {
    const pair = this.#network.openPeers
    expect(pair.map(({ partner }) => partner)).toEqual(pair.map(({ name }) => name).reverse())
    expect(new Set(pair.map(({ connection }) => connection)).size).toBe(1)
  }

  #page(who: Name): SessionPage {
    const page = this.#pages.get(who)
    if (!page) throw new Error(`${who} has no page`)
    return page
  }

  #newTab(): SessionTab {
    return new SessionTab(this.#world.server.url, 'den', this.#network)
  }

  #open(who: Name, tab: SessionTab): void {
    this.#tabs.set(who, tab)
    this.#pages.set(who, tab.open())
  }

  async #close(who: Name, page: SessionPage, act: Act): Promise<void> {
    await this.#actAndWaitForLog('socket.closed', () => page.close())
    this.#pages.delete(who)
    if (act === 'reloads') this.#open(who, this.#tabs.get(who) ?? this.#newTab())
  }

  /** Acts and waits until the server logs the message. */
  async #actAndWaitForLog(message: 'holder.left' | 'socket.closed' | 'time.passed', act: () => void): Promise<void> {
    const before = this.#world.logLines.filter((line) => line.includes(`"msg":"${message}"`)).length
    act()
    await this.#world.waitForLog(message, before + 1)
  }
}
