import { type SnapshotFrom, transition } from 'xstate'
import { topOf } from '../../client/app/view.ts'
import { visit as machine, type VisitEffect, type VisitFact } from '../../machines/membership/membershipMachine.ts'
import type { RoomEvent } from '../../machines/protocol/messages.ts'
import { type Heard, newKey } from '../server/people.ts'
import type { Look } from './flow.table.ts'
import { beginning } from './graph.ts'

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
export class Visitor {
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
    else this.send({ type: 'seat.refused', code: heard.refused ?? 'internal', isCalling: false })
  }

  #read({ id, event }: { id: string; event: RoomEvent }): void {
    this.#asked.lastEventId = id
    if (event.type === 'joined') {
      this.#asked.token = event.token
      if (!event.resumed) this.#hasMedia = false
      this.send({ type: 'seat.given', state: event.state, peer: event.peer })
    } else if (event.type === 'ready' || event.type === 'full') this.send({ type: `room.${event.type}` })
    else if (event.type === 'peer.left') this.send({ type: event.type })
    else if (event.type === 'peer.away' || event.type === 'peer.back') this.send(event)
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
