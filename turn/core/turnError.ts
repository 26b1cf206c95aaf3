import type { Attribute } from '../stun/attributes.ts'
import type { ErrorCode } from '../stun/error.ts'

/** Thrown by whatever decides that a request is answered with an error (RFC 8489 §6.3.4). */
export class TurnError extends Error {
  readonly code: ErrorCode
  /** To go with the ERROR-CODE. */
  readonly attributes: readonly Attribute[]
  /** The client's nonce proves its address, although the error asks it to try again. */
  readonly isClientVerified: boolean
  constructor(code: ErrorCode, attributes: readonly Attribute[] = [], isClientVerified = false) {
    super(`${code}`)
    this.name = 'TurnError'
    this.code = code
    this.attributes = attributes
    this.isClientVerified = isClientVerified
  }
}
