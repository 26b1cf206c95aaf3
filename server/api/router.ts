import { z } from 'zod'
import {
  answerVisitorInput,
  joinInput,
  leaveInput,
  prepareInput,
  reportFailureInput,
  reportMediaInput,
  sendInput,
  setPolicyInput,
  visitInput,
} from '../../machines/protocol/messages.ts'
import { inspectRooms } from './inspectSubscription.ts'
import { takePreparationStep } from './preparationStep.ts'
import { sendMessage } from './sendProcedure.ts'
import { procedure, router } from './trpc.ts'
import { visitRoom } from './visitSubscription.ts'
import { subscribeToRoom } from './roomSubscription.ts'

const nothing = z.undefined()

/** The procedures by name. The router validates and delegates; docs/protocol.md describes the procedures. */
export const appRouter = router({
  room: {
    join: procedure.input(joinInput).subscription(({ ctx, input, signal }) => subscribeToRoom(ctx, input, signal)),
    send: procedure.input(sendInput).mutation(({ ctx, input }) => sendMessage(ctx, input)),
    reportMedia: procedure
      .input(reportMediaInput)
      .mutation(({ ctx, input }) =>
        ctx.dependencies.rooms.reportMedia(ctx.session.requireSeat(input.room), input.mediaFlow),
      ),
    reportFailure: procedure.input(reportFailureInput).mutation(({ ctx, input }) => {
      ctx.session.requireSeat(input.room)
      ctx.dependencies.rooms.counters.recordFailure(input.reason)
    }),
    visit: procedure.input(visitInput).subscription(({ ctx, input, signal }) => visitRoom(ctx, input, signal)),
    prepare: procedure.input(prepareInput).mutation(({ ctx, input }) => takePreparationStep(ctx, input)),
    answerVisitor: procedure
      .input(answerVisitorInput)
      .mutation(({ ctx, input }) =>
        ctx.dependencies.rooms.answerVisitor(ctx.session.requireSeat(input.room), input.visitor, input.isAdmitted),
      ),
    setPolicy: procedure
      .input(setPolicyInput)
      .mutation(({ ctx, input }) =>
        ctx.dependencies.rooms.setPolicy(ctx.session.requireSeat(input.room), input.policy),
      ),
    leave: procedure
      .input(leaveInput)
      .mutation(async ({ ctx, input }) =>
        ctx.dependencies.rooms.leave(await ctx.session.awaitSeat(input.room), input.pageClosing),
      ),
  },
  ice: { servers: procedure.input(nothing).query(({ ctx }) => ctx.dependencies.ice.createConfig(ctx.session)) },
  server: { rooms: procedure.input(nothing).subscription(({ ctx, signal }) => inspectRooms(ctx, signal)) },
})

export type AppRouter = typeof appRouter
type Procedures = AppRouter['_def']['record']
type PathsUnder<Name extends keyof Procedures> = `${Name}.${keyof Procedures[Name] & string}`
/** The paths of all procedures, such as `room.join`. */
export type ProcedurePath = { [Name in keyof Procedures]: PathsUnder<Name> }[keyof Procedures]
