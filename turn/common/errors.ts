/** An error as plain data: JSON makes `{}` of an Error, and a copy between threads loses its code. */
export interface SerializedError {
  readonly type: string
  readonly message: string
  readonly code?: string
  readonly stack?: string
  readonly cause?: unknown
}

/** At most so many errors of a chain of causes, which may be a circle. */
const maxCauses = 5

export function serializeError(error: Error, depth = 0): SerializedError {
  const { name, message, stack, cause } = error
  const { code } = error as NodeJS.ErrnoException
  return {
    type: name,
    message,
    ...(code !== undefined && { code: String(code) }),
    ...(stack !== undefined && { stack }),
    ...(cause !== undefined &&
      depth < maxCauses && { cause: cause instanceof Error ? serializeError(cause, depth + 1) : String(cause) }),
  }
}

/** Fields of a log line, with each error as plain data. */
export const serializeFields = (fields: object): object =>
  Object.fromEntries(
    Object.entries(fields).map(([name, value]: [string, unknown]) => [
      name,
      value instanceof Error ? serializeError(value) : value,
    ]),
  )

/** The error that `serializeError` was made from, for a logger that knows errors. */
export function deserializeError({ type, message, stack, code, cause }: SerializedError): Error {
  const error = new Error(message, { cause: isSerializedError(cause) ? deserializeError(cause) : cause })
  return Object.assign(error, { name: type, stack }, code !== undefined && { code })
}

/** Undoes `serializeFields`. */
export const deserializeFields = (fields: object): object =>
  Object.fromEntries(
    Object.entries(fields).map(([name, value]: [string, unknown]) => [
      name,
      isSerializedError(value) ? deserializeError(value) : value,
    ]),
  )

const isSerializedError = (value: unknown): value is SerializedError =>
  typeof value === 'object' && value !== null && 'type' in value && 'message' in value && 'stack' in value
