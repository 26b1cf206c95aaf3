import type { roomMachine } from '../../../machines/room/roomMachine.ts'
import { seatNames } from '../../../machines/room/seats.ts'
import type { SeatName } from '../../../machines/protocol/messages.ts'
import { parseRoom } from '../../../server/redis/roomCodec.ts'
import type { SocketModel } from './channelTypes.ts'
import type { MailboxModel } from './mailboxModel.ts'
import { roomWith, type ServerModel, type ServerStep } from './serverModel.ts'
import type { ServerRules } from './serverMoves.ts'

/** The parts of a room that the store keeps. `holders` and `guests`: used by the checks only. */
type Stored = Pick<ServerModel, 'room' | 'boxes' | 'holders' | 'guests'>

/** server/redis/ as a value: a store that loses its last writes. Its commands are atomic, as the functions of Redis are. */
export interface SharedStoreModel {
  /** The writes that survive a loss; null for none. */
  replica: Stored | null
  /** The epoch of each seat of this life is higher. The product takes the time of Redis, which exceeds all epochs. */
  restoredEpoch: number
  /** The mailboxes of former lives; used by the checks only. */
  lostLives: number[]
  /** Connections from before a loss. Their nodes took new ids, so the reaper ends those that are left. */
  former: { seat: SeatName; epoch: number }[]
}

export const newSharedStoreModel: SharedStoreModel = { replica: null, restoredEpoch: 0, lostLives: [], former: [] }

/** A replica has all writes so far. */
export const replicate = (server: ServerModel): ServerModel => {
  const { room, boxes, holders, guests, store } = server
  return store ? { ...server, store: { ...store, replica: { room, boxes, holders, guests } } } : server
}

/**
 * The store loses all writes that the replica does not have. Mailboxes get new ids, and the codec of the product reads
 * the room. Sockets stay open, and new visitors wait for the holders.
 */
export function failOver(machine: typeof roomMachine, server: ServerModel): ServerModel {
  const { store, boxes, lives } = server
  if (!store) return server
  const { replica } = store
  const restoredEpoch = server.room.context.epoch
  const idsOf = (mailboxes: ServerModel['boxes']): number[] => (mailboxes ? [mailboxes.a.life, mailboxes.b.life] : [])
  const withLife = (box: MailboxModel, life: number): MailboxModel => ({ ...box, life })
  return {
    ...server,
    room: replica ? roomAfterLoss(machine, replica, restoredEpoch) : roomWith(machine, restoredEpoch),
    boxes: replica?.boxes ? { a: withLife(replica.boxes.a, lives + 1), b: withLife(replica.boxes.b, lives + 2) } : null,
    lives: lives + 2,
    holders: replica?.holders ?? { a: null, b: null },
    guests: replica?.guests ?? [],
    stranger: { visit: null, stay: null },
    attempt: null,
    offer: null,
    answer: null,
    isHeld: true,
    isPairExpected: false,
    store: {
      replica: null,
      restoredEpoch,
      former: seatNames.flatMap((seat) => {
        const { epoch, expiresAt } = replica?.room.context.seats[seat] ?? {}
        return epoch !== undefined && expiresAt === null ? { seat, epoch } : []
      }),
      lostLives: [...store.lostLives, ...idsOf(boxes), ...idsOf(replica?.boxes ?? null)],
    },
  }
}

function roomAfterLoss(machine: typeof roomMachine, { room }: Stored, restoredEpoch: number): ServerModel['room'] {
  const isEmpty = room.value === 'empty'
  const stored = isEmpty
    ? [null, null, null, String(room.context.epoch), 'earlier life', String(restoredEpoch)]
    : ['1', String(room.value), JSON.stringify(room.context), null, 'earlier life', String(restoredEpoch)]
  const { state, context } = parseRoom(stored)
  return machine.resolveState({ value: state, context })
}

/** The reaper ends the connections of the ids that nodes had before a loss. */
export function reapFormer(rules: Pick<ServerRules, 'machine' | 'apply'>, server: ServerModel): ServerStep {
  const { store } = server
  if (!store) return { server, broken: [] }
  return store.former.reduce<ServerStep>(
    (so, connection) => {
      const closed = rules.apply(rules.machine, so.server, { type: 'socket.closed', ...connection, at: 0 })
      return { server: closed.server, broken: [...so.broken, ...closed.broken] }
    },
    { server: { ...server, store: { ...store, former: [] } }, broken: [] },
  )
}

/** The store rejects all further writes of the node, so its requests have no effect. */
export const fence = (wire: SocketModel): SocketModel => ({ ...wire, node: 'fenced', up: [] })
