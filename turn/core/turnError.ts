import type { Attribute } from '../stun/attributes.ts'
import { TracelessError, type ErrorCode } from '../stun/error.ts'

/** Thrown by a handler to answer the request with an error response (RFC 8489 §6.3.4). */
export class TurnError extends TracelessError {
  readonly code: ErrorCode
  /** Sent beside the ERROR-CODE. */
  readonly attributes: readonly Attribute[]
  /** True if the client's nonce proves its address. */
  readonly isClientVerified: boolean
  constructor(code: ErrorCode, attributes: readonly Attribute[] = [], isClientVerified = false) {
    super(`${code}`)
    this.name = 'TurnError'
    this.code = code
    this.attributes = attributes
    this.isClientVerified = isClientVerified
  }
}
