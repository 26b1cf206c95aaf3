import { type ActorOptions, type ActorRefFrom, createActor } from 'xstate'
import { verificationMachine } from '../../machines/verification/verificationMachine.ts'
import type { Role } from '../../machines/protocol/messages.ts'
import type { SecureChannel } from '../webrtc/peerConnection.ts'
import { exchangeActor, type ExchangeChannel } from './exchangeActor.ts'

interface VerifierParts {
  room: string
  /** That of this page's seat. */
  role(): Role
  /** For its actor. */
  options?: Pick<ActorOptions<typeof verificationMachine>, 'inspect' | 'clock'>
}

/** The safety code of one page: each connection whose channel opens gets its own exchange. */
export class Verifier {
  readonly actor: ActorRefFrom<typeof verificationMachine>
  readonly #parts: VerifierParts
  readonly #channels = new Map<string, ExchangeChannel>()

  constructor(parts: VerifierParts) {
    this.#parts = parts
    const exchange = exchangeActor((connection) => this.#channels.get(connection))
    this.actor = createActor(verificationMachine.provide({ actors: { exchange } }), parts.options)
  }

  /** Calls when the channel has just opened: what comes over it is not to be missed. Returns its undo. */
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
