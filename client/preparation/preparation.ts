import { createActor, type ActorRefFrom } from 'xstate'
import { preparationMachine } from '../../machines/preparation/preparationMachine.ts'
import { parseIceUfrag } from '../../machines/protocol/iceCandidate.ts'
import type { PreparedCall } from '../../machines/call/callEvents.ts'
import type { callMachine } from '../../machines/call/callMachine.ts'
import type { membershipMachine } from '../../machines/membership/membershipMachine.ts'
import type { SignalingEffect } from '../../machines/signaling/signalingEvents.ts'
import type { signalingMachine } from '../../machines/signaling/signalingMachine.ts'
import type { Door, PreparationStep, RoomView, SeatName } from '../../machines/protocol/messages.ts'
import type { Tracks } from '../media/localTracks.ts'
import type { Recorder } from '../trace/recorder.ts'
import type { IceSource } from '../webrtc/iceServerCache.ts'
import type { PreparedParts } from '../webrtc/peerConnection.ts'
import { type PreparedConnection, preparedConnectionActor } from './preparedConnection.ts'

/** The machines of the session. */
interface SessionMachines {
  membership: ActorRefFrom<typeof membershipMachine>
  call: ActorRefFrom<typeof callMachine>
  signaling: ActorRefFrom<typeof signalingMachine>
}

/** Dependencies of `Preparation`. */
export interface PreparationParts {
  tracks: Tracks
  ice: IceSource
  recorder: Pick<Recorder, 'inspect'>
  machines(): SessionMachines
  /** Whether this page may take over a prepared connection. */
  mayPrepare(): boolean
}

/** The prepared connection of one page. */
export class Preparation {
  readonly actor
  /** The connection of the call, after `confirm`. */
  taken: PreparedParts | null = null
  readonly #parts: PreparationParts
  #connection: PreparedConnection | null = null
  readonly #stop = new AbortController()
  readonly #subscriptions: { unsubscribe(): void }[]
  #hasOffer = false

  constructor(parts: PreparationParts) {
    const { tracks, ice, recorder } = parts
    const { membership } = parts.machines()
    this.#parts = parts
    const connection = preparedConnectionActor({
      tracks,
      ice,
      isClaim: (message) => {
        const isAccepted = this.#isClaim(message)
        // After this message, because the join names the attempt.
        if (isAccepted && message === 'admitted') queueMicrotask(() => membership.send({ type: 'peer.admitted' }))
        return isAccepted
      },
      onChange: (changed) => {
        this.#connection = changed
      },
    })
    this.actor = createActor(preparationMachine.provide({ actors: { connection } }), {
      inspect: recorder.inspect('preparation'),
    })
    this.actor.on('step.taken', ({ step }) => this.#takeStep(step))
    this.actor.start()
    const end = (): void => this.#end()
    this.#subscriptions = [
      membership.on('join.requested', () => this.claim()),
      membership.on('seat.released', end),
      membership.on('seat.relinquished', end),
    ]
    document.addEventListener('visibilitychange', this.#onVisibility, { signal: this.#stop.signal })
    this.#onVisibility()
  }

  /** Handles what signaling emits. The session has confirmed the seat before. */
  onSignaling(effect: SignalingEffect): void {
    if (effect.type === 'visit.updated') this.#onView(effect.view.preparation)
    else if (effect.type === 'join.rejected') this.actor.send({ type: 'seat.rejected' })
    else if (effect.type === 'join.accepted') {
      if (!effect.seat.resumed) this.#onSeat(effect.seat.preparation)
      this.#onDoor(effect.seat.door)
    } else if (effect.type === 'event.received') {
      const { roomEvent } = effect
      if (roomEvent.type === 'ready') this.#onSeat(roomEvent.preparation)
      else if (roomEvent.type === 'door') this.#onDoor(roomEvent)
      else if (roomEvent.type === 'preparation.answered') this.#onAnswer(roomEvent.preparation, roomEvent.sdp)
    }
  }

  /** A seat without this preparation ends it. */
  #onSeat(id: number | undefined): void {
    if (id === undefined) this.actor.send({ type: 'seat.confirmed', id: null })
  }

  /** The lobby shows the preparation of this visitor. */
  #onView(preparation: RoomView['preparation']): void {
    if (preparation === undefined || !this.#parts.mayPrepare()) return this.#end()
    if (preparation === null) return this.actor.send({ type: 'attempt.available' })
    const { id, offer } = preparation
    const isNew = this.actor.getSnapshot().context.attempt !== id
    this.actor.send({ type: 'attempt.started', id, side: 'visitor' })
    if (offer !== undefined && (isNew || !this.#hasOffer)) this.actor.send({ type: 'offer.received', sdp: offer })
    this.#hasOffer = offer !== undefined
  }

  /** The door shows the preparation of the holder. */
  #onDoor(door: Door | undefined): void {
    const id = door?.preparation
    if (id === undefined) this.#end()
    else if (this.#parts.mayPrepare()) this.actor.send({ type: 'attempt.started', id, side: 'holder' })
    else this.#takeStep({ type: 'end', id })
  }

  #onAnswer(id: number, sdp: string): void {
    if (id === this.actor.getSnapshot().context.attempt) this.actor.send({ type: 'answer.received', sdp })
  }

  /** Whether a message of the peer begins the call now. */
  #isClaim(message: 'join' | 'admitted'): boolean {
    const { membership, call } = this.#parts.machines()
    const member = membership.getSnapshot()
    if (message === 'admitted') return member.matches({ lobby: 'asking' })
    return member.matches('joined') && member.context.policy === 'open' && call.getSnapshot().matches('offering')
  }

  #takeStep(step: PreparationStep): void {
    this.#parts.machines().signaling.send({ type: 'preparation.stepped', step })
  }

  #end(): void {
    this.actor.send({ type: 'attempt.unavailable' })
  }

  /** The attempt whose connection is ready; null without one. */
  get readyAttempt(): number | null {
    const snapshot = this.actor.getSnapshot()
    const isReady = snapshot.matches({ attempting: 'prepared' }) || snapshot.matches({ attempting: 'claimed' })
    return isReady ? snapshot.context.attempt : null
  }

  /** The user joins, or admits the visitor. */
  claim(): void {
    this.actor.send({ type: 'user.claimed' })
  }

  /**
   * Takes over the connection for the call, because the server confirmed this attempt with a seat. Returns null if this
   * page has lost it.
   * @param holder the holder's seat
   */
  confirm(id: number, holder: SeatName): PreparedCall | null {
    const connection = this.readyAttempt === id ? this.#connection : null
    this.actor.send({ type: 'seat.confirmed', id })
    this.taken = connection?.take() ?? null
    if (!this.taken) return null
    const remoteUfrag = parseIceUfrag(this.taken.pc.currentRemoteDescription?.sdp ?? '')
    return { connection: `${holder}${id}.0`, remoteUfrag }
  }

  /** Ends a running attempt, and the visitor requests another. */
  onNetworkChange(): void {
    this.actor.send({ type: 'network.changed' })
  }

  /** Closes the connection, unless the call has it. */
  dispose(): void {
    this.#stop.abort()
    for (const each of this.#subscriptions) each.unsubscribe()
    this.#connection?.close()
    this.actor.stop()
  }

  readonly #onVisibility = (): void => this.actor.send({ type: document.hidden ? 'page.hidden' : 'page.shown' })
}
