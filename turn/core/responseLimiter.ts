import { read } from '../stun/message.ts'
import { StunError } from '../stun/error.ts'
import { addressKey, bindingLimit, HashedRateLimiter, challengeLimit, sourceKey } from './hashedRateLimiter.ts'
import type { Nonces } from './nonce.ts'
import type { Request } from './types.ts'

/**
 * Limits the responses over UDP to requests without valid credentials.
 * The source address of such a request may be forged, and the response goes to that address.
 * Each kind of response has its own limit, so no kind exhausts the limit of another.
 */
export class ResponseLimiter {
  /** 400, 401, 420 and 438, by source. */
  readonly #errors: HashedRateLimiter
  /** Binding success responses, by source. */
  readonly #bindings: HashedRateLimiter
  /**
   * Errors for a request with a nonce that this server issued to its address and port.
   * Such a client has received a response there, so its address is not forged.
   * Forged requests, and other clients behind its NAT, do not exhaust its limit.
   */
  readonly #verifiedErrors: HashedRateLimiter

  /** @param random from a CSPRNG */
  constructor(random: (bytes: number) => Uint8Array) {
    this.#errors = new HashedRateLimiter(random(32), challengeLimit)
    this.#bindings = new HashedRateLimiter(random(32), bindingLimit)
    this.#verifiedErrors = new HashedRateLimiter(random(32), challengeLimit)
  }

  /** Returns whether an error may be sent, and counts it. @param nonces of this server */
  allowError(request: Request, nonces: Nonces): boolean {
    const {
      fiveTuple: { remote },
      now,
    } = request
    return showsOwnNonce(request, nonces)
      ? this.#verifiedErrors.take(addressKey(remote), now)
      : this.#errors.take(sourceKey(remote.ip), now)
  }

  /** Returns whether a Binding success may be sent, and counts it. */
  allowBinding({ fiveTuple: { remote }, now }: Request): boolean {
    return this.#bindings.take(sourceKey(remote.ip), now)
  }
}

/** The nonce's age does not matter: its MAC covers the client's address and port. */
function showsOwnNonce({ message, fiveTuple }: Request, nonces: Nonces): boolean {
  const nonce = readNonce(message)
  return nonce !== undefined && nonces.isIssuedTo(nonce, fiveTuple.remote)
}

function readNonce(message: Request['message']): string | undefined {
  try {
    return read(message, 'nonce')
  } catch (error) {
    if (error instanceof StunError) return undefined
    throw error
  }
}
