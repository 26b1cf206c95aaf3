import type { SnapshotFrom } from 'xstate'
import { roomMachine, type RoomMachineEvent } from '../../../machines/room/roomMachine.ts'
import { seatNames, type Seat } from '../../../machines/room/seats.ts'
import type { Exploration } from '../graph.ts'

/**
 * The room's graph made finite: three visitors, each with one key, whose tokens are named after them (`x.7`), and a clock that
 * stands at 0 whenever a socket closes. Which of the three it is matters to a room
 * only as far as they have old tokens (`claims`); how high its epochs have got does not.
 */
type Room = SnapshotFrom<typeof roomMachine>

export const visitors = ['x', 'y', 'z'] as const

export const visitorOf = (seat: Seat): string => seat.tokenHash.split('.')[0] ?? ''
export const keyOf = (visitor: string): string => `${visitor}.key`

/**
 * Tokens of an earlier run of the server: x had one seat, and y the other one, or the same after x. Their epochs are older than any that
 * this run gives. Each comes back with a page that was loaded anew, or with a call.
 */
const claims = [
  { visitor: 'x', seat: 'a', claimed: -2 },
  { visitor: 'y', seat: 'b', claimed: -1 },
  { visitor: 'y', seat: 'a', claimed: -1 },
] as const

/** Somebody has a newer one. */
export const isDisputed = (name: 'a' | 'b', { claimedEpoch: claimed }: Seat): boolean =>
  claims.some((claim) => claim.seat === name && claim.claimed > claimed)

/** Reloaded or not; and requested before the first request. */
const fashions = [
  { reloaded: true, requestedAt: 1 },
  { reloaded: false, requestedAt: 1 },
  { reloaded: true, requestedAt: 0 },
  { reloaded: false, requestedAt: 0 },
]

export const events = ({ context }: Room): RoomMachineEvent[] => {
  const next = context.epoch + 1
  return [
    ...visitors
      .filter((visitor) => !isRestored(context, visitor))
      .map(
        (visitor) =>
          ({
            type: 'visitor.joined',
            tokenHash: `${visitor}.${next}`,
            joinKey: keyOf(visitor),
            requestedAt: 1,
          }) as const,
      ),
    ...seatNames.flatMap((seat) =>
      presentable(context).flatMap((presented) =>
        fashions.map(
          (fashion) =>
            ({
              type: 'holder.resumed',
              seat,
              presentedTokenHash: presented,
              tokenHash: `${presented.split('.')[0]}.${next}`,
              ...fashion,
            }) as const,
        ),
      ),
    ),
    ...claims
      .filter(({ visitor }) => !isSeatedElsewhere(context, visitor))
      .flatMap(({ visitor, seat, claimed }) =>
        [false, true].map(
          (flowing) =>
            ({
              type: 'holder.restored',
              seat,
              claimedEpoch: claimed,
              presentedTokenHash: `${visitor}.old.${seat}`,
              tokenHash: `${visitor}.${next}`,
              reloaded: !flowing,
              hasMedia: flowing,
              requestedAt: 1,
              at: 0,
            }) as const,
        ),
      ),
    ...seatNames.flatMap((seat) =>
      epochsFor(context, seat).flatMap((epoch): RoomMachineEvent[] => [
        { type: 'socket.closed', seat, epoch, at: 0 },
        { type: 'page.closed', seat, epoch },
        { type: 'holder.left', seat, epoch },
        { type: 'media.started', seat, epoch },
        { type: 'media.stopped', seat, epoch },
      ]),
    ),
    ...deadlinesOf(context)
      .flatMap((deadline) => [deadline - 1, deadline])
      .map((at) => ({ type: 'time.passed', at }) as const),
  ]
}

/** What somebody may hold out as a token: those in force, those before, a spent one and a made-up one. */
const presentable = ({ seats }: Room['context']): string[] => [
  ...new Set([
    ...seatNames.flatMap((name) => [seats[name]?.tokenHash ?? [], seats[name]?.previousTokenHash ?? []].flat()),
    'x.spent',
    'nobody.0',
  ]),
]

/** The epoch in force, the one before, the neighbour's, and one that is yet to come. */
const epochsFor = ({ seats, epoch }: Room['context'], seat: 'a' | 'b'): number[] => [
  ...new Set([
    seats[seat]?.epoch ?? epoch,
    (seats[seat]?.epoch ?? epoch) - 1,
    seats[seat === 'a' ? 'b' : 'a']?.epoch ?? epoch,
    epoch + 1,
  ]),
]

const deadlinesOf = ({ seats, reservedUntil: awaited }: Room['context']): number[] => [
  ...seatNames.flatMap((name) => seats[name]?.expiresAt ?? []),
  ...(awaited === null ? [] : [awaited]),
]

/** One who came back with an old token has spent the key in the earlier run, of which this one knows nothing. */
const isRestored = ({ seats }: Room['context'], visitor: string): boolean =>
  seatNames.some((name) => {
    const seat = seats[name]
    return seat !== null && visitorOf(seat) === visitor && seat.joinKey !== keyOf(visitor)
  })

/** One who has a seat in this run does not ask for another with an old token. */
const isSeatedElsewhere = ({ seats }: Room['context'], visitor: string): boolean =>
  seatNames.some((name) => {
    const seat = seats[name]
    return seat !== null && visitorOf(seat) === visitor
  })

export const key = ({ value, context }: Room): string => {
  const order = seatNames.flatMap((name) => context.seats[name] ?? []).map(visitorOf)
  return JSON.stringify([
    value,
    ...seatNames.map((name) => {
      const seat = context.seats[name]
      return (
        seat && [
          order.indexOf(visitorOf(seat)),
          seat.isPageClosing,
          seat.expiresAt,
          seat.hasMedia,
          isDisputed(name, seat),
        ]
      )
    }),
    context.reservedUntil,
    claims.map(({ visitor }) => isSeatedElsewhere(context, visitor)),
  ])
}

export const exploration: Exploration<typeof roomMachine> = { events, key }
