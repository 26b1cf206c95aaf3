import { createActor } from 'xstate'
import { preparationMachine } from '../../machines/preparation/preparationMachine.ts'
import type { PreparedCall } from '../../machines/call/callEvents.ts'
import type { SeatName } from '../../machines/protocol/messages.ts'
import type { SignalingEffect } from '../../machines/signaling/signalingEvents.ts'
import type { Tracks } from '../media/localTracks.ts'
import type { Recorder } from '../trace/recorder.ts'
import type { IceSource } from '../webrtc/iceServerCache.ts'
import type { PreparedParts } from '../webrtc/peerConnection.ts'
import { type ConnectedPreparation, connectPreparation, type SessionMachines } from './connectPreparation.ts'
import { type PreparedConnection, preparedConnectionActor } from './preparedConnection.ts'

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
  readonly #connected: ConnectedPreparation
  #connection: PreparedConnection | null = null
  readonly #stop = new AbortController()

  constructor({ tracks, ice, recorder, machines, mayPrepare }: PreparationParts) {
    const connection = preparedConnectionActor({
      tracks,
      ice,
      onClaim: (message) => this.#connected.onPeerClaim(message),
      onChange: (changed) => {
        this.#connection = changed
      },
    })
    this.actor = createActor(preparationMachine.provide({ actors: { connection } }), {
      inspect: recorder.inspect('preparation'),
    })
    this.#connected = connectPreparation({
      preparation: this.actor,
      machines: machines(),
      mayPrepare,
      connection: () => {
        const open = this.#connection
        return open && { take: () => this.#take(open) }
      },
    })
    this.actor.start()
    document.addEventListener('visibilitychange', this.#onVisibility, { signal: this.#stop.signal })
    this.#onVisibility()
  }

  #take(connection: PreparedConnection): string | null {
    this.taken = connection.take()
    return this.taken && (this.taken.pc.currentRemoteDescription?.sdp ?? '')
  }

  /** Handles what signaling emits. The session has confirmed the seat before. */
  onSignaling(effect: SignalingEffect): void {
    this.#connected.onSignaling(effect)
  }

  /** The attempt whose connection is ready; null without one. */
  get readyAttempt(): number | null {
    return this.#connected.readyAttempt()
  }

  /** The holder admits the visitor. */
  claim(): void {
    this.actor.send({ type: 'user.claimed' })
  }

  /**
   * Takes over the connection for the call, because the server confirmed this attempt with a seat. Returns null if this
   * page has lost it.
   * @param holder the holder's seat
   */
  confirm(id: number, holder: SeatName): PreparedCall | null {
    return this.#connected.confirm(id, holder)
  }

  /** Ends a running attempt, and the visitor requests another. */
  onNetworkChange(): void {
    this.actor.send({ type: 'network.changed' })
  }

  /** Closes the connection, unless the call has it. */
  dispose(): void {
    this.#stop.abort()
    this.#connected.stop()
    this.#connection?.close()
    this.actor.stop()
  }

  readonly #onVisibility = (): void => this.actor.send({ type: document.hidden ? 'page.hidden' : 'page.shown' })
}
