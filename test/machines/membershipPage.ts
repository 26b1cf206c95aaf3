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
import { emittedEvents } from './stepper.ts'

/** The other end of a visitor's connection: a real server, or the room's machine alone. */
export interface RoomAdapter {
  join(asked: JoinFields, receive: (item: ReceivedItem) => void): RoomConnection
  passGrace(): Promise<void>
  end(): Promise<void>
}
/** The fields of a join that the membership determines. */
export interface JoinFields {
  joinKey: string
  token: string | null
  lastEventId: string | null
}

/** A visitor's connection to a room. */
export interface RoomConnection {
  /** Resolves after one round trip. */
  ping(): Promise<void>
  report(mediaFlow: 'flowing' | 'stopped'): Promise<void>
  leave(pageClosing: boolean): Promise<void>
  /** Resolves when the room has noticed the loss. */
  dropSocket(): Promise<void>
}

/** Returns the part of a page's state that depends on the membership machine. */
export function lookOfMembership(visit: SnapshotFrom<typeof machine>): Partial<Look> {
  const {
    value,
    context: { room, peer },
  } = visit
  const isOnline = visit.matches('joined') ? visit.matches({ joined: 'online' }) : null
  return { membership: outerStateName(value) as Look['membership'], room, peer, isOnline }
}

/** A page reduced to its membership machine. It reports media as soon as its peer is present. */
export class MembershipPage {
  #membership: SnapshotFrom<typeof machine> = beginning(machine)
  readonly #adapter: RoomAdapter
  #connection: RoomConnection | null = null
  /** Increments with each connection; events of an earlier one are ignored. */
  #generation = 0
  #joinRequest: JoinFields = { joinKey: '', token: null, lastEventId: null }
  #hasMedia = false
  /** Media has flowed in both directions since the peer joined. */
  #isCall = false
  /** The peer's page was closed, so its media ends with its seat. */
  #isPeerClosed = false
  readonly #errors: unknown[] = []

  constructor(adapter: RoomAdapter, token: string | null = null) {
    this.#adapter = adapter
    this.#joinRequest.token = token
    if (token) this.send({ type: 'page.reloaded' })
  }

  /** The seat's current token; null without a seat. */
  get token(): string | null {
    return this.#joinRequest.token
  }

  /**
   * The state that the page shows.
   * @throws the first error of a media report
   */
  get look(): Partial<Look> {
    if (this.#errors.length > 0) throw this.#errors[0]
    return lookOfMembership(this.#membership)
  }

  /** Sends an event to the membership machine and runs its effects. */
  send(fact: MembershipEvent): void {
    const [next, actions] = transition(machine, this.#membership, fact)
    this.#membership = next
    for (const event of emittedEvents<MembershipEffect>(actions)) {
      if (event.type === 'join.requested') this.join({ joinKey: newJoinKey(), token: this.token, lastEventId: null })
      else if (event.type !== 'handover.requested') this.#joinRequest.token = null
      // A page whose peer left the call leaves, too.
      if (event.type === 'seat.released' && fact.type === 'call.ended') void this.#connection?.leave(false)
    }
  }

  /** Joins, or rejoins at the last read position. */
  join(asked: JoinFields = this.#joinRequest): void {
    this.#joinRequest = asked
    const turn = ++this.#generation
    const connection = this.#adapter.join(asked, (item) => {
      if (turn === this.#generation) this.#onReceived(item)
    })
    // A rejection may have arrived synchronously and started another join.
    if (turn === this.#generation) this.#connection = connection
  }

  /** Resolves after one round trip while online, else at once. */
  async ping(): Promise<void> {
    if (this.#membership.matches({ joined: 'online' })) await this.#connection?.ping()
  }

  /** Leaves the room. */
  async hangUp(): Promise<void> {
    this.send({ type: 'user.hungUp' })
    await this.#connection?.leave(false)
  }

  /** Reports media as stopped and as flowing again. */
  async losePath(): Promise<void> {
    await this.#connection?.report('stopped')
    await this.#connection?.report('flowing')
  }

  /** Drops the socket. */
  async loseLink(): Promise<void> {
    this.#generation += 1
    this.send({ type: 'signaling.lost' })
    await this.#connection?.dropSocket()
  }

  /** Closes the page and its socket. */
  async close(): Promise<void> {
    await this.#connection?.leave(true)
    await this.#connection?.dropSocket()
  }

  #onReceived(item: ReceivedItem): void {
    if (item === 'completed') return
    if ('event' in item) this.#onEvent(item)
    // Same as the signaling machine: the seat is lost, but the room may still exist.
    else if (item.errorCode === 'seat-lost' && this.token)
      this.join({ joinKey: newJoinKey(), token: null, lastEventId: null })
    else this.send({ type: 'join.rejected', code: item.errorCode ?? 'internal', isCalling: false })
  }

  #onEvent({ id, event }: { id: string; event: RoomEvent }): void {
    this.#joinRequest.lastEventId = id
    if (event.type === 'joined') {
      this.#joinRequest.token = event.token
      if (!event.resumed) this.#hasMedia = this.#isCall = false
      this.send({ type: 'join.accepted', state: event.state, peer: event.peer })
    } else if (event.type === 'ready' || event.type === 'full') this.send({ type: `room.${event.type}` })
    else if (event.type === 'peer.left') this.#onPeerLeft(event.reason)
    else if (event.type === 'peer.disconnected' || event.type === 'peer.reconnected') {
      this.#isPeerClosed = event.type === 'peer.disconnected' && event.pageClosing
      this.send(event)
    }
    this.#reportMedia()
  }

  /** A page that is only disconnected continues the call without its seat. */
  #onPeerLeft(reason: 'left' | 'lost'): void {
    const isCallOver = this.#isCall && (reason === 'left' || this.#isPeerClosed)
    this.send({ type: 'peer.left' })
    if (isCallOver) this.send({ type: 'call.ended', reason: 'left' })
  }

  #reportMedia(): void {
    const { peer, room } = this.#membership.context
    if (peer === 'absent') this.#hasMedia = false
    this.#isCall = peer !== 'absent' && (this.#isCall || room === 'full')
    if (peer !== 'connected' || this.#hasMedia) return
    this.#hasMedia = true
    // The connection may not be stored yet.
    queueMicrotask(() => this.#connection?.report('flowing').catch((error: unknown) => this.#errors.push(error)))
  }
}
