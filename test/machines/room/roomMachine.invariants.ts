import { isDeepStrictEqual } from 'node:util'
import { roomMachine, visibleDoor } from '../../../machines/room/roomMachine.ts'
import type { RoomEffect, RoomMachineEvent } from '../../../machines/room/roomEvents.ts'
import { otherSeat, type Seat, seatNames, takenSeats } from '../../../machines/room/seats.ts'
import { timeouts } from '../../../machines/protocol/timeouts.ts'
import type { Door, SeatName } from '../../../machines/protocol/messages.ts'
import type { Invariants, Step } from '../graph.ts'
import { mayEnter, stricterPolicy } from '../../../machines/room/door.ts'
import { visitorOf } from './roomMachine.graph.ts'

/** Invariants of every room, for any history and any next event. */

type RoomStep = Step<typeof roomMachine>

/** Rules of every step of the room machine. */
export const invariants: Invariants<typeof roomMachine> = {
  'there are never more than two seats': ({ after }) =>
    isDeepStrictEqual(Object.keys(after.context.seats).sort(), ['a', 'b']),
  'no visitor has two seats': ({ after }) => {
    const seated = takenSeats(after.context).map((name) => visitorOf(seatIn(after, name)!))
    return new Set(seated).size === seated.length
  },
  'no seat changes its visitor, except for a newer claim to it': ({ before, event, after }) =>
    seatNames.every((name) => {
      const [was, is] = [seatIn(before, name), seatIn(after, name)]
      const isNewerClaim =
        event.type === 'holder.restored' && event.seat === name && event.claimedEpoch > (was?.claimedEpoch ?? 0)
      return !was || !is || visitorOf(was) === visitorOf(is) || isNewerClaim
    }),
  'a third visitor is not admitted': ({ before, event, after }) =>
    event.type !== 'visitor.joined' ||
    takenSeats(before.context).length < 2 ||
    (!before.can(event) && isSame(before, after)),
  'a new visitor does not get a reserved seat': ({ before, event, after }) =>
    event.type !== 'visitor.joined' ||
    before.context.reservedUntil === null ||
    (!before.can(event) && isSame(before, after)),
  'a room that asks first admits only the visitor that its holder admitted, and a locked room none': (step) => {
    const { before, event, after } = step
    const { policy, visitor, former } = before.context.door
    if (event.type !== 'visitor.joined' || before.value === 'empty' || policy === 'open') return true
    const isFormer = former?.tokenHashes.some((hash) => hash === event.formerTokenHash) === true
    return isSame(before, after) || isFormer || (visitor?.isAdmitted === true && visitor.keyHash === event.joinKey)
  },
  'a former holder exists only beside a lone holder, after its seat expired': ({ before, event, after }) => {
    const [was, is] = [before.context.door.former, after.context.door.former]
    if (is === null) return true
    const isKept = isDeepStrictEqual(was?.tokenHashes, is.tokenHashes)
    return after.value === 'created' && (isKept || event.type === 'time.passed')
  },
  'nobody asks while the call of a former holder goes on': ({ before, event, after }) =>
    event.type !== 'visitor.asked' ||
    before.context.door.former?.until !== null ||
    before.context.door.visitor?.keyHash === event.keyHash ||
    isSame(before, after),
  'a former holder has no deadline while the other holder reports media': ({ before, event, after }) => {
    if (!after.context.door.former || !('seat' in event) || !isCurrentHolder(before, event as never)) return true
    const { until } = after.context.door.former
    if (event.type === 'media.started') return until === null
    return event.type !== 'media.stopped' || until === event.at + timeouts.callLostTimeoutMs
  },
  'a former holder is forgotten at its deadline': ({ before, event, after }) => {
    const { former, visitor } = before.context.door
    // One place is freed at a time; the next sweep frees the other.
    if (event.type !== 'time.passed' || !former || (visitor?.expiresAt ?? Infinity) <= event.at) return true
    return (former.until ?? Infinity) > event.at || after.context.door.former === null
  },
  'a new policy is for a former holder without a call, too': ({ before, event, after }) =>
    event.type !== 'policy.changed' ||
    isSame(before, after) ||
    after.context.door.former === null ||
    before.context.door.former?.until === null,
  'one visitor is at the door at a time': ({ before, event, after }) => {
    const { visitor } = before.context.door
    return event.type !== 'visitor.asked' || !visitor || visitor.keyHash === event.keyHash || isSame(before, after)
  },
  'a repeated request keeps its id, its name and its admission, and is not sent again': (step) => {
    const { before, event, after, effects } = step
    const { visitor } = before.context.door
    if (event.type !== 'visitor.asked' || visitor?.keyHash !== event.keyHash) return true
    const kept = ({ id, name, isAdmitted }: typeof visitor) => [id, name, isAdmitted]
    const is = after.context.door.visitor
    return is !== null && isDeepStrictEqual(kept(visitor), kept(is)) && effects.length === 0
  },
  'an admitted visitor has a deadline, which no new connection extends': ({ before, event, after }) => {
    const [was, is] = [before.context.door.visitor, after.context.door.visitor]
    if (!is?.isAdmitted) return true
    if (event.type === 'visitor.admitted' && !was?.isAdmitted) return is.expiresAt === event.at + timeouts.admissionMs
    return is.expiresAt === was?.expiresAt
  },
  'only the answer of a holder to this request admits a visitor': ({ before, event, after }) => {
    const [was, is] = [before.context.door.visitor, after.context.door.visitor]
    if (!is?.isAdmitted || (was?.isAdmitted && was.keyHash === is.keyHash)) return true
    return event.type === 'visitor.admitted' && event.visitorId === was?.id && isCurrentHolder(before, event)
  },
  'a declined visitor leaves the door, and asks again only after its wait': ({ before, event, after }) => {
    const { visitor, declined } = before.context.door
    if (event.type === 'visitor.declined')
      return isSame(before, after) || (visitor?.id === event.visitorId && after.context.door.visitor === null)
    return (
      event.type !== 'visitor.asked' ||
      isSame(before, after) ||
      visitor?.keyHash === event.keyHash ||
      declined.every(({ keyHash, until }) => keyHash !== event.keyHash || until <= event.at)
    )
  },
  'a visitor is at the door only while one holder waits in a room that asks first': ({ after }) =>
    after.context.door.visitor === null || (after.value === 'created' && after.context.door.policy === 'ask'),
  'a restored room admits no more visitors than before': ({ before, event, after }) =>
    event.type !== 'holder.restored' ||
    before.value === 'empty' ||
    stricterPolicy(before.context.door.policy, after.context.door.policy) === after.context.door.policy,
  'only a holder of the room changes its policy': ({ before, event, after }) =>
    before.value === 'empty' ||
    after.value === 'empty' ||
    before.context.door.policy === after.context.door.policy ||
    event.type === 'holder.restored' ||
    (event.type === 'policy.changed' && isCurrentHolder(before, event)),
  'a disconnected visitor leaves the door exactly at its deadline': ({ before, event, after }) => {
    const { visitor } = before.context.door
    if (event.type !== 'time.passed' || !visitor || after.value === 'empty') return true
    return (after.context.door.visitor === null) === (visitor.expiresAt ?? Infinity) <= event.at
  },
  'each holder receives the door when it changes': ({ before, after, effects }) => {
    // With the join every preparation ends, and no holder hears of it.
    const isJoin = before.value !== after.value
    const view = ({ preparation, ...door }: Door): Door =>
      isJoin || preparation === undefined ? door : { ...door, preparation }
    const [was, is] = [view(visibleDoor(before.context.door)), view(visibleDoor(after.context.door))]
    const told = seatNames.filter((name) => seatIn(before, name)?.epoch === seatIn(after, name)?.epoch)
    return (
      isDeepStrictEqual(was, is) ||
      told
        .filter((name) => seatIn(after, name))
        .every((name) => {
          const sent = sentEvents(effects).filter(({ seat, event: { type } }) => seat === name && type === 'door')
          const last = sent.at(-1)?.event
          return last?.type === 'door' && isDeepStrictEqual(view(last as Door), { type: 'door', ...is })
        })
    )
  },
  'a token of an earlier run does not take a seat that was issued in this run': ({ before, event, after }) =>
    event.type !== 'holder.restored' || (seatIn(before, event.seat)?.claimedEpoch ?? 0) <= 0 || isSame(before, after),
  'a holder is restored to the seat of the token, unless a newer claim has it': ({ before, event, after }) =>
    event.type !== 'holder.restored' ||
    (seatIn(after, event.seat)?.tokenHash === event.tokenHash) === isNewest(before, event),
  'a reservation exists only for a lone holder with a call, during the grace period': ({ before, event, after }) => {
    const { reservedUntil: awaited } = after.context
    if (awaited === null) return true
    if (after.value !== 'created') return false
    if (event.type === 'holder.restored' && isNewest(before, event))
      return event.hasMedia && awaited === event.at + timeouts.seatGraceMs
    return awaited === before.context.reservedUntil && !(event.type === 'time.passed' && event.at >= awaited)
  },
  'a holder restored alone with a call reserves the other seat': ({ before, event, after }) =>
    event.type !== 'holder.restored' ||
    !event.hasMedia ||
    !isNewest(before, event) ||
    after.value !== 'created' ||
    after.context.reservedUntil !== null,
  'a reservation lasts until its deadline': ({ before, event, after }) =>
    before.context.reservedUntil === null ||
    after.context.reservedUntil !== null ||
    after.value !== 'created' ||
    event.type === 'media.stopped' ||
    event.type === 'holder.restored' ||
    (event.type === 'time.passed' && event.at >= before.context.reservedUntil),
  'the state matches the number of taken seats': ({ after }) =>
    takenSeats(after.context).length === { empty: 0, created: 1, ready: 2, full: 2 }[after.value],
  'full means that both holders report media': ({ after }) =>
    (after.value === 'full') === seatNames.every((name) => seatIn(after, name)?.hasMedia === true),
  'a lone holder has only media that it reported since it is alone': ({ before, event, after }) =>
    after.value !== 'created' ||
    seatNames.every(
      (name) =>
        !seatIn(after, name)?.hasMedia ||
        (before.value === 'created' && seatIn(before, name)?.hasMedia) ||
        (event.type === 'media.started' && event.seat === name),
    ),
  'a report of a current holder that is alone without a former peer is remembered': ({ before, event, after }) => {
    if (event.type !== 'media.started' && event.type !== 'media.stopped') return true
    const { reservedUntil, door } = before.context
    if (before.value !== 'created' || reservedUntil !== null || door.former || !isCurrentHolder(before, event))
      return true
    return seatIn(after, event.seat)?.hasMedia === (event.type === 'media.started')
  },
  'a new visitor finds a holder without media, except for the call of a former holder': ({ before, event, after }) =>
    event.type !== 'visitor.joined' ||
    before.value !== 'created' ||
    after.value !== 'ready' ||
    seatNames.some((name) => seatIn(after, name)?.hasMedia) === (before.context.door.former?.until === null),
  'a reloaded page has no media': ({ event, after, ...step }) =>
    (event.type !== 'holder.resumed' && event.type !== 'holder.restored') ||
    !event.reloaded ||
    !isAccepted({ event, after, ...step }) ||
    seatIn(after, event.seat)?.hasMedia === false,

  'epochs only increase': ({ before, after }) =>
    after.context.epoch >= before.context.epoch &&
    seatNames.every((name) => {
      const [was, is] = [seatIn(before, name), seatIn(after, name)]
      return !is || is.epoch === was?.epoch || is.epoch > before.context.epoch
    }),
  'every accepted join gets a new epoch': (step) => {
    const { before, event, after } = step
    if (!isAccepted(step)) return true
    const name =
      event.type === 'visitor.joined'
        ? seatNames.find((each) => !seatIn(before, each))!
        : (event as Resumed | Restored).seat
    const epoch = seatIn(after, name)?.epoch ?? 0
    return epoch > before.context.epoch && after.context.epoch === epoch
  },
  'an event with an old epoch, or for a free seat, changes nothing': ({ before, event, after, effects }) =>
    !('epoch' in event) ||
    seatIn(before, event.seat)?.epoch === event.epoch ||
    (isSame(before, after) && effects.length === 0),
  'a wrong token or a late resume changes nothing': ({ before, event, after, effects }) =>
    event.type !== 'holder.resumed' || isRight(before, event) || (isSame(before, after) && effects.length === 0),
  'the right token resumes and rotates, and the previous token stays valid': ({ before, event, after }) => {
    if (event.type !== 'holder.resumed' || !isRight(before, event)) return true
    const seat = seatIn(after, event.seat)
    return (
      seat?.tokenHash === event.tokenHash &&
      seat.previousTokenHash === event.presentedTokenHash &&
      seat.expiresAt === null
    )
  },

  'a seat is freed exactly at its deadline': ({ before, event, after }) =>
    event.type !== 'time.passed' ||
    seatNames.every((name) => {
      const seat = seatIn(before, name)
      return !seat || (seatIn(after, name) === null) === (seat.expiresAt ?? Infinity) <= event.at
    }),
  'a disconnected seat gets the grace period, a shorter one after a closed page': ({ before, event, after }) => {
    if (event.type !== 'socket.closed' || !isCurrentHolder(before, event)) return true
    const grace = seatIn(before, event.seat)!.isPageClosing ? timeouts.seatGraceAfterCloseMs : timeouts.seatGraceMs
    return seatIn(after, event.seat)?.expiresAt === event.at + grace
  },
  'page.closing marks the page as closing': ({ before, event, after }) =>
    event.type !== 'page.closing' ||
    !isCurrentHolder(before, event) ||
    seatIn(after, event.seat)?.isPageClosing === true,

  'only taken seats receive events': ({ after, effects }) =>
    sentEvents(effects).every(({ seat }) => seatIn(after, seat) !== null),
  'seat.freed is emitted exactly when a seat becomes free': ({ before, after, effects }) =>
    isDeepStrictEqual(
      effects.filter(({ type }) => type === 'seat.freed').map(({ seat }) => seat),
      seatNames.filter((name) => seatIn(before, name) && !seatIn(after, name)),
    ),
  'the remaining holder receives peer.left with the reason': ({ before, event, after, effects }) => {
    const stay = takenSeats(after.context).filter(
      (name) => seatIn(before, otherSeat(name)) && !seatIn(after, otherSeat(name)),
    )
    const reason = event.type === 'time.passed' ? 'lost' : 'left'
    return isDeepStrictEqual(
      sentEvents(effects).filter(({ event: { type } }) => type === 'peer.left'),
      stay.map((seat) => ({ type: 'event.sent', seat, event: { type: 'peer.left', reason } })),
    )
  },
  'the other holder receives peer.disconnected and peer.reconnected': (step) => {
    const { before, event, effects } = step
    const sent = sentEvents(effects).filter(
      ({ event: { type } }) => type === 'peer.disconnected' || type === 'peer.reconnected',
    )
    const away = event.type === 'socket.closed' && isCurrentHolder(before, event)
    // A restore to a free seat is an arrival, which is sent as `ready`.
    const back =
      (event.type === 'holder.resumed' || (event.type === 'holder.restored' && seatIn(before, event.seat) !== null)) &&
      isAccepted(step)
    if ((!away && !back) || !seatIn(before, otherSeat(event.seat))) return sent.length === 0
    const news = away
      ? { type: 'peer.disconnected', pageClosing: seatIn(before, event.seat)?.isPageClosing }
      : { type: 'peer.reconnected', reloaded: 'reloaded' in event && event.reloaded }
    return isDeepStrictEqual(sent, [{ type: 'event.sent', seat: otherSeat(event.seat), event: news }])
  },
  'both holders receive ready and full exactly when that state begins': ({ before, event, after, effects }) => {
    const sent = sentEvents(effects).filter(({ event: { type } }) => type === 'ready' || type === 'full')
    const begins = after.value !== before.value && (after.value === 'ready' || after.value === 'full')
    return isDeepStrictEqual(
      sent,
      begins
        ? seatNames.map((seat) => ({
            type: 'event.sent',
            seat,
            event: { type: after.value, ...preparedJoin(before, event) },
          }))
        : [],
    )
  },

  'a preparation exists only while one holder waits in a room that is not locked': ({ after }) => {
    const { preparation, policy } = after.context.door
    return preparation === null || (after.value === 'created' && policy !== 'locked')
  },
  'there is one preparation at a time, and each has a new number': ({ before, event, after }) => {
    const [was, is] = [before.context.door.preparation, after.context.door.preparation]
    if (is === null || is.id === was?.id) return true
    return was === null && event.type === 'preparation.requested' && is.id > before.context.epoch
  },
  'a visitor that asks prepares before one that looks': ({ after }) => {
    const { preparation, visitor } = after.context.door
    return preparation === null || visitor === null || preparation.keyHash === visitor.keyHash
  },
  'a preparation ends with its visitor at the door': ({ before, after }) =>
    before.context.door.visitor === null ||
    after.context.door.visitor !== null ||
    after.context.door.preparation === null,
  'a declined visitor prepares only after its wait': ({ before, event, after }) =>
    event.type !== 'preparation.requested' ||
    isSame(before, after) ||
    before.context.door.declined.every(({ source, until }) => source !== event.source || until <= event.at),
  'the end of an older preparation changes nothing': ({ before, event, after, effects }) =>
    event.type !== 'preparation.ended' ||
    event.id === before.context.door.preparation?.id ||
    (isSame(before, after) && effects.length === 0),
  'a reloaded page of the holder has no preparation': (step) =>
    step.event.type !== 'holder.resumed' ||
    !step.event.reloaded ||
    !isAccepted(step) ||
    step.after.context.door.preparation === null,

  'the state of a room is plain data': ({ after }) => {
    const plain = JSON.parse(JSON.stringify({ value: after.value, context: after.context })) as never
    return isDeepStrictEqual(plain, { value: after.value, context: after.context })
  },
}

type Snapshot = RoomStep['before']
type Resumed = Extract<RoomMachineEvent, { type: 'holder.resumed' }>
type Restored = Extract<RoomMachineEvent, { type: 'holder.restored' }>
type SentEvent = Extract<RoomEffect, { type: 'event.sent' }>

const seatIn = ({ context }: Snapshot, name: SeatName): Seat | null => context.seats[name]
const sentEvents = (effects: readonly RoomEffect[]): SentEvent[] =>
  effects.filter((effect) => effect.type === 'event.sent')
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

/** The field of `ready` after a join over the current preparation. */
const preparedJoin = ({ context }: Snapshot, event: RoomMachineEvent): { preparation?: number } =>
  event.type === 'visitor.joined' &&
  event.preparation !== undefined &&
  event.preparation === context.door.preparation?.id
    ? { preparation: event.preparation }
    : {}

/** Whether the room should accept the event, independent of its result. */
function isAccepted({ before, event }: RoomStep): boolean {
  if (event.type === 'holder.resumed') return isRight(before, event)
  if (event.type === 'holder.restored') return isNewest(before, event)
  if (event.type !== 'visitor.joined') return false
  return (
    takenSeats(before.context).length < 2 &&
    before.context.reservedUntil === null &&
    (before.value === 'empty' || mayEnter(before.context.door, event.joinKey, event.formerTokenHash)) &&
    seatNames.every((name) => seatIn(before, name)?.joinKey !== event.joinKey)
  )
}
