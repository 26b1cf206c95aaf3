import { type ActorOptions, type ActorRefFrom, createActor } from 'xstate'
import { verificationMachine } from '../../machines/verification/verificationMachine.ts'
import type { Role } from '../../machines/protocol/messages.ts'
import type { SecureChannel } from '../webrtc/peerConnection.ts'
import { exchangeActor, type ExchangeChannel } from './exchangeActor.ts'

interface VerifierParts {
  room: string
  /** The role of this page's seat. */
  role(): Role
  /** Options of the actor. */
  options?: Pick<ActorOptions<typeof verificationMachine>, 'inspect' | 'clock'>
}

/** Manages the safety code of one page. Each connection gets its own exchange when its channel opens. */
export class Verifier {
  readonly actor: ActorRefFrom<typeof verificationMachine>
  readonly #parts: VerifierParts
  readonly #channels = new Map<string, ExchangeChannel>()

  constructor(parts: VerifierParts) {
    this.#parts = parts
    const exchange = exchangeActor((connection) => this.#channels.get(connection))
    this.actor = createActor(verificationMachine.provide({ actors: { exchange } }), parts.options)
  }

  /** Starts an exchange. Call it when the channel opens, before any message arrives. Returns its stop function. */
  readonly onChannelOpen = (channel: SecureChannel): (() => void) => {
    const { connection } = channel
    this.#channels.set(connection, { ...channel, room: this.#parts.room, role: this.#parts.role() })
    this.actor.send({ type: 'channel.opened', connection })
    return () => {
      this.#channels.delete(connection)
      this.actor.send({ type: 'channel.closed', connection })
    }
  }
}
