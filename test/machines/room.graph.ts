import type { SnapshotFrom } from 'xstate'
import { room, type RoomFact } from '../../machines/room.ts'
import { seatNames, type Seat } from '../../machines/seats.ts'
import type { Exploration } from './graph.ts'

/**
 * The room's graph made finite: three visitors, each with one key, whose tokens are named after them (`x.7`), and a clock that
 * stands at 0 whenever a socket closes. Which of the three it is does not matter to a room, nor how high its epochs have got.
 */
type Room = SnapshotFrom<typeof room>

export const visitors = ['x', 'y', 'z'] as const

export const visitorOf = (seat: Seat): string => seat.token.split('.')[0] ?? ''
export const keyOf = (visitor: string): string => `${visitor}.key`

/** Loaded anew or not; and asked for before what came first. */
const fashions = [{ fresh: true, asked: 1 }, { fresh: false, asked: 1 }, { fresh: true, asked: 0 }, { fresh: false, asked: 0 }]

export const events = ({ context }: Room): RoomFact[] => {
  const next = context.epoch + 1
  return [
    ...visitors.map((visitor) => ({ type: 'visitor.entered', token: `${visitor}.${next}`, key: keyOf(visitor), asked: 1 }) as const),
    ...seatNames.flatMap((seat) => presentable(context).flatMap((presented) => fashions.map((fashion) =>
      ({ type: 'holder.resumed', seat, presented, token: `${presented.split('.')[0]}.${next}`, ...fashion }) as const))),
    ...seatNames.flatMap((seat) => epochsFor(context, seat).flatMap((epoch): RoomFact[] => [
      { type: 'socket.closed', seat, epoch, at: 0 },
      { type: 'page.closed', seat, epoch },
      { type: 'holder.left', seat, epoch },
      { type: 'media.flowed', seat, epoch },
      { type: 'media.stopped', seat, epoch },
    ])),
    ...deadlinesOf(context).flatMap((deadline) => [deadline - 1, deadline]).map((at) => ({ type: 'time.passed', at }) as const),
  ]
}

/** What somebody may hold out as a token: those in force, those before, a spent one and a made-up one. */
const presentable = ({ seats }: Room['context']): string[] =>
  [...new Set([...seatNames.flatMap((name) => [seats[name]?.token ?? [], seats[name]?.previous ?? []].flat()), 'x.spent', 'nobody.0'])]

/** The epoch in force, the one before, the neighbour's, and one that is yet to come. */
const epochsFor = ({ seats, epoch }: Room['context'], seat: 'a' | 'b'): number[] =>
  [...new Set([seats[seat]?.epoch ?? epoch, (seats[seat]?.epoch ?? epoch) - 1, seats[seat === 'a' ? 'b' : 'a']?.epoch ?? epoch, epoch + 1])]

const deadlinesOf = ({ seats }: Room['context']): number[] => seatNames.flatMap((name) => seats[name]?.deadline ?? [])

export const key = ({ value, context }: Room): string => {
  const order = seatNames.flatMap((name) => context.seats[name] ?? []).map(visitorOf)
  return JSON.stringify([value, ...seatNames.map((name) => {
    const seat = context.seats[name]
    return seat && [order.indexOf(visitorOf(seat)), seat.closes, seat.deadline, seat.flowing]
  })])
}

export const exploration: Exploration<typeof room> = { events, key }
