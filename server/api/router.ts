import { z } from 'zod'
import { leaveInput, reportInput, sayInput, visitInput } from '../../machines/protocol/messages.ts'
import { onlook } from './inspectSubscription.ts'
import { procedure, router } from './trpc.ts'
import { visit } from './roomSubscription.ts'

const nothing = z.undefined()

/** The names on the wire. What they do is the rooms' business; what they mean is written in machines/README.md. */
export const appRouter = router({
  room: {
    visit: procedure.input(visitInput).subscription(({ ctx, input, signal }) => visit(ctx, input, signal)),
    say: procedure.input(sayInput).mutation(async ({ ctx, input }) =>
      ({ said: await ctx.services.rooms.say(ctx.visitor.stayIn(input.room), input.n, input.message, ctx.visitor.address) })),
    report: procedure.input(reportInput).mutation(({ ctx, input }) =>
      ctx.services.rooms.report(ctx.visitor.stayIn(input.room), input.media)),
    leave: procedure.input(leaveInput).mutation(async ({ ctx, input }) =>
      ctx.services.rooms.leave(await ctx.visitor.awaitStay(input.room), input.mayReturn)),
  },
  ice: { servers: procedure.input(nothing).query(({ ctx }) => ctx.services.ice.configFor(ctx.visitor)) },
  server: {
    rooms: procedure.input(nothing).subscription(({ ctx, signal }) => onlook(ctx, signal)),
  },
})

export type AppRouter = typeof appRouter
