import { z } from 'zod'
import { seatNames } from '../../machines/room/seats.ts'
import { roomEvent } from '../../machines/protocol/messages.ts'
import type { Gist } from './mailboxDigest.ts'
import type { RoomState } from './store.ts'

/** Rooms as a store in memory leaves them to the next run of the server: the form of the file, and of nothing else. */

const count = z.int().min(0)
const hash = z.string().min(1).max(64)

const savedSeat = z.object({
  token: hash, previous: hash, key: hash, asked: count, epoch: count, claimed: count, closes: z.boolean(),
  deadline: z.number().nullable(), flowing: z.boolean(),
})

const savedBox = z.object({
  epoch: z.string().min(1).max(16), from: count, said: count,
  log: z.array(roomEvent),
  dropped: z.array(z.object({ n: count, kind: z.string(), event: roomEvent })).transform((gist) => gist as Gist),
})

export const savedRoom = z.object({
  name: z.string().min(1).max(256),
  state: z.enum(['created', 'ready', 'full'] satisfies RoomState[]),
  context: z.object({ seats: z.object({ a: savedSeat.nullable(), b: savedSeat.nullable() }), epoch: count, awaited: z.number().nullable() }),
  boxes: z.object({ a: savedBox, b: savedBox }),
}).refine(({ state, context: { seats } }) => seatNames.filter((name) => seats[name]).length === (state === 'created' ? 1 : 2))

export type SavedBox = z.infer<typeof savedBox>
export type SavedRoom = z.infer<typeof savedRoom>
