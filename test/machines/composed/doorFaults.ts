import { assign } from 'xstate'
import type { RoomPolicy } from '../../../machines/protocol/vocabulary.ts'
import { mayAsk, mayEnter } from '../../../machines/room/door.ts'
import { roomMachine } from '../../../machines/room/roomMachine.ts'
import { isJoinKeyUsed, type RoomContext } from '../../../machines/room/seats.ts'
import { signalingMachine } from '../../../machines/signaling/signalingMachine.ts'
import { append } from './mailboxModel.ts'
import * as door from './doorModel.ts'
import type { SeededFault } from './seededFaults.ts'
import * as server from './serverModel.ts'
import { doorRules, type Rules } from './system.ts'

/** Deliberate faults at the door. The exploration must detect each one. They show while one page waits. */

const withServer = (change: Partial<Rules['server']>): Rules => ({
  ...doorRules,
  server: { ...doorRules.server, ...change },
})
const withRoom = (change: object): Rules =>
  withServer({ machine: roomMachine.provide(change as never) as typeof roomMachine })

type Room = { context: RoomContext }
type Join = { joinKey: string }

/** A new visitor in a room that another guard lets in. */
const isNewVisitor =
  (mayJoin: (context: RoomContext, joinKey: string) => boolean) =>
  ({ context }: Room, { joinKey }: Join): boolean =>
    !isJoinKeyUsed(context, joinKey) &&
    context.reservedUntil === null &&
    (mayEnter(context.door, joinKey, null) || mayJoin(context, joinKey))

/** All seeded faults of the door by name. */
export const doorFaults: Record<string, SeededFault> = {
  'a message of a visitor that is relayed before the admission': {
    caps: { total: 1, stranger: 1 },
    rules: withServer({
      sendMessage: (before, stay, n, sent) => {
        if (stay || !before.boxes || before.room.value !== 'created') return server.sendMessage(before, stay, n, sent)
        const box = append(before.boxes.a, { type: 'message', message: sent.message }, sent)
        return { server: server.withBox(before, 'a', box), broken: [], answer: n }
      },
    }),
  },
  'an offer of the holder that a visitor reads before the admission': {
    caps: { total: 1, ask: 1 },
    rules: withServer({
      leak: ({ room, boxes }) => (room.context.door.visitor && boxes ? boxes.b.log.map(({ event }) => event) : []),
    }),
  },
  'a seat for a visitor that nobody has answered': {
    caps: { total: 2, stranger: 2 },
    rules: withRoom({
      guards: { isNewVisitor: isNewVisitor(({ door: { visitor } }, joinKey) => visitor?.keyHash === joinKey) },
    }),
  },
  'a seat for a declined visitor': {
    caps: { total: 3, decline: 1, stranger: 2 },
    rules: withRoom({
      guards: {
        isNewVisitor: isNewVisitor(({ door: { declined } }, joinKey) =>
          declined.some(({ keyHash }) => keyHash === joinKey),
        ),
      },
    }),
  },
  'a seat in a locked room for a visitor that was admitted before': {
    caps: { total: 3, policy: 1, stranger: 2 },
    rules: withRoom({
      actions: {
        setPolicy: assign(({ context }: Room, { policy }: { policy: RoomPolicy }) => ({
          door: { ...context.door, policy },
        })) as never,
      },
      guards: { isNewVisitor: isNewVisitor(({ door: { visitor } }, joinKey) => visitor?.keyHash === joinKey) },
    }),
  },
  'two visitors at the door': {
    caps: { total: 2, ask: 1, stranger: 1 },
    rules: withRoom({
      guards: { mayAsk: ({ context }: Room, ask: never) => mayAsk({ ...context.door, visitor: null }, ask) },
    }),
  },
  'an answer that admits the next visitor': {
    caps: { total: 3, ask: 1, withdraw: 1, stranger: 1 },
    rules: withRoom({ guards: { isAskingVisitor: ({ context }: Room) => context.door.visitor?.isAdmitted === false } }),
  },
  'a visitor that reads the name of another visitor': {
    caps: { total: 1, ask: 1 },
    rules: withServer({
      view: (before, identity) =>
        ({
          ...door.view(before, identity),
          ...(before.room.context.door.visitor && { name: before.room.context.door.visitor.name }),
        }) as never,
    }),
  },
  'a visitor that is shown the request of another visitor': {
    caps: { total: 2, ask: 1, stranger: 1 },
    rules: withServer({
      view: (before, identity) => ({
        ...door.view(before, identity),
        ...(before.room.context.door.visitor && { ask: 'asking' }),
      }),
    }),
  },
  'a place at the door that outlives a cancelled request': {
    caps: { total: 2, ask: 1, withdraw: 1 },
    rules: withRoom({ actions: { dismissVisitor: () => undefined } }),
  },
  'a place at the door that outlives its socket': {
    caps: { total: 3, ask: 1, drop: 1, slow: 1 },
    rules: withRoom({ guards: { isVisitorExpired: () => false } }),
  },
  'a place at the door that ends with an old socket': {
    caps: { total: 3, ask: 1, drop: 1, slow: 1 },
    rules: withRoom({ guards: { isCurrentVisit: ({ context }: Room) => context.door.visitor !== null } }),
  },
  'a restored room that is open': {
    caps: { total: 1, crash: 1 },
    rules: withServer({
      join: (machine, before, order) =>
        server.join(
          machine,
          before,
          before.room.value === 'empty' && order.token ? { ...order, policy: 'open' } : order,
        ),
    }),
  },
  'a selected policy that is lost with its socket': {
    caps: { total: 2, drop: 1, policy: 1 },
    rules: {
      ...doorRules,
      machines: {
        ...doorRules.machines,
        signaling: signalingMachine.provide({ actions: { resendPolicy: () => undefined } }) as typeof signalingMachine,
      },
    },
  },
}
