import { isDeepStrictEqual } from 'node:util'
import { roomMachine, type RoomEffect, type RoomMachineEvent } from '../../../machines/room/roomMachine.ts'
import { otherSeat, type Seat, seatNames, takenSeats } from '../../../machines/room/seats.ts'
import { timeouts } from '../../../machines/protocol/timeouts.ts'
import type { SeatName } from '../../../machines/protocol/messages.ts'
import type { Invariants, Step } from '../graph.ts'
import { visitorOf } from './roomMachine.graph.ts'

/** What holds in every room, whatever happened and whatever happens next. */

type RoomStep = Step<typeof roomMachine>

export const invariants: Invariants<typeof roomMachine> = {
  'never more than two seats': ({ after }) => isDeepStrictEqual(Object.keys(after.context.seats).sort(), ['a', 'b']),
  'nobody sits twice': ({ after }) => {
    const seated = takenSeats(after.context).map((name) => visitorOf(seatIn(after, name)!))
    return new Set(seated).size === seated.length
  },
  'nobody is unseated for another, but for a newer claim to the same seat': ({ before, event, after }) =>
    seatNames.every((name) => {
      const [was, is] = [seatIn(before, name), seatIn(after, name)]
      const isNewerClaim =
        event.type === 'holder.restored' && event.seat === name && event.claimedEpoch > (was?.claimedEpoch ?? 0)
      return !was || !is || visitorOf(was) === visitorOf(is) || isNewerClaim
    }),
  'a third visitor is not let in': ({ before, event, after }) =>
    event.type !== 'visitor.joined' ||
    takenSeats(before.context).length < 2 ||
    (!before.can(event) && isSame(before, after)),
  'a stranger does not get the seat of one who is awaited': ({ before, event, after }) =>
    event.type !== 'visitor.joined' ||
    before.context.reservedUntil === null ||
    (!before.can(event) && isSame(before, after)),
  'a seat that was given in this run is not taken by a token of an earlier one': ({ before, event, after }) =>
    event.type !== 'holder.restored' || (seatIn(before, event.seat)?.claimedEpoch ?? 0) <= 0 || isSame(before, after),
  'a holder is restored to the seat of the token, unless a newer claim has it': ({ before, event, after }) =>
    event.type !== 'holder.restored' ||
    (seatIn(after, event.seat)?.tokenHash === event.tokenHash) === isNewest(before, event),
  'somebody is awaited only while one who has a call is alone, and for the grace': ({ before, event, after }) => {
    const { reservedUntil: awaited } = after.context
    if (awaited === null) return true
    if (after.value !== 'created') return false
    if (event.type === 'holder.restored' && isNewest(before, event))
      return event.hasMedia && awaited === event.at + timeouts.seatGraceMs
    return awaited === before.context.reservedUntil && !(event.type === 'time.passed' && event.at >= awaited)
  },
  'one who is restored with a call and alone is waited with': ({ before, event, after }) =>
    event.type !== 'holder.restored' ||
    !event.hasMedia ||
    !isNewest(before, event) ||
    after.value !== 'created' ||
    after.context.reservedUntil !== null,
  'one who is awaited is awaited until their time is up': ({ before, event, after }) =>
    before.context.reservedUntil === null ||
    after.context.reservedUntil !== null ||
    after.value !== 'created' ||
    event.type === 'media.stopped' ||
    event.type === 'holder.restored' ||
    (event.type === 'time.passed' && event.at >= before.context.reservedUntil),
  'the state says how many seats are taken': ({ after }) =>
    takenSeats(after.context).length === { empty: 0, created: 1, ready: 2, full: 2 }[after.value],
  'full means that both report media': ({ after }) =>
    (after.value === 'full') === seatNames.every((name) => seatIn(after, name)?.hasMedia === true),
  'who is alone has no media, unless another is awaited': ({ after }) =>
    after.value !== 'created' ||
    after.context.reservedUntil !== null ||
    seatNames.every((name) => !seatIn(after, name)?.hasMedia),
  'who loaded the page anew has no media': ({ event, after, ...step }) =>
    (event.type !== 'holder.resumed' && event.type !== 'holder.restored') ||
    !event.reloaded ||
    !isAccepted({ event, after, ...step }) ||
    seatIn(after, event.seat)?.hasMedia === false,

  'epochs only grow': ({ before, after }) =>
    after.context.epoch >= before.context.epoch &&
    seatNames.every((name) => {
      const [was, is] = [seatIn(before, name), seatIn(after, name)]
      return !is || is.epoch === was?.epoch || is.epoch > before.context.epoch
    }),
  'a seat is entered and resumed under an epoch of its own': (step) => {
    const { before, event, after } = step
    if (!isAccepted(step)) return true
    const name =
      event.type === 'visitor.joined'
        ? seatNames.find((each) => !seatIn(before, each))!
        : (event as Resumed | Restored).seat
    const epoch = seatIn(after, name)?.epoch ?? 0
    return epoch > before.context.epoch && after.context.epoch === epoch
  },
  'an old epoch, or one who has no seat, changes nothing': ({ before, event, after, effects }) =>
    !('epoch' in event) ||
    seatIn(before, event.seat)?.epoch === event.epoch ||
    (isSame(before, after) && effects.length === 0),
  'a wrong token changes nothing, nor does one that comes late': ({ before, event, after, effects }) =>
    event.type !== 'holder.resumed' || isRight(before, event) || (isSame(before, after) && effects.length === 0),
  'the right token resumes and is rotated, with one step of overlap': ({ before, event, after }) => {
    if (event.type !== 'holder.resumed' || !isRight(before, event)) return true
    const seat = seatIn(after, event.seat)
    return (
      seat?.tokenHash === event.tokenHash &&
      seat.previousTokenHash === event.presentedTokenHash &&
      seat.expiresAt === null
    )
  },

  'a seat is kept for its holder until its time is up, and no longer': ({ before, event, after }) =>
    event.type !== 'time.passed' ||
    seatNames.every((name) => {
      const seat = seatIn(before, name)
      return !seat || (seatIn(after, name) === null) === (seat.expiresAt ?? Infinity) <= event.at
    }),
  'an empty chair waits its grace, a shorter one after a closed page': ({ before, event, after }) => {
    if (event.type !== 'socket.closed' || !isCurrentHolder(before, event)) return true
    const grace = seatIn(before, event.seat)!.isPageClosing ? timeouts.seatGraceAfterCloseMs : timeouts.seatGraceMs
    return seatIn(after, event.seat)?.expiresAt === event.at + grace
  },
  'a page that was closed is known to be': ({ before, event, after }) =>
    event.type !== 'page.closed' ||
    !isCurrentHolder(before, event) ||
    seatIn(after, event.seat)?.isPageClosing === true,

  'only who sits is told anything': ({ after, effects }) =>
    told(effects).every(({ seat }) => seatIn(after, seat) !== null),
  'a seat is forgotten when it becomes empty, and only then': ({ before, after, effects }) =>
    isDeepStrictEqual(
      effects.filter(({ type }) => type === 'seat.freed').map(({ seat }) => seat),
      seatNames.filter((name) => seatIn(before, name) && !seatIn(after, name)),
    ),
  'who stays hears that the other left, and why': ({ before, event, after, effects }) => {
    const stay = takenSeats(after.context).filter(
      (name) => seatIn(before, otherSeat(name)) && !seatIn(after, otherSeat(name)),
    )
    const reason = event.type === 'time.passed' ? 'lost' : 'left'
    return isDeepStrictEqual(
      told(effects).filter(({ event: { type } }) => type === 'peer.left'),
      stay.map((seat) => ({ type: 'event.sent', seat, event: { type: 'peer.left', reason } })),
    )
  },
  'who stays hears that the other went away, and how, or came back': (step) => {
    const { before, event, effects } = step
    const heard = told(effects).filter(
      ({ event: { type } }) => type === 'peer.disconnected' || type === 'peer.reconnected',
    )
    const away = event.type === 'socket.closed' && isCurrentHolder(before, event)
    // One who takes the place of nobody arrives: that is told as `ready`.
    const back =
      (event.type === 'holder.resumed' || (event.type === 'holder.restored' && seatIn(before, event.seat) !== null)) &&
      isAccepted(step)
    if ((!away && !back) || !seatIn(before, otherSeat(event.seat))) return heard.length === 0
    const news = away
      ? { type: 'peer.disconnected', pageClosing: seatIn(before, event.seat)?.isPageClosing }
      : { type: 'peer.reconnected', reloaded: 'reloaded' in event && event.reloaded }
    return isDeepStrictEqual(heard, [{ type: 'event.sent', seat: otherSeat(event.seat), event: news }])
  },
  'both are told when ready or full begins, and only then': ({ before, after, effects }) => {
    const heard = told(effects).filter(({ event: { type } }) => type === 'ready' || type === 'full')
    const begins = after.value !== before.value && (after.value === 'ready' || after.value === 'full')
    return isDeepStrictEqual(
      heard,
      begins ? seatNames.map((seat) => ({ type: 'event.sent', seat, event: { type: after.value } })) : [],
    )
  },

  'a room is plain data': ({ after }) => {
    const plain = JSON.parse(JSON.stringify({ value: after.value, context: after.context })) as never
    return isDeepStrictEqual(plain, { value: after.value, context: after.context })
  },
}

type Snapshot = RoomStep['before']
type Resumed = Extract<RoomMachineEvent, { type: 'holder.resumed' }>
type Restored = Extract<RoomMachineEvent, { type: 'holder.restored' }>
type Told = Extract<RoomEffect, { type: 'event.sent' }>

const seatIn = ({ context }: Snapshot, name: SeatName): Seat | null => context.seats[name]
const told = (effects: readonly RoomEffect[]): Told[] => effects.filter((effect) => effect.type === 'event.sent')
const isCurrentHolder = (before: Snapshot, { seat, epoch }: { seat: SeatName; epoch: number }) =>
  seatIn(before, seat)?.epoch === epoch
const isSame = (before: Snapshot, after: Snapshot) =>
  isDeepStrictEqual([before.value, before.context], [after.value, after.context])

const isRight = (before: Snapshot, { seat, presentedTokenHash: presented, requestedAt }: Resumed) => {
  const held = seatIn(before, seat)
  return (
    held !== null &&
    (held.tokenHash === presented || held.previousTokenHash === presented) &&
    requestedAt >= held.requestedAt
  )
}

const isNewest = (before: Snapshot, { seat, claimedEpoch: claimed }: Restored): boolean =>
  claimed > (seatIn(before, seat)?.claimedEpoch ?? -Infinity)

/** By what the room should do, not by what it did. */
function isAccepted({ before, event }: RoomStep): boolean {
  if (event.type === 'holder.resumed') return isRight(before, event)
  if (event.type === 'holder.restored') return isNewest(before, event)
  if (event.type !== 'visitor.joined') return false
  return (
    takenSeats(before.context).length < 2 &&
    before.context.reservedUntil === null &&
    seatNames.every((name) => seatIn(before, name)?.joinKey !== event.joinKey)
  )
}
