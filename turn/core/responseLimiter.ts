import { read } from '../stun/message.ts'
import { StunError } from '../stun/error.ts'
import { addressKey, bindingLimit, HashedRateLimiter, challengeLimit, sourceKey } from './hashedRateLimiter.ts'
import type { Nonces } from './nonce.ts'
import type { ReceivedMessage } from './types.ts'

/**
 * Limits the responses over UDP to requests without valid credentials. The source address of such a request may be forged, and
 * the response goes to that address. Each kind of response has its own limit, so that no kind uses up another's.
 */
export class ResponseLimiter {
  /** 400, 401, 420 and 438, by source. */
  readonly #errors: HashedRateLimiter
  /** Successes of Binding, by source. */
  readonly #bindings: HashedRateLimiter
  /**
   * Errors to a request with a nonce that this server made for its address and port. Such a client has received a response there, so
   * its address is not forged. Forged requests, and neighbours behind its NAT, do not use up its limit.
   */
  readonly #verifiedErrors: HashedRateLimiter

  /** @param random from a CSPRNG */
  constructor(random: (bytes: number) => Uint8Array) {
    this.#errors = new HashedRateLimiter(random(32), challengeLimit)
    this.#bindings = new HashedRateLimiter(random(32), bindingLimit)
    this.#verifiedErrors = new HashedRateLimiter(random(32), challengeLimit)
  }

  /** Whether an error may be sent; counted if so. @param nonces of this server */
  allowError(message: ReceivedMessage, nonces: Nonces): boolean {
    const {
      fiveTuple: { remote },
      now,
    } = message
    return showsOwnNonce(message, nonces)
      ? this.#verifiedErrors.take(addressKey(remote), now)
      : this.#errors.take(sourceKey(remote.ip), now)
  }

  /** Whether the success of a Binding may be sent; counted if so. */
  allowBinding({ fiveTuple: { remote }, now }: ReceivedMessage): boolean {
    return this.#bindings.take(sourceKey(remote.ip), now)
  }
}

/** However old the nonce is: its MAC holds the client's address and port. */
function showsOwnNonce({ message, fiveTuple }: ReceivedMessage, nonces: Nonces): boolean {
  const nonce = readNonce(message)
  return nonce !== undefined && nonces.isIssuedTo(nonce, fiveTuple.remote)
}

function readNonce(message: ReceivedMessage['message']): string | undefined {
  try {
    return read(message, 'nonce')
  } catch (error) {
    if (error instanceof StunError) return undefined
    throw error
  }
}
