import { assign, createMachine, enqueueActions } from 'xstate'
import { callSetup } from '../../../machines/call/callSetup.ts'
import { call } from '../../../machines/call/callMachine.ts'
import { type CallContext, isGlareToIgnore, isLatest, isRestart, isRivalToIgnore, isSpentOffer, isToTake } from '../../../machines/call/negotiation.ts'
import { device } from '../../../machines/media/deviceMachine.ts'
import { room, type RoomFact } from '../../../machines/room/roomMachine.ts'
import { type RoomContext, type Seat, withSeat } from '../../../machines/room/seats.ts'
import type { Description, SeatName, Trickle } from '../../../machines/protocol/messages.ts'
import { realMachines } from './brain.ts'
import type { Caps } from './budget.ts'
import * as line from './line.ts'
import * as server from './server.ts'
import { type Server, withBox } from './server.ts'
import { realRules, type Rules } from './system.ts'

/** A fault that is put into the system on purpose: where it is not found, exploring shows nothing. */
export interface Planted {
  rules: Rules
  /** What has to go wrong besides for it to show. */
  caps: Caps
  /** It shows within a call. */
  isInCall?: boolean
  /** It shows in how long things take, in milliseconds. */
  within?: number
}

const withCall = (machine: unknown): Rules => ({ ...realRules, machines: { ...realMachines, call: machine as typeof call } })
const withServer = (change: Partial<Rules['server']>): Rules => ({ ...realRules, server: { ...realRules.server, ...change } })
const withRoom = (machine: unknown): Rules => withServer({ machine: machine as typeof room })
const withLine = (change: Partial<Rules['line']>): Rules => ({ ...realRules, line: { ...line, ...change } })

type Heard = { context: CallContext; event: unknown }
type Room = { context: RoomContext }
/** A call whose picture is another one, where its parts cannot be exchanged by name. */
function withStall(change: Record<string, unknown>): Rules {
  const { connected } = call.config.states!
  const { stalled } = connected!.states!
  const on = { ...stalled!.on as object, ...change }
  const states = { ...connected!.states, stalled: { ...stalled, on } }
  return withCall(callSetup.createMachine({ ...call.config, states: { ...call.config.states, connected: { ...connected, states } } } as never))
}

function withFlowing(change: Record<string, unknown>): Rules {
  const { connected } = call.config.states!
  const { flowing } = connected!.states!
  const states = { ...connected!.states, flowing: { ...flowing, on: { ...flowing!.on as object, ...change } } }
  return withCall(callSetup.createMachine({ ...call.config, states: { ...call.config.states, connected: { ...connected, states } } } as never))
}

/** What was offered last is taken for what was agreed on. */
const counted = (context: CallContext): CallContext => ({ ...context, agreed: context.asked === null ? context.agreed : context.asked - 1 })
/** Polite, and with somebody. */
const isDeaf = ({ role, ufrag }: CallContext): boolean => role === 'polite' && ufrag !== null
const proud = (context: CallContext): CallContext => ({ ...context, role: 'impolite' })

const twoSeats = { total: 0 }
/** Who has only to agree does it at once; who looks for a way anew waits for the other one's courtesy at most. */
export const soon = 2_000

export const planted: Record<string, Planted> = {
  'a camera that stays on after a call': {
    caps: { total: 1, hangup: 1 },
    isInCall: true,
    rules: { ...realRules, machines: { ...realMachines, camera: createMachine({ ...device.config, on: {} } as never, device.implementations as never) as unknown as typeof device } },
  },
  'a polite side that does not roll back': {
    caps: { total: 2, need: 2 },
    isInCall: true,
    rules: withCall(call.provide({
      guards: {
        isGlareToIgnore: ({ context, event }: Heard) => isGlareToIgnore(proud(context), event as Description),
        isRivalToIgnore: ({ context, event }: Heard) => isRivalToIgnore(proud(context), event as Description),
        isToTake: ({ context, event }: Heard) => isToTake(proud(context), event as Description),
      },
    })),
  },
  'an answer that is kept back for an offer of our own': {
    caps: { total: 2, need: 2 },
    isInCall: true,
    within: soon,
    rules: withCall(call.provide({
      guards: { isLatest: ({ context, event }: Heard) => context.asked === null && isLatest(context, event as Description) },
    })),
  },
  'an offer that is not repeated to one who offers across it': {
    caps: { total: 2, need: 1, forget: 1 },
    isInCall: true,
    within: soon,
    rules: withCall(call.provide({ actions: { repeatOffer: () => undefined } })),
  },
  'a stranger’s offer that replaces a flowing peer': {
    caps: { total: 1, stranger: 1 },
    isInCall: true,
    rules: withFlowing({ 'stranger.offered': { target: '#call.connected.accepting', actions: ['noteStranger', 'meetStranger'] } }),
  },
  'no restart after a path is lost': {
    caps: { total: 1, lose: 1 },
    isInCall: true,
    rules: withCall(call.provide({ guards: { canRestart: () => false } })),
  },
  'a polite side that does not hear of the other’s restart': {
    caps: { total: 1, lose: 1 },
    isInCall: true,
    within: soon,
    rules: withCall(call.provide({
      guards: {
        isToTake: ({ context, event }: Heard) => !isDeaf(context) && isToTake(context, event as Description),
        isSpentOffer: ({ context, event }: Heard) => isDeaf(context) || isSpentOffer(context, event as Description),
      },
    })),
  },
  'an offer that restarts nothing, taken for a restart': {
    caps: { total: 2, lose: 1, need: 1 },
    isInCall: true,
    within: soon,
    rules: withCall(call.provide({ guards: { isRestart: ({ context, event }: Heard) => isToTake(context, event as Description) } })),
  },
  'an offer that crosses several of ours, taken for an old one': {
    caps: { total: 2, lose: 1, need: 1, slow: 1 },
    isInCall: true,
    within: soon,
    rules: withCall(call.provide({
      guards: {
        isSpentOffer: ({ context, event }: Heard) => isSpentOffer(counted(context), event as Description),
        isToTake: ({ context, event }: Heard) => isToTake(counted(context), event as Description),
        isRestart: ({ context, event }: Heard) => isRestart(counted(context), event as Description),
      },
    })),
  },
  'a restart while nobody can hear of it, that is not made again': {
    caps: { total: 2, lose: 1, drop: 1 },
    isInCall: true,
    within: soon,
    rules: withStall({ 'seat.given': { actions: 'noteSeat' }, 'peer.back': { actions: 'notePeerHere' } }),
  },
  'an answer that is taken though it is to another offer': {
    caps: { total: 2, lose: 1, slow: 1 },
    isInCall: true,
    rules: withCall(call.provide({
      guards: { isAwaitedAnswer: ({ context, event }: Heard) => context.asked !== null && context.connection === (event as Description).connection },
    })),
  },
  'candidates of an old generation that are kept for the next': {
    caps: { total: 2, lose: 1, forget: 1 },
    isInCall: true,
    rules: withCall(call.provide({
      actions: {
        takeEarly: enqueueActions(({ context, enqueue }: { context: CallContext; enqueue: any }) => {
          for (const candidate of context.early) enqueue.sendTo('connection', { type: 'take.candidate', candidate })
          enqueue.assign({ early: [] })
        }) as never,
      },
    })),
  },
  'a candidate that is tried whatever its ufrag': {
    caps: { total: 2, fail: 2 },
    isInCall: true,
    rules: withCall(call.provide({
      guards: { isTimelyCandidate: ({ context, event }: Heard) => context.connection === (event as Trickle).connection && context.ufrag !== null },
    })),
  },
  'a good-bye that is said after leaving': {
    caps: { total: 1, hangup: 1 },
    rules: withCall(call.provide({
      actions: {
        forgetSeat: enqueueActions(({ enqueue }) => {
          enqueue.assign({ seat: null, peer: 'absent' })
          enqueue.emit({ type: 'message.said', message: { type: 'bye' } } as never)
        }) as never,
      },
    })),
  },
  'a token that does not rotate': {
    caps: { total: 1, drop: 1 },
    rules: withRoom(room.provide({
      actions: {
        rotate: assign(({ context }: Room, { seat }: { seat: SeatName }) =>
          ({ epoch: context.epoch + 1, ...withSeat(context, seat, { epoch: context.epoch + 1, deadline: null }) })) as never,
      },
    })),
  },
  'an epoch that is not asked for': {
    caps: { total: 1, drop: 1 },
    rules: withRoom(room.provide({ guards: { isHolder: ({ context }: Room, { seat }: { seat: SeatName }) => context.seats[seat] !== null } })),
  },
  'a stranger who is let in at once after a crash': {
    caps: { total: 1, crash: 1 },
    isInCall: true,
    rules: withServer({ waits: () => false }),
  },
  'a seat that is not kept for the other one after a crash': {
    caps: { total: 1, crash: 1 },
    isInCall: true,
    rules: withRoom(room.provide({
      actions: {
        restore: assign(({ context }: Room, { seat: name, presented, token, claimed, asked }: Extract<RoomFact, { type: 'holder.restored' }>) => {
          const epoch = Math.max(context.epoch, claimed) + 1
          const seat: Seat = { token, previous: presented, key: presented, asked, epoch, claimed, closes: false, deadline: null, flowing: false }
          return { epoch, seats: { ...context.seats, [name]: seat }, awaited: null }
        }) as never,
      },
    })),
  },
  'a third seat': {
    caps: twoSeats,
    rules: withServer({
      enter: (machine, before, order) => {
        const entered = server.enter(machine, before, order)
        const isFull = entered.reply.type === 'refused' && entered.reply.code === 'full'
        return isFull ? server.enter(machine, withoutSeat(machine, before, 'b'), order) : entered
      },
    }),
  },
  'two who are impolite': {
    caps: twoSeats,
    rules: withServer({
      enter: (...args) => {
        const entered = server.enter(...args)
        const { reply } = entered
        return reply.type === 'joined' ? { ...entered, reply: { ...reply, seat: { ...reply.seat, role: 'impolite' } } } : entered
      },
    }),
  },
  'a room whose epochs begin anew': {
    caps: { total: 1, hangup: 1 },
    rules: withServer({ apply: (machine, before, fact, by) => server.apply(machine, before, fact, by, () => 0) }),
  },
  'a mailbox that forgets': { caps: { total: 1, forget: 1 }, rules: withServer({ forget: forgetFirst }) },
  'a message that is taken twice': {
    caps: { total: 1, repeat: 1 },
    rules: withServer({
      say: (before, stay, n, said) => server.say(before, stay, Math.max(n, (before.boxes?.[stay.seat].said ?? 0) + 1), said),
    }),
  },
  'an outbox that does not resend': {
    caps: { total: 1, drop: 1 },
    rules: withLine({
      joined: (before, reply) => withoutSaying(line.joined(before, reply)),
      answered: (before, answer) => (typeof answer === 'number' ? line.answered(before, answer, false) : before),
    }),
  },
}

const withoutSeat = (machine: typeof room, before: Server, seat: SeatName): Server => ({
  ...before,
  room: machine.resolveState({ value: 'created', context: { ...before.room.context, seats: { ...before.room.context.seats, [seat]: null } } }),
})

/** The next letter is gone, and nobody can see that there was one. */
function forgetFirst(before: Server, seat: SeatName): Server {
  const box = before.boxes?.[seat]
  return box ? withBox(before, seat, { ...box, log: box.log.slice(1) }) : before
}

function withoutSaying(after: line.Line): line.Line {
  const wire = line.ownWire(after)
  return wire ? line.withOwn(after, { ...wire, up: wire.up.filter(({ type }) => type !== 'say') }) : after
}

