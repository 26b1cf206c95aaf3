import type { SnapshotFrom } from 'xstate'
import { roomMachine } from '../../../machines/room/roomMachine.ts'
import type { RoomMachineEvent } from '../../../machines/room/roomEvents.ts'
import { seatNames, type Seat } from '../../../machines/room/seats.ts'
import { timeouts } from '../../../machines/protocol/timeouts.ts'
import type { Exploration } from '../graph.ts'

/**
 * A finite graph of the room: three visitors with one key each, and tokens named after them (`x.7`). The clock is 0
 * whenever a socket closes. The identity of a visitor matters only with old tokens (`claims`), and the height of the
 * epochs does not matter.
 */
type Room = SnapshotFrom<typeof roomMachine>

/** One visitor more than seats, so that one is rejected. */
export const visitors = ['x', 'y', 'z'] as const

/** Returns the visitor of a seat's token. */
export const visitorOf = (seat: Seat): string => seat.tokenHash.split('.')[0] ?? ''
/** Returns the join key of a visitor. */
export const keyOf = (visitor: string): string => `${visitor}.key`

/**
 * Tokens of an earlier run of the server. Visitor x had one seat; y had the other one, or the same one after x. Their
 * epochs are lower than any epoch of this run. Each visitor returns with a reloaded page, or with a call.
 */
const claims = [
  { visitor: 'x', seat: 'a', claimed: -2 },
  { visitor: 'y', seat: 'b', claimed: -1 },
  { visitor: 'y', seat: 'a', claimed: -1 },
] as const

/** Another visitor has a newer claim. */
export const isDisputed = (name: 'a' | 'b', { claimedEpoch: claimed }: Seat): boolean =>
  claims.some((claim) => claim.seat === name && claim.claimed > claimed)

/** Reloaded or not, and requested before the first request or not. */
const fashions = [
  { reloaded: true, requestedAt: 1 },
  { reloaded: false, requestedAt: 1 },
  { reloaded: true, requestedAt: 0 },
  { reloaded: false, requestedAt: 0 },
]

/** Returns every event that may arrive in a snapshot. */
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
            formerTokenHash: null,
            requestedAt: 1,
            policy: 'open',
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
              policy: 'open',
              at: 0,
            }) as const,
        ),
      ),
    ...seatNames.flatMap((seat) =>
      epochsFor(context, seat).flatMap((epoch): RoomMachineEvent[] => [
        { type: 'socket.closed', seat, epoch, at: 0 },
        { type: 'page.closing', seat, epoch },
        { type: 'holder.left', seat, epoch },
        { type: 'media.started', seat, epoch, at: 0 },
        { type: 'media.stopped', seat, epoch, at: 0 },
      ]),
    ),
    ...deadlinesOf(context)
      .flatMap((deadline) => [deadline - 1, deadline])
      .map((at) => ({ type: 'time.passed', at }) as const),
  ]
}

/** Tokens that a client may present: current, previous, spent and invented ones. */
const presentable = ({ seats }: Room['context']): string[] => [
  ...new Set([
    ...seatNames.flatMap((name) => [seats[name]?.tokenHash ?? [], seats[name]?.previousTokenHash ?? []].flat()),
    'x.spent',
    'nobody.0',
  ]),
]

/** The current epoch, the previous one, the neighbour's, and a future one. */
const epochsFor = ({ seats, epoch }: Room['context'], seat: 'a' | 'b'): number[] => [
  ...new Set([
    seats[seat]?.epoch ?? epoch,
    (seats[seat]?.epoch ?? epoch) - 1,
    seats[seat === 'a' ? 'b' : 'a']?.epoch ?? epoch,
    epoch + 1,
  ]),
]

const deadlinesOf = ({ seats, reservedUntil: awaited, door }: Room['context']): number[] => [
  ...((door.visitor?.expiresAt ?? null) === null ? [] : [door.visitor?.expiresAt ?? 0]),
  ...seatNames.flatMap((name) => seats[name]?.expiresAt ?? []),
  ...(awaited === null ? [] : [awaited]),
]

/** A visitor who returned with an old token used the key in the earlier run. This run does not know that key. */
const isRestored = ({ seats }: Room['context'], visitor: string): boolean =>
  seatNames.some((name) => {
    const seat = seats[name]
    return seat !== null && visitorOf(seat) === visitor && seat.joinKey !== keyOf(visitor)
  })

/** A visitor with a seat in this run does not request another one with an old token. */
const isSeatedElsewhere = ({ seats }: Room['context'], visitor: string): boolean =>
  seatNames.some((name) => {
    const seat = seats[name]
    return seat !== null && visitorOf(seat) === visitor
  })

/** Returns the state that affects the further behaviour. */
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

/** Visitors that ask for admission. */
const askers = ['y', 'z'] as const

/** Returns the visitor who asks at the door. */
const askerOf = ({ door }: Room['context']): string | null => door.visitor?.keyHash.split('.')[0] ?? null

/** Every event at the door of a room whose creator selected `ask`. The other events are only those that free a seat. */
const doorEvents = ({ context }: Room): RoomMachineEvent[] => {
  const next = context.epoch + 1
  const { visitor } = context.door
  const taken = seatNames.filter((name) => context.seats[name])
  return [
    ...visitors
      .filter((name) => !isSeatedElsewhere(context, name))
      .map(
        (name) =>
          ({
            type: 'visitor.joined',
            tokenHash: `${name}.${next}`,
            joinKey: keyOf(name),
            formerTokenHash: null,
            requestedAt: 1,
            policy: 'ask',
          }) as const,
      ),
    ...(['open', 'locked'] as const).flatMap((policy) =>
      claims
        .filter((claim) => !isSeatedElsewhere(context, claim.visitor))
        .map(
          ({ visitor: name, seat, claimed }) =>
            ({
              type: 'holder.restored',
              seat,
              claimedEpoch: claimed,
              presentedTokenHash: `${name}.old.${seat}`,
              tokenHash: `${name}.${next}`,
              reloaded: true,
              hasMedia: false,
              requestedAt: 1,
              policy,
              at: 0,
            }) as const,
        ),
    ),
    ...askers
      .filter((name) => !isSeatedElsewhere(context, name))
      .flatMap((name) =>
        [0, timeouts.askAgainMs].map(
          (at) => ({ type: 'visitor.asked', keyHash: keyOf(name), source: `${name}.net`, name, at }) as const,
        ),
      ),
    ...[visitor?.visit ?? 1, 0].flatMap((visit): RoomMachineEvent[] => [
      { type: 'visitor.withdrew', visit },
      { type: 'visitor.disconnected', visit, at: 0 },
    ]),
    ...taken.flatMap((seat): RoomMachineEvent[] => {
      const epoch = context.seats[seat]?.epoch ?? 0
      return [
        { type: 'holder.left', seat, epoch },
        { type: 'socket.closed', seat, epoch, at: 0 },
        ...(['open', 'ask', 'locked'] as const).map(
          (policy) => ({ type: 'policy.changed', seat, epoch, policy }) as const,
        ),
        { type: 'policy.changed', seat, epoch: epoch - 1, policy: 'open' },
        ...[visitor?.id ?? 1, 0].flatMap((visitorId): RoomMachineEvent[] => [
          { type: 'visitor.admitted', seat, epoch, visitorId, at: 0 },
          { type: 'visitor.admitted', seat, epoch: epoch - 1, visitorId, at: 0 },
          { type: 'visitor.declined', seat, epoch, visitorId, at: 0 },
        ]),
      ]
    }),
    ...deadlinesOf(context)
      .flatMap((deadline) => [deadline - 1, deadline])
      .map((at) => ({ type: 'time.passed', at }) as const),
  ]
}

const doorKey = (room: Room): string => {
  const { policy, visitor, declined } = room.context.door
  return JSON.stringify([
    key(room),
    seatNames.map((name) => room.context.seats[name] && visitorOf(room.context.seats[name])),
    policy,
    visitor && [askerOf(room.context), visitor.isAdmitted, visitor.expiresAt],
    // A declined visitor may ask again at once, after a wait, or after a long wait.
    askers.map((name) => declined.find(({ keyHash }) => keyHash === keyOf(name))?.count ?? 0),
  ])
}

/** The door with all policies, under a key that tells the visitors apart. */
export const doorExploration: Exploration<typeof roomMachine> = { events: doorEvents, key: doorKey }

/** A preparation of the visitor who asks, and of one who looks. */
const preparers = [
  { keyHash: null, source: 'z.net' },
  { keyHash: keyOf('y'), source: 'y.net' },
] as const

/** Every event of one holder, a visitor that asks, and one that looks, which prepare connections. */
const preparationEvents = ({ context }: Room): RoomMachineEvent[] => {
  const { visitor, preparation } = context.door
  const attempts = [preparation?.id ?? 1, (preparation?.id ?? 1) + 1]
  return [
    ...visitors
      .filter((name) => !isSeatedElsewhere(context, name))
      .flatMap((name) =>
        [undefined, ...attempts].map((attempt): RoomMachineEvent => ({
          type: 'visitor.joined',
          tokenHash: `${name}.${context.epoch + 1}`,
          joinKey: keyOf(name),
          formerTokenHash: null,
          requestedAt: 1,
          policy: 'open',
          ...(attempt !== undefined && { preparation: attempt }),
        })),
      ),
    ...attempts.map((id) => ({ type: 'preparation.ended', id }) as const),
    ...preparers.flatMap((preparer) =>
      [0, timeouts.askAgainMs].map((at) => ({ type: 'preparation.requested', ...preparer, at }) as const),
    ),
    { type: 'visitor.asked', keyHash: keyOf('y'), source: 'y.net', name: 'y', at: 0 },
    { type: 'visitor.withdrew', visit: visitor?.visit ?? 0 },
    ...seatNames
      .filter((name) => context.seats[name])
      .flatMap((seat): RoomMachineEvent[] => {
        const { epoch = 0, tokenHash = '' } = context.seats[seat] ?? {}
        return [
          { type: 'holder.left', seat, epoch },
          { type: 'socket.closed', seat, epoch, at: 0 },
          ...[true, false].map((reloaded): RoomMachineEvent => ({
            type: 'holder.resumed',
            seat,
            presentedTokenHash: tokenHash,
            tokenHash: `${tokenHash.split('.')[0]}.${context.epoch + 1}`,
            reloaded,
            requestedAt: 1,
          })),
          { type: 'visitor.admitted', seat, epoch, visitorId: visitor?.id ?? 0, at: 0 },
          { type: 'visitor.declined', seat, epoch, visitorId: visitor?.id ?? 0, at: 0 },
          ...(['open', 'ask', 'locked'] as const).map(
            (policy) => ({ type: 'policy.changed', seat, epoch, policy }) as const,
          ),
        ]
      }),
    ...deadlinesOf(context).map((at) => ({ type: 'time.passed', at }) as const),
  ]
}

/** A holder and a visitor prepare a connection, under the key of the door and the preparation's visitor. */
export const preparationExploration: Exploration<typeof roomMachine> = {
  events: preparationEvents,
  key: (room) => JSON.stringify([doorKey(room), room.context.door.preparation?.keyHash]),
}

/** No token, an invented one, and those of the former holder. */
const formerTokensOf = ({ door }: Room['context'], visitor: string): (string | null)[] => [
  null,
  'nobody.0',
  ...(door.former?.tokenHashes.filter((hash) => hash.startsWith(`${visitor}.`)) ?? []),
]

/** Every event of two holders, one of which loses its seat, and of a third visitor at the door. */
const formerEvents = ({ context }: Room): RoomMachineEvent[] => {
  const { visitor, former } = context.door
  return [
    ...visitors
      .filter((name) => !isSeatedElsewhere(context, name))
      .flatMap((name) =>
        formerTokensOf(context, name).map(
          (formerTokenHash) =>
            ({
              type: 'visitor.joined',
              tokenHash: `${name}.${context.epoch + 1}`,
              joinKey: keyOf(name),
              formerTokenHash,
              requestedAt: 1,
              policy: 'open',
            }) as const,
        ),
      ),
    { type: 'visitor.asked', keyHash: keyOf('z'), source: 'z.net', name: 'z', at: 0 },
    { type: 'visitor.disconnected', visit: visitor?.visit ?? 0, at: 0 },
    ...seatNames
      .filter((name) => context.seats[name])
      .flatMap((seat): RoomMachineEvent[] => {
        const epoch = context.seats[seat]?.epoch ?? 0
        return [
          { type: 'holder.left', seat, epoch },
          { type: 'socket.closed', seat, epoch, at: 0 },
          { type: 'media.started', seat, epoch, at: 0 },
          { type: 'media.stopped', seat, epoch, at: 0 },
          { type: 'media.stopped', seat, epoch: epoch - 1, at: 0 },
          { type: 'visitor.admitted', seat, epoch, visitorId: visitor?.id ?? 0, at: 0 },
          ...(['open', 'ask', 'locked'] as const).map(
            (policy) => ({ type: 'policy.changed', seat, epoch, policy }) as const,
          ),
        ]
      }),
    ...[...deadlinesOf(context), ...(former?.until ? [former.until] : [])]
      .flatMap((deadline) => [deadline - 1, deadline])
      .map((at) => ({ type: 'time.passed', at }) as const),
  ]
}

const formerKey = (room: Room): string => {
  const { policy, visitor, former } = room.context.door
  return JSON.stringify([
    key(room),
    seatNames.map((name) => room.context.seats[name] && visitorOf(room.context.seats[name])),
    policy,
    visitor && [askerOf(room.context), visitor.isAdmitted, visitor.expiresAt],
    former && [former.tokenHashes.map((hash) => hash.split('.')[0]), former.until],
  ])
}

/** A holder that loses its seat during a call, and returns, under a key that tells the visitors apart. */
export const formerExploration: Exploration<typeof roomMachine> = { events: formerEvents, key: formerKey }

/** Every event that a visitor or the clock can cause, under the capped key. */
export const exploration: Exploration<typeof roomMachine> = { events, key }
