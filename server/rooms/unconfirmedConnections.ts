import { type RoomContext, seatNames } from '../../machines/room/seats.ts'
import type { RoomMachineEvent } from '../../machines/room/roomEvents.ts'

// A write whose answer is lost may have taken effect. Its caller fails, so nobody would end the connections that it added.

/** The end of a connection that a room may have. */
export interface ConnectionEnd {
  event: RoomMachineEvent
  /** False if the room has another connection, or none, in its place. */
  appliesTo(room: RoomContext): boolean
}

/**
 * The ends of the connections that a room has after a write, and had not before it. Two servers may use one epoch after
 * the same version, so the key of the visitor has to match, too.
 * @param atMs ms since 1970
 */
export function endsOfNewConnections(before: RoomContext, after: RoomContext, atMs: number): ConnectionEnd[] {
  const seats = seatNames.flatMap((name): ConnectionEnd[] => {
    const seat = after.seats[name]
    if (!seat || seat.epoch === before.seats[name]?.epoch) return []
    return [
      {
        event: { type: 'socket.closed', seat: name, epoch: seat.epoch, at: atMs },
        appliesTo: (room) => room.seats[name]?.tokenHash === seat.tokenHash,
      },
    ]
  })
  return [...seats, ...endOfVisit(before, after, atMs), ...endOfPreparation(before, after)]
}

function endOfVisit(before: RoomContext, { door: { visitor } }: RoomContext, atMs: number): ConnectionEnd[] {
  if (!visitor || visitor.visit === before.door.visitor?.visit) return []
  return [
    {
      event: { type: 'visitor.disconnected', visit: visitor.visit, at: atMs },
      appliesTo: ({ door }) => door.visitor?.keyHash === visitor.keyHash,
    },
  ]
}

function endOfPreparation(before: RoomContext, { door: { preparation } }: RoomContext): ConnectionEnd[] {
  if (!preparation || preparation.id === before.door.preparation?.id) return []
  return [
    {
      event: { type: 'preparation.ended', id: preparation.id },
      appliesTo: ({ door }) => door.preparation?.keyHash === preparation.keyHash,
    },
  ]
}
