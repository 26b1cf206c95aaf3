import { isDeepStrictEqual } from 'node:util'
import { room, type RoomEffect, type RoomFact } from '../../../machines/room/roomMachine.ts'
import { other, type Seat, seatNames, takenSeats } from '../../../machines/room/seats.ts'
import { timers } from '../../../machines/protocol/timeouts.ts'
import type { SeatName } from '../../../machines/protocol/messages.ts'
import type { Invariants, Step } from '../graph.ts'
import { visitorOf } from './roomMachine.graph.ts'

/** What holds in every room, whatever happened and whatever happens next. */

type RoomStep = Step<typeof room>

export const invariants: Invariants<typeof room> = {
  'never more than two seats': ({ after }) => isDeepStrictEqual(Object.keys(after.context.seats).sort(), ['a', 'b']),
  'nobody sits twice': ({ after }) => {
    const seated = takenSeats(after.context).map((name) => visitorOf(seatIn(after, name)!))
    return new Set(seated).size === seated.length
  },
  'nobody is unseated for another, but for a newer claim to the same seat': ({ before, event, after }) => seatNames.every((name) => {
    const [was, is] = [seatIn(before, name), seatIn(after, name)]
    const isNewerClaim = event.type === 'holder.restored' && event.seat === name && event.claimed > (was?.claimed ?? 0)
    return !was || !is || visitorOf(was) === visitorOf(is) || isNewerClaim
  }),
  'a third visitor is not let in': ({ before, event, after }) =>
    event.type !== 'visitor.entered' || takenSeats(before.context).length < 2 || (!before.can(event) && isSame(before, after)),
  'a stranger does not get the seat of one who is awaited': ({ before, event, after }) =>
    event.type !== 'visitor.entered' || before.context.awaited === null || (!before.can(event) && isSame(before, after)),
  'a seat that was given in this run is not taken by a token of an earlier one': ({ before, event, after }) =>
    event.type !== 'holder.restored' || (seatIn(before, event.seat)?.claimed ?? 0) <= 0 || isSame(before, after),
  'a holder is restored to the seat of the token, unless a newer claim has it': ({ before, event, after }) =>
    event.type !== 'holder.restored' || (seatIn(after, event.seat)?.token === event.token) === isNewest(before, event),
  'somebody is awaited only while one who has a call is alone, and for the grace': ({ before, event, after }) => {
    const { awaited } = after.context
    if (awaited === null) return true
    if (after.value !== 'created') return false
    if (event.type === 'holder.restored' && isNewest(before, event)) return event.flowing && awaited === event.at + timers.grace
    return awaited === before.context.awaited && !(event.type === 'time.passed' && event.at >= awaited)
  },
  'one who is restored with a call and alone is waited with': ({ before, event, after }) =>
    event.type !== 'holder.restored' || !event.flowing || !isNewest(before, event) || after.value !== 'created' || after.context.awaited !== null,
  'one who is awaited is awaited until their time is up': ({ before, event, after }) =>
    before.context.awaited === null || after.context.awaited !== null || after.value !== 'created'
    || event.type === 'media.stopped' || event.type === 'holder.restored' || (event.type === 'time.passed' && event.at >= before.context.awaited),
  'the state says how many seats are taken': ({ after }) =>
    takenSeats(after.context).length === { empty: 0, created: 1, ready: 2, full: 2 }[after.value],
  'full means that both report media': ({ after }) =>
    (after.value === 'full') === seatNames.every((name) => seatIn(after, name)?.flowing === true),
  'who is alone has no media, unless another is awaited': ({ after }) =>
    after.value !== 'created' || after.context.awaited !== null || seatNames.every((name) => !seatIn(after, name)?.flowing),
  'who loaded the page anew has no media': ({ event, after, ...step }) =>
    (event.type !== 'holder.resumed' && event.type !== 'holder.restored') || !event.fresh || !isAccepted({ event, after, ...step }) || seatIn(after, event.seat)?.flowing === false,

  'epochs only grow': ({ before, after }) =>
    after.context.epoch >= before.context.epoch && seatNames.every((name) => {
      const [was, is] = [seatIn(before, name), seatIn(after, name)]
      return !is || is.epoch === was?.epoch || is.epoch > before.context.epoch
    }),
  'a seat is entered and resumed under an epoch of its own': (step) => {
    const { before, event, after } = step
    if (!isAccepted(step)) return true
    const name = event.type === 'visitor.entered' ? seatNames.find((each) => !seatIn(before, each))! : (event as Resumed | Restored).seat
    const epoch = seatIn(after, name)?.epoch ?? 0
    return epoch > before.context.epoch && after.context.epoch === epoch
  },
  'an old epoch, or one who has no seat, changes nothing': ({ before, event, after, effects }) =>
    !('epoch' in event) || seatIn(before, event.seat)?.epoch === event.epoch || (isSame(before, after) && effects.length === 0),
  'a wrong token changes nothing, nor does one that comes late': ({ before, event, after, effects }) =>
    event.type !== 'holder.resumed' || isRight(before, event) || (isSame(before, after) && effects.length === 0),
  'the right token resumes and is rotated, with one step of overlap': ({ before, event, after }) => {
    if (event.type !== 'holder.resumed' || !isRight(before, event)) return true
    const seat = seatIn(after, event.seat)
    return seat?.token === event.token && seat.previous === event.presented && seat.deadline === null
  },

  'a seat is kept for its holder until its time is up, and no longer': ({ before, event, after }) =>
    event.type !== 'time.passed' || seatNames.every((name) => {
      const seat = seatIn(before, name)
      return !seat || (seatIn(after, name) === null) === ((seat.deadline ?? Infinity) <= event.at)
    }),
  'an empty chair waits its grace, a shorter one after a closed page': ({ before, event, after }) => {
    if (event.type !== 'socket.closed' || !isHolder(before, event)) return true
    const grace = seatIn(before, event.seat)!.closes ? timers.graceAfterClose : timers.grace
    return seatIn(after, event.seat)?.deadline === event.at + grace
  },
  'a page that was closed is known to be': ({ before, event, after }) =>
    event.type !== 'page.closed' || !isHolder(before, event) || seatIn(after, event.seat)?.closes === true,

  'only who sits is told anything': ({ after, effects }) => told(effects).every(({ seat }) => seatIn(after, seat) !== null),
  'a seat is forgotten when it becomes empty, and only then': ({ before, after, effects }) =>
    isDeepStrictEqual(
      effects.filter(({ type }) => type === 'freed').map(({ seat }) => seat),
      seatNames.filter((name) => seatIn(before, name) && !seatIn(after, name)),
    ),
  'who stays hears that the other left, and why': ({ before, event, after, effects }) => {
    const stay = takenSeats(after.context).filter((name) => seatIn(before, other(name)) && !seatIn(after, other(name)))
    const reason = event.type === 'time.passed' ? 'lost' : 'left'
    return isDeepStrictEqual(told(effects).filter(({ event: { type } }) => type === 'peer.left'),
      stay.map((seat) => ({ type: 'told', seat, event: { type: 'peer.left', reason } })))
  },
  'who stays hears that the other went away, and how, or came back': (step) => {
    const { before, event, effects } = step
    const heard = told(effects).filter(({ event: { type } }) => type === 'peer.away' || type === 'peer.back')
    const away = event.type === 'socket.closed' && isHolder(before, event)
    // One who takes the place of nobody arrives: that is told as `ready`.
    const back = (event.type === 'holder.resumed' || (event.type === 'holder.restored' && seatIn(before, event.seat) !== null)) && isAccepted(step)
    if ((!away && !back) || !seatIn(before, other(event.seat))) return heard.length === 0
    const news = away ? { type: 'peer.away', closes: seatIn(before, event.seat)?.closes } : { type: 'peer.back', fresh: 'fresh' in event && event.fresh }
    return isDeepStrictEqual(heard, [{ type: 'told', seat: other(event.seat), event: news }])
  },
  'both are told when ready or full begins, and only then': ({ before, after, effects }) => {
    const heard = told(effects).filter(({ event: { type } }) => type === 'ready' || type === 'full')
    const begins = after.value !== before.value && (after.value === 'ready' || after.value === 'full')
    return isDeepStrictEqual(heard, begins ? seatNames.map((seat) => ({ type: 'told', seat, event: { type: after.value } })) : [])
  },

  'a room is plain data': ({ after }) => {
    const plain = JSON.parse(JSON.stringify({ value: after.value, context: after.context })) as never
    return isDeepStrictEqual(plain, { value: after.value, context: after.context })
  },
}

type Snapshot = RoomStep['before']
type Resumed = Extract<RoomFact, { type: 'holder.resumed' }>
type Restored = Extract<RoomFact, { type: 'holder.restored' }>
type Told = Extract<RoomEffect, { type: 'told' }>

const seatIn = ({ context }: Snapshot, name: SeatName): Seat | null => context.seats[name]
const told = (effects: readonly RoomEffect[]): Told[] => effects.filter((effect) => effect.type === 'told')
const isHolder = (before: Snapshot, { seat, epoch }: { seat: SeatName; epoch: number }) => seatIn(before, seat)?.epoch === epoch
const isSame = (before: Snapshot, after: Snapshot) => isDeepStrictEqual([before.value, before.context], [after.value, after.context])

const isRight = (before: Snapshot, { seat, presented, asked }: Resumed) => {
  const held = seatIn(before, seat)
  return held !== null && (held.token === presented || held.previous === presented) && asked >= held.asked
}

const isNewest = (before: Snapshot, { seat, claimed }: Restored): boolean => claimed > (seatIn(before, seat)?.claimed ?? -Infinity)

/** By what the room should do, not by what it did. */
function isAccepted({ before, event }: RoomStep): boolean {
  if (event.type === 'holder.resumed') return isRight(before, event)
  if (event.type === 'holder.restored') return isNewest(before, event)
  if (event.type !== 'visitor.entered') return false
  return takenSeats(before.context).length < 2 && before.context.awaited === null && seatNames.every((name) => seatIn(before, name)?.key !== event.key)
}
