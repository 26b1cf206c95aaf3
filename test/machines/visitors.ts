import { type SnapshotFrom, transition } from 'xstate'
import { topOf } from '../../client/scene.ts'
import { visit as machine, type VisitEffect, type VisitFact } from '../../machines/visit.ts'
import type { RoomEvent } from '../../machines/wire.ts'
import { type Heard, newKey } from '../server/people.ts'
import type { Act, Place } from './flow.ts'
import type { Look, Name } from './flow.table.ts'
import { beginning } from './graph.ts'
import type { PartialLooks, Subject } from './subject.ts'

/** Where visitors go: a real server, or a room's machine and nothing else. */
export interface Inn {
  enter(asked: Asked, hear: (heard: Heard) => void): Stay
  pass(): Promise<void>
  end(): Promise<void>
}
export interface Asked { key: string; token: string | null; lastEventId: string | null }

/** One visitor's way to a seat. */
export interface Stay {
  /** There and back. */
  knock(): Promise<void>
  report(media: 'flowing' | 'stopped'): Promise<void>
  leave(mayReturn: boolean): Promise<void>
  /** Resolves when that is known where the seats are. */
  vanish(): Promise<void>
}

export function whatVisitSays(visit: SnapshotFrom<typeof machine>): Partial<Look> {
  const { value, context: { room, peer } } = visit
  const isOnline = visit.matches('inside') ? visit.matches({ inside: 'online' }) : null
  return { visit: topOf(value) as Look['visit'], room, peer, isOnline }
}

/** Who has a page, as far as the machine of a visit goes; whoever finds somebody there has media at once. */
class Visitor {
  #visit: SnapshotFrom<typeof machine> = beginning(machine)
  readonly #inn: Inn
  #stay: Stay | null = null
  /** Grows with each stay: what an earlier one still hears is nobody's. */
  #turn = 0
  #asked: Asked = { key: '', token: null, lastEventId: null }
  #hasMedia = false
  readonly #errors: unknown[] = []

  constructor(inn: Inn, token: string | null = null) {
    this.#inn = inn
    this.#asked.token = token
    if (token) this.send({ type: 'page.reloaded' })
  }

  get token(): string | null {
    return this.#asked.token
  }

  get look(): Partial<Look> {
    if (this.#errors.length > 0) throw this.#errors[0]
    return whatVisitSays(this.#visit)
  }

  send(fact: VisitFact): void {
    const [next, actions] = transition(machine, this.#visit, fact)
    this.#visit = next
    for (const { type, params } of actions as unknown as { type: string; params: { event: VisitEffect } }[]) {
      if (type !== 'xstate.emit') continue
      if (params.event.type === 'entry.asked') this.enter({ key: newKey(), token: this.token, lastEventId: null })
      else this.#asked.token = null
    }
  }

  /** Comes in, or back to where reading stopped. */
  enter(asked: Asked = this.#asked): void {
    this.#asked = asked
    const turn = ++this.#turn
    const stay = this.#inn.enter(asked, (heard) => { if (turn === this.#turn) this.#hear(heard) })
    // A refusal may have come at once, and another turn with it.
    if (turn === this.#turn) this.#stay = stay
  }

  async knock(): Promise<void> {
    if (this.#visit.matches({ inside: 'online' })) await this.#stay?.knock()
  }

  async hangUp(): Promise<void> {
    this.send({ type: 'user.left' })
    await this.#stay?.leave(false)
  }

  async losePath(): Promise<void> {
    await this.#stay?.report('stopped')
    await this.#stay?.report('flowing')
  }

  async loseLink(): Promise<void> {
    this.#turn += 1
    this.send({ type: 'link.lost' })
    await this.#stay?.vanish()
  }

  async close(): Promise<void> {
    await this.#stay?.leave(true)
    await this.#stay?.vanish()
  }

  #hear(heard: Heard): void {
    if (heard === 'completed') return
    if ('event' in heard) this.#read(heard)
    // As the link does: the seat is gone, but perhaps not the room.
    else if (heard.refused === 'seat-lost' && this.token) this.enter({ key: newKey(), token: null, lastEventId: null })
    else this.send({ type: 'seat.refused', code: heard.refused ?? 'internal' })
  }

  #read({ id, event }: { id: string; event: RoomEvent }): void {
    this.#asked.lastEventId = id
    if (event.type === 'joined') {
      this.#asked.token = event.token
      if (!event.resumed) this.#hasMedia = false
      this.send({ type: 'seat.given', state: event.state, peer: event.peer })
    } else if (event.type === 'ready' || event.type === 'full') this.send({ type: `room.${event.type}` })
    else if (event.type === 'peer.away' || event.type === 'peer.back' || event.type === 'peer.left') this.send({ type: event.type })
    this.#tellMedia()
  }

  #tellMedia(): void {
    const { peer } = this.#visit.context
    if (peer === 'absent') this.#hasMedia = false
    if (peer !== 'here' || this.#hasMedia) return
    this.#hasMedia = true
    // The stay may still be being made.
    queueMicrotask(() => this.#stay?.report('flowing').catch((error: unknown) => this.#errors.push(error)))
  }
}

/** People who visit, and have no call: what they are told is all that there is to them. */
export class Visitors implements Subject {
  readonly #open: () => Promise<Inn>
  readonly #names: readonly Name[]
  readonly #pages = new Map<Name, Visitor>()
  readonly #tokens = new Map<Name, string | null>()
  #inn!: Inn

  constructor(names: readonly Name[], open: () => Promise<Inn>) {
    this.#names = names
    this.#open = open
  }

  async begin(): Promise<void> {
    this.#inn = await this.#open()
    for (const who of this.#names) this.#pages.set(who, new Visitor(this.#inn))
  }

  async take(who: Name, act: Act, from: Place): Promise<void> {
    if (act === 'comesBack') return void this.#pages.set(who, new Visitor(this.#inn, this.#tokens.get(who)))
    const page = this.#pages.get(who)
    if (!page) throw new Error(`${who} has no page`)
    if (act === 'joins') page.send({ type: from === 'lobby' ? 'user.joined' : 'user.rejoined' })
    else if (act === 'hangsUp') await page.hangUp()
    else if (act === 'losesPath') await page.losePath()
    else if (act === 'losesLink') await page.loseLink()
    else if (act === 'linkReturns') page.enter()
    else if (act !== 'switchesMicrophone') await this.#close(who, page, act)
  }

  pass(): Promise<void> {
    return this.#inn.pass()
  }

  async state(): Promise<PartialLooks> {
    return Object.fromEntries(this.#names.map((who) => [who, this.#pages.get(who)?.look ?? null]))
  }

  async settle(): Promise<void> {
    for (let round = 0; round < 2; round++) await Promise.all([...this.#pages.values()].map((page) => page.knock()))
  }

  end(): Promise<void> {
    return this.#inn.end()
  }

  async #close(who: Name, page: Visitor, act: Act): Promise<void> {
    await page.close()
    this.#pages.delete(who)
    this.#tokens.set(who, act === 'closesTab' ? null : page.token)
    if (act === 'reloads') this.#pages.set(who, new Visitor(this.#inn, page.token))
  }
}
