import type { Attribute } from '../stun/attributes.ts'
import type { ErrorCode } from '../stun/error.ts'

/** Thrown by whatever decides that a request is answered with an error (RFC 8489 §6.3.4). */
export class Refusal extends Error {
  readonly code: ErrorCode
  /** To go with the ERROR-CODE. */
  readonly extra: readonly Attribute[]
  /** The asker proved its credentials and its address, although the error says that it must ask again. */
  readonly isProven: boolean
  constructor(code: ErrorCode, extra: readonly Attribute[] = [], isProven = false) {
    super(`${code}`)
    this.name = 'Refusal'
    this.code = code
    this.extra = extra
    this.isProven = isProven
  }
}
