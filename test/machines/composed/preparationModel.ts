import { takenSeats } from '../../../machines/room/seats.ts'
import type { roomMachine } from '../../../machines/room/roomMachine.ts'
import type { PreparationStep, RoomView } from '../../../machines/protocol/messages.ts'
import { viewPreparation } from '../../../server/rooms/admission.ts'
import type { SeatSubscription } from './channelTypes.ts'
import type { RelayRules } from './preparedModel.ts'
import { apply, type ServerModel, type ServerStep } from './serverModel.ts'

/** server/rooms/preparations.ts and server/api/preparationStep.ts as values: the real room machine and views. */

type Machine = typeof roomMachine

/** A visit, as far as it prepares a connection. */
export interface PreparingVisit {
  /** Null for a visitor that only looks. */
  keyHash: string | null
  source: string
  /** The attempt of this visit; null without one. */
  current: number | null
}

interface VisitStep extends ServerStep {
  current: number | null
}

/** Preparations.view. */
export const viewOf = (server: ServerModel, { current, ...visitor }: PreparingVisit): RoomView['preparation'] =>
  viewPreparation(
    server.room,
    visitor,
    current === null ? null : { id: current, offer: server.offer?.id === current ? server.offer.sdp : undefined },
    server.askMs,
  )

/** Preparations.request. `by`: the visitor, for the checks. */
function request(machine: Machine, before: ServerModel, visit: PreparingVisit, by: string): VisitStep {
  const { keyHash, source, current } = visit
  const { server, broken } = apply(machine, before, {
    type: 'preparation.requested',
    keyHash,
    source,
    at: before.askMs,
  })
  const id = server.room === before.room ? undefined : server.room.context.door.preparation?.id
  return id === undefined
    ? { server, broken, current }
    : { server: { ...server, offer: null, answer: null, attempt: { id, by } }, broken, current: id }
}

/** Preparations.answer. The holder reads the answer only with the subscription that it has now. */
function answer(before: ServerModel, { current }: PreparingVisit, id: number, sdp: string): ServerModel {
  const { room, offer, holders } = before
  const [holder] = takenSeats(room.context)
  const isDue = holder && current === id && offer?.id === id && room.context.door.preparation?.id === id
  if (!isDue || before.answer?.id === id) return before
  return { ...before, answer: { id, sdp, serial: holders[holder]?.serial ?? 0 } }
}

/** Preparations.endByVisitor. */
export function endByVisitor(machine: Machine, before: ServerModel, { current }: PreparingVisit): VisitStep {
  if (current === null) return { server: before, broken: [], current }
  return { ...apply(machine, before, { type: 'preparation.ended', id: current }), current: null }
}

/** A step of a page in the lobby. A description with an address is rejected. */
export function stepOfVisitor(
  machine: Machine,
  rules: RelayRules,
  server: ServerModel,
  visit: PreparingVisit,
  step: PreparationStep,
  by: string,
): VisitStep {
  const { current } = visit
  if (step.type === 'request') return request(machine, server, visit, by)
  if (step.type === 'answer' && rules.isRelayDescription(step.sdp))
    return { server: answer(server, visit, step.id, step.sdp), broken: [], current }
  if (step.type === 'end' && step.id === current) return endByVisitor(machine, server, visit)
  return { server, broken: [], current }
}

/** A step of the holder. */
export function stepOfHolder(
  machine: Machine,
  rules: RelayRules,
  server: ServerModel,
  { seat, epoch }: SeatSubscription,
  step: PreparationStep,
): ServerStep {
  const { context } = server.room
  const unchanged = { server, broken: [] }
  if (context.seats[seat]?.epoch !== epoch) return unchanged
  if (step.type === 'end') return apply(machine, server, { type: 'preparation.ended', id: step.id })
  if (step.type !== 'offer' || context.door.preparation?.id !== step.id || server.offer) return unchanged
  if (!rules.isRelayDescription(step.sdp)) return unchanged
  return { server: { ...server, offer: { id: step.id, sdp: step.sdp } }, broken: [] }
}
