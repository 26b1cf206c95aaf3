import { type ActorOptions, type ActorRefFrom, createActor } from 'xstate'
import { safety } from '../../machines/verification/verificationMachine.ts'
import type { Role } from '../../machines/protocol/messages.ts'
import type { Confidence } from '../webrtc/peerConnection.ts'
import { exchangeActor, type Talk } from './exchangeActor.ts'

interface ConfidantParts {
  room: string
  /** That of this page's seat. */
  role(): Role
  /** For its actor. */
  options?: Pick<ActorOptions<typeof safety>, 'inspect' | 'clock'>
}

/** The safety code of one page: each connection whose channel opens is compared anew. */
export class Confidant {
  readonly actor: ActorRefFrom<typeof safety>
  readonly #parts: ConfidantParts
  readonly #talks = new Map<string, Talk>()

  constructor(parts: ConfidantParts) {
    this.#parts = parts
    const exchange = exchangeActor((connection) => this.#talks.get(connection))
    this.actor = createActor(safety.provide({ actors: { exchange } }), parts.options)
  }

  /** Calls when the channel has just opened: what comes over it is not to be missed. Returns its undo. */
  readonly confide = (confidence: Confidence): (() => void) => {
    const { connection } = confidence
    this.#talks.set(connection, { ...confidence, room: this.#parts.room, role: this.#parts.role() })
    this.actor.send({ type: 'channel.opened', connection })
    return () => {
      this.#talks.delete(connection)
      this.actor.send({ type: 'channel.closed', connection })
    }
  }
}
