/** An error as plain data: JSON makes `{}` of an Error, and a copy between threads loses its code. */
export interface PlainError {
  readonly type: string
  readonly message: string
  readonly code?: string
  readonly stack?: string
  readonly cause?: unknown
}

/** At most so many errors of a chain of causes, which may be a circle. */
const maxCauses = 5

export function plainError(error: Error, depth = 0): PlainError {
  const { name, message, stack, cause } = error
  const { code } = error as NodeJS.ErrnoException
  return {
    type: name,
    message,
    ...(code !== undefined && { code: String(code) }),
    ...(stack !== undefined && { stack }),
    ...(cause !== undefined && depth < maxCauses && { cause: cause instanceof Error ? plainError(cause, depth + 1) : String(cause) }),
  }
}

/** Fields of a log line, with each error as plain data. */
export const plainFields = (fields: object): object =>
  Object.fromEntries(Object.entries(fields).map(([name, value]: [string, unknown]) => [name, value instanceof Error ? plainError(value) : value]))

/** The error that `plainError` was made from, for a logger that knows errors. */
export function errorFrom({ type, message, stack, code, cause }: PlainError): Error {
  const error = new Error(message, { cause: isPlainError(cause) ? errorFrom(cause) : cause })
  return Object.assign(error, { name: type, stack }, code !== undefined && { code })
}

/** Undoes `plainFields`. */
export const revivedFields = (fields: object): object =>
  Object.fromEntries(Object.entries(fields).map(([name, value]: [string, unknown]) => [name, isPlainError(value) ? errorFrom(value) : value]))

const isPlainError = (value: unknown): value is PlainError =>
  typeof value === 'object' && value !== null && 'type' in value && 'message' in value && 'stack' in value
