/** A wrong command line. The program prints the message, and exits with code 2. */
export class UsageError extends Error {
  /** @param problem names the argument, such as `unknown argument --inspekt` */
  constructor(problem: string) {
    super(`${problem.replaceAll(/\s+/g, ' ')}; --help lists the arguments`)
  }
}

/** An error as plain data. JSON turns an Error into `{}`, and a structured clone between threads loses its code. */
export interface SerializedError {
  readonly type: string
  readonly message: string
  readonly code?: string
  readonly stack?: string
  readonly cause?: unknown
}

/** Depth limit for the chain of causes, which may be circular. */
const maxCauses = 5

/** Converts an error and its causes to plain data, at most `maxCauses` deep. */
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

/** Converts the errors among the fields of a log line to plain data. */
export const serializeFields = (fields: object): object =>
  Object.fromEntries(
    Object.entries(fields).map(([name, value]: [string, unknown]) => [
      name,
      value instanceof Error ? serializeError(value) : value,
    ]),
  )

/** Undoes `serializeError`, for a logger that formats errors. */
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
