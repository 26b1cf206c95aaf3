import { initTRPC } from '@trpc/server'
import { serverLimits } from '../../machines/protocol/limits.ts'
import { toErrorCode, ApiError, errorMessage } from '../common/apiError.ts'
import type { Dependencies } from './dependencies.ts'
import type { ClientSession } from './clientSession.ts'

/** The context of a call. */
export interface Context {
  session: ClientSession
  dependencies: Dependencies
}

/** Clients see only a stable code, its message and the path of the call. */
const t = initTRPC.context<Context>().create({
  isDev: false,
  errorFormatter: ({ shape, error, path }) => {
    const code = toErrorCode(error)
    return {
      message: errorMessage(code),
      code: shape.code,
      data: { code, path: path?.slice(0, serverLimits.procedurePathCharacters) },
    }
  },
})

export const { router } = t

/**
 * Takes one token of the socket. Every call needs one, also an invalid one.
 * @throws {ApiError} `throttled`
 */
export function takeCallToken({ session, dependencies }: Context): void {
  if (!session.callBudget.take(dependencies.clock.now())) throw new ApiError('throttled')
}

/** A procedure that takes the token of the call. */
export const procedure = t.procedure.use(({ ctx, next }) => {
  takeCallToken(ctx)
  return next()
})
