import { read } from '../stun/message.ts'
import { StunError } from '../stun/error.ts'
import { addressKey, bindingRate, Budget, challengeRate, sourceKey } from './challengeLimiter.ts'
import type { Nonces } from './nonce.ts'
import type { ReceivedMessage } from './types.ts'

/**
 * What the server still answers over UDP to requests that no valid credentials seal. Anybody may have written their source
 * address: the answers reach whoever has it. Each kind has a budget of its own, so that none uses up another's.
 */
export class Strangers {
  /** 400, 401, 420 and 438, by source. */
  readonly #refusals: Budget
  /** Successes of Binding, by source. */
  readonly #bindings: Budget
  /**
   * Refusals to a request with a nonce that this server made for its address and port. Such a client has read an answer there, so
   * that it is not forged; a forger of its source, or a neighbour behind its NAT, does not use up its budget.
   */
  readonly #proven: Budget

  /** @param random from a CSPRNG */
  constructor(random: (bytes: number) => Uint8Array) {
    this.#refusals = new Budget(random(32), challengeRate)
    this.#bindings = new Budget(random(32), bindingRate)
    this.#proven = new Budget(random(32), challengeRate)
  }

  /** Whether an error may be sent; counted if so. @param nonces of this server */
  mayRefuse(message: ReceivedMessage, nonces: Nonces): boolean {
    const { path: { remote }, now } = message
    return isProven(message, nonces) ? this.#proven.spend(addressKey(remote), now) : this.#refusals.spend(sourceKey(remote.ip), now)
  }

  /** Whether the success of a Binding may be sent; counted if so. */
  mayAnswerBinding({ path: { remote }, now }: ReceivedMessage): boolean {
    return this.#bindings.spend(sourceKey(remote.ip), now)
  }
}

/** However old the nonce is: its MAC holds the client's address and port. */
function isProven({ message, path }: ReceivedMessage, nonces: Nonces): boolean {
  const nonce = readNonce(message)
  return nonce !== undefined && nonces.isOurs(nonce, path.remote)
}

function readNonce(message: ReceivedMessage['message']): string | undefined {
  try {
    return read(message, 'nonce')
  } catch (error) {
    if (error instanceof StunError) return undefined
    throw error
  }
}
