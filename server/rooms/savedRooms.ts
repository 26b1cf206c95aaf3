import { z } from 'zod'
import { closedDoor } from '../../machines/room/door.ts'
import { seatNames, type RoomContext } from '../../machines/room/seats.ts'
import { timeouts } from '../../machines/protocol/timeouts.ts'
import { roomEvent, roomPolicy } from '../../machines/protocol/messages.ts'
import type { MailboxDigest } from './mailboxDigest.ts'
import type { RoomState } from './store.ts'

// The schema of rooms.json, in which the memory store saves rooms for the next run of the server.

const count = z.int().min(0)
const hash = z.string().min(1).max(64)

const savedSeat = z.object({
  tokenHash: hash,
  previousTokenHash: hash,
  joinKey: hash,
  requestedAt: count,
  epoch: count,
  claimedEpoch: count,
  isPageClosing: z.boolean(),
  expiresAt: z.number().nullable(),
  hasMedia: z.boolean(),
})

const savedDoor = z.object({
  policy: roomPolicy,
  visitor: z
    .object({
      id: count,
      keyHash: hash,
      source: hash,
      name: z.string(),
      visit: count,
      isAdmitted: z.boolean(),
      expiresAt: z.number().nullable(),
    })
    .nullable(),
  declined: z.array(z.object({ keyHash: hash, source: hash, count, until: z.number() })),
  former: z
    .object({ tokenHashes: z.array(hash), until: z.number().nullable() })
    .nullable()
    .default(null),
  preparation: z.object({ id: count, keyHash: hash.nullable() }).nullable().default(null),
})

const savedMailbox = z.object({
  mailboxId: z.string().min(1).max(16),
  droppedCount: count,
  acked: count,
  events: z.array(roomEvent),
  dropped: z
    .array(z.object({ seq: count, kind: z.string(), event: roomEvent }))
    .transform((digest) => digest as MailboxDigest),
})

/** One room in the file. */
export const savedRoom = z
  .object({
    name: z.string().min(1).max(256),
    state: z.enum(['created', 'ready', 'full'] satisfies RoomState[]),
    context: z.object({
      seats: z.object({ a: savedSeat.nullable(), b: savedSeat.nullable() }),
      epoch: count,
      reservedUntil: z.number().nullable(),
      // Earlier versions saved no door.
      door: savedDoor.default(closedDoor as z.infer<typeof savedDoor>),
    }),
    mailboxes: z.object({ a: savedMailbox, b: savedMailbox }),
  })
  .refine(
    ({ state, context: { seats } }) => seatNames.filter((name) => seats[name]).length === (state === 'created' ? 1 : 2),
  )

export type SavedMailbox = z.infer<typeof savedMailbox>
export type SavedRoom = z.infer<typeof savedRoom>

/**
 * The context of a saved room at the next start: the holders and the visitor at the door are disconnected. A former
 * holder has to return while a call can recover. The file holds the newest epochs,
 * so no token of an earlier run is newer.
 */
export function markDisconnected(nowMs: number, { seats, epoch, reservedUntil, door }: RoomContext): RoomContext {
  const absent = seatNames.map((name) => [
    name,
    seats[name] && { ...seats[name], claimedEpoch: seats[name].epoch, expiresAt: nowMs + timeouts.seatGraceMs },
  ])
  return {
    seats: Object.fromEntries(absent) as RoomContext['seats'],
    epoch,
    reservedUntil: reservedUntil === null ? null : nowMs + timeouts.seatGraceMs,
    door: {
      ...door,
      visitor: door.visitor && { ...door.visitor, expiresAt: nowMs + timeouts.seatGraceMs },
      // The pages prepare another connection.
      preparation: null,
      former: door.former && { ...door.former, until: nowMs + timeouts.callLostTimeoutMs },
    },
  }
}
