import { hashToken } from '../../../server/rooms/tokens.ts'
import { type VisitorIdentity, viewRoom } from '../../../server/rooms/admission.ts'
import { roomView, type RoomView } from '../../../machines/protocol/messages.ts'
import { timeouts } from '../../../machines/protocol/timeouts.ts'
import type { RoomPolicy } from '../../../machines/protocol/vocabulary.ts'
import type { roomMachine } from '../../../machines/room/roomMachine.ts'
import type { SeatSubscription } from './channelTypes.ts'
import { apply, type ServerModel, type ServerStep } from './serverModel.ts'

/** The door of server/rooms/roomService.ts as values: the real room machine and views. */

type Machine = typeof roomMachine

/** Returns the identity of a visitor. Each page and the stranger have their own network. */
export const identityOf = (who: string, joinKey: string): VisitorIdentity => ({
  keyHash: hashToken(joinKey),
  source: hashToken(`network of ${who}`),
})

/** RoomService.ask. `visit`: null if the visitor cannot ask now. */
export function ask(
  machine: Machine,
  before: ServerModel,
  identity: VisitorIdentity,
  name: string,
): ServerStep & { visit: number | null } {
  const { server, broken } = apply(machine, before, { type: 'visitor.asked', ...identity, name, at: before.askMs })
  const { visitor } = server.room.context.door
  if (server.room === before.room || !visitor) return { server, broken, visit: null }
  const { id, visit } = visitor
  const known = before.guests.find(({ keyHash }) => keyHash === identity.keyHash)
  const others = server.guests.filter(({ keyHash }) => keyHash !== identity.keyHash)
  const isAdmitted = known?.isAdmitted === true
  const awayUntil = isAdmitted ? known.awayUntil : null
  const guest = { keyHash: identity.keyHash, id, visit, isAdmitted, awayUntil }
  return { server: { ...server, guests: [...others, guest] }, broken, visit }
}

/** RoomService.leaveDoor. A `visit` of null has no place at the door. */
export function leaveDoor(machine: Machine, before: ServerModel, visit: number | null, isGone: boolean): ServerStep {
  if (visit === null) return { server: before, broken: [] }
  const fact = isGone
    ? ({ type: 'visitor.withdrew', visit } as const)
    : ({ type: 'visitor.disconnected', visit, at: 0 } as const)
  const { server, broken } = apply(machine, before, fact)
  const guests = server.guests.flatMap((guest) => {
    if (guest.visit !== visit) return guest
    if (isGone) return []
    return guest.isAdmitted ? guest : { ...guest, awayUntil: timeouts.doorGraceMs }
  })
  return { server: { ...server, guests }, broken }
}

/** RoomService.answerVisitor. Without a seat the call is rejected. */
export function answerVisitor(
  machine: Machine,
  before: ServerModel,
  stay: SeatSubscription | null,
  visitorId: number,
  isAdmitted: boolean,
): ServerStep {
  if (!stay) return { server: before, broken: [] }
  const { seat, epoch } = stay
  const isCurrent = before.room.context.seats[seat]?.epoch === epoch
  const type = isAdmitted ? 'visitor.admitted' : 'visitor.declined'
  const { server, broken } = apply(machine, before, { type, seat, epoch, visitorId, at: before.askMs }, stay)
  const guests = server.guests.flatMap((guest) => {
    if (!isCurrent || guest.id !== visitorId || guest.isAdmitted) return guest
    return isAdmitted ? { ...guest, isAdmitted, awayUntil: before.askMs + timeouts.admissionMs } : []
  })
  return { server: { ...server, guests }, broken }
}

/** RoomService.setPolicy. Without a seat the call is rejected. */
export function setPolicy(
  machine: Machine,
  before: ServerModel,
  stay: SeatSubscription | null,
  policy: RoomPolicy,
): ServerStep {
  if (!stay) return { server: before, broken: [] }
  const { seat, epoch } = stay
  return apply(machine, before, { type: 'policy.changed', seat, epoch, policy }, stay)
}

/** RoomService.view. `DUET_ROOM_POLICY` has its default. */
export const view = ({ room, askMs }: ServerModel, identity: VisitorIdentity | null): RoomView => ({
  ...viewRoom(room, identity, askMs),
  ...(room.value === 'empty' && { policy: 'open' }),
})

/** The rules that a view violates: it has its own fields only, and it shows the visitor's own request. */
export function faultsOfView({ guests }: ServerModel, identity: VisitorIdentity | null, shown: RoomView): string[] {
  const guest = guests.find(({ keyHash }) => keyHash === identity?.keyHash)
  const isAtDoor = shown.ask === 'asking' || shown.ask === 'admitted'
  const isRight = isAtDoor
    ? guest !== undefined && guest.isAdmitted === (shown.ask === 'admitted')
    : guest === undefined
  return isRight && roomView.strict().safeParse(shown).success ? [] : ['a visitor sees its view of the room only']
}
