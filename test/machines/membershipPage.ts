import { type SnapshotFrom, transition } from 'xstate'
import { outerStateName } from '../../client/app/view.ts'
import {
  membershipMachine as machine,
  type MembershipEffect,
  type MembershipEvent,
} from '../../machines/membership/membershipMachine.ts'
import type { RoomEvent } from '../../machines/protocol/messages.ts'
import { type ReceivedItem, newJoinKey } from '../server/testClient.ts'
import type { Look } from './flow.table.ts'
import { beginning } from './graph.ts'

/** Where visitors go: a real server, or a room's machine and nothing else. */
export interface RoomAdapter {
  join(asked: JoinFields, hear: (heard: ReceivedItem) => void): RoomConnection
  passGrace(): Promise<void>
  end(): Promise<void>
}
export interface JoinFields {
  joinKey: string
  token: string | null
  lastEventId: string | null
}

/** One visitor's way to a seat. */
export interface RoomConnection {
  /** There and back. */
  ping(): Promise<void>
  report(mediaFlow: 'flowing' | 'stopped'): Promise<void>
  leave(pageClosing: boolean): Promise<void>
  /** Resolves when that is known where the seats are. */
  dropSocket(): Promise<void>
}

export function lookOfMembership(visit: SnapshotFrom<typeof machine>): Partial<Look> {
  const {
    value,
    context: { room, peer },
  } = visit
  const isOnline = visit.matches('joined') ? visit.matches({ joined: 'online' }) : null
  return { membership: outerStateName(value) as Look['membership'], room, peer, isOnline }
}

/** Who has a page, as far as the machine of a visit goes; whoever finds somebody there has media at once. */
export class MembershipPage {
  #membership: SnapshotFrom<typeof machine> = beginning(machine)
  readonly #adapter: RoomAdapter
  #connection: RoomConnection | null = null
  /** Grows with each connection: events of an earlier one are ignored. */
  #generation = 0
  #joinRequest: JoinFields = { joinKey: '', token: null, lastEventId: null }
  #hasMedia = false
  readonly #errors: unknown[] = []

  constructor(adapter: RoomAdapter, token: string | null = null) {
    this.#adapter = adapter
    this.#joinRequest.token = token
    if (token) this.send({ type: 'page.reloaded' })
  }

  get token(): string | null {
    return this.#joinRequest.token
  }

  get look(): Partial<Look> {
    if (this.#errors.length > 0) throw this.#errors[0]
    return lookOfMembership(this.#membership)
  }

  send(fact: MembershipEvent): void {
    const [next, actions] = transition(machine, this.#membership, fact)
    this.#membership = next
    for (const { type, params } of actions as unknown as { type: string; params: { event: MembershipEffect } }[]) {
      if (type !== 'xstate.emit') continue
      if (params.event.type === 'join.requested')
        this.join({ joinKey: newJoinKey(), token: this.token, lastEventId: null })
      else this.#joinRequest.token = null
    }
  }

  /** Comes in, or back to where reading stopped. */
  join(asked: JoinFields = this.#joinRequest): void {
    this.#joinRequest = asked
    const turn = ++this.#generation
    const connection = this.#adapter.join(asked, (heard) => {
      if (turn === this.#generation) this.#onReceived(heard)
    })
    // A refusal may have come at once, and another turn with it.
    if (turn === this.#generation) this.#connection = connection
  }

  async ping(): Promise<void> {
    if (this.#membership.matches({ joined: 'online' })) await this.#connection?.ping()
  }

  async hangUp(): Promise<void> {
    this.send({ type: 'user.left' })
    await this.#connection?.leave(false)
  }

  async losePath(): Promise<void> {
    await this.#connection?.report('stopped')
    await this.#connection?.report('flowing')
  }

  async loseLink(): Promise<void> {
    this.#generation += 1
    this.send({ type: 'signaling.lost' })
    await this.#connection?.dropSocket()
  }

  async close(): Promise<void> {
    await this.#connection?.leave(true)
    await this.#connection?.dropSocket()
  }

  #onReceived(heard: ReceivedItem): void {
    if (heard === 'completed') return
    if ('event' in heard) this.#onEvent(heard)
    // As the link does: the seat is gone, but perhaps not the room.
    else if (heard.errorCode === 'seat-lost' && this.token)
      this.join({ joinKey: newJoinKey(), token: null, lastEventId: null })
    else this.send({ type: 'join.rejected', code: heard.errorCode ?? 'internal', isCalling: false })
  }

  #onEvent({ id, event }: { id: string; event: RoomEvent }): void {
    this.#joinRequest.lastEventId = id
    if (event.type === 'joined') {
      this.#joinRequest.token = event.token
      if (!event.resumed) this.#hasMedia = false
      this.send({ type: 'join.accepted', state: event.state, peer: event.peer })
    } else if (event.type === 'ready' || event.type === 'full') this.send({ type: `room.${event.type}` })
    else if (event.type === 'peer.left') this.send({ type: event.type })
    else if (event.type === 'peer.disconnected' || event.type === 'peer.reconnected') this.send(event)
    this.#reportMedia()
  }

  #reportMedia(): void {
    const { peer } = this.#membership.context
    if (peer === 'absent') this.#hasMedia = false
    if (peer !== 'connected' || this.#hasMedia) return
    this.#hasMedia = true
    // The connection may not be stored yet.
    queueMicrotask(() => this.#connection?.report('flowing').catch((error: unknown) => this.#errors.push(error)))
  }
}
