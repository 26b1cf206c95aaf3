import { initTRPC } from '@trpc/server'
import { serverLimits } from '../../machines/protocol/limits.ts'
import { codeOf, Refusal, textOf } from '../common/apiError.ts'
import type { Services } from './dependencies.ts'
import type { Visitor } from './clientSession.ts'

export interface Context {
  visitor: Visitor
  services: Services
}

/** Nothing of the inside reaches the visitor: a stable code, our own words for it, and the path they asked for. */
const t = initTRPC.context<Context>().create({
  isDev: false,
  errorFormatter: ({ shape, error, path }) => {
    const code = codeOf(error)
    return { message: textOf(code), code: shape.code, data: { code, path: path?.slice(0, serverLimits.pathCharacters) } }
  },
})

export const { router } = t

/** Every call costs a drop, whatever it asks and however it is formed. */
export const procedure = t.procedure.use(({ ctx, next }) => {
  if (!ctx.visitor.calls.take(ctx.services.clock.now())) throw new Refusal('throttled')
  return next()
})
