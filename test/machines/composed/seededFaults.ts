import { assign, createMachine, enqueueActions } from 'xstate'
import { callSetup } from '../../../machines/call/callSetup.ts'
import { callMachine } from '../../../machines/call/callMachine.ts'
import {
  type CallContext,
  shouldIgnoreOfferOnCurrentConnection,
  isCurrentAnswer,
  isIceRestart,
  shouldIgnoreOfferOnNewConnection,
  isStaleOffer,
  isApplicableOffer,
} from '../../../machines/call/negotiation.ts'
import { deviceMachine } from '../../../machines/media/deviceMachine.ts'
import { roomMachine } from '../../../machines/room/roomMachine.ts'
import type { RoomMachineEvent } from '../../../machines/room/roomEvents.ts'
import { type RoomContext, type Seat, withSeat } from '../../../machines/room/seats.ts'
import type { DescriptionMessage, SeatName, CandidateMessage } from '../../../machines/protocol/messages.ts'
import { realMachines } from './pageModel.ts'
import type { Caps } from './faultBudget.ts'
import * as line from './signalingModel.ts'
import * as server from './serverModel.ts'
import { type ServerModel, withBox } from './serverModel.ts'
import { realRules, type Rules } from './system.ts'

/** A deliberate fault in the system. The exploration must detect it, or its results prove nothing. */
export interface SeededFault {
  rules: Rules
  /** Further faults that must happen before this one shows. */
  caps: Caps
  /** The fault shows within a call. */
  isInCall?: boolean
  /** The fault shows as a delay; time limit in ms. */
  within?: number
}

const withCall = (machine: unknown): Rules => ({
  ...realRules,
  machines: { ...realMachines, call: machine as typeof callMachine },
})
const withServer = (change: Partial<Rules['server']>): Rules => ({
  ...realRules,
  server: { ...realRules.server, ...change },
})
const withRoom = (machine: unknown): Rules => withServer({ machine: machine as typeof roomMachine })
const withLine = (change: Partial<Rules['line']>): Rules => ({ ...realRules, line: { ...realRules.line, ...change } })

type GuardArgs = { context: CallContext; event: unknown }
type Room = { context: RoomContext }
/** Replaces parts of the call machine's config that `provide` cannot replace. */
function withStall(change: Record<string, unknown>): Rules {
  const { connected } = callMachine.config.states!
  const { stalled } = connected!.states!
  const on = { ...(stalled!.on as object), ...change }
  const states = { ...connected!.states, stalled: { ...stalled, on } }
  return withCall(
    callSetup.createMachine({
      ...callMachine.config,
      states: { ...callMachine.config.states, connected: { ...connected, states } },
    } as never),
  )
}

function withFlowing(change: Record<string, unknown>): Rules {
  const { connected } = callMachine.config.states!
  const { flowing } = connected!.states!
  const states = { ...connected!.states, flowing: { ...flowing, on: { ...(flowing!.on as object), ...change } } }
  return withCall(
    callSetup.createMachine({
      ...callMachine.config,
      states: { ...callMachine.config.states, connected: { ...connected, states } },
    } as never),
  )
}

/** Treats the newest offer as completed. */
const withWrongCompleted = (context: CallContext): CallContext => ({
  ...context,
  completedNegotiation:
    context.pendingNegotiation === null ? context.completedNegotiation : context.pendingNegotiation - 1,
})
/** The polite peer, with a remote description. */
const isPoliteWithPeer = ({ role, remoteUfrag: ufrag }: CallContext): boolean => role === 'polite' && ufrag !== null
const asImpolite = (context: CallContext): CallContext => ({ ...context, role: 'impolite' })

const twoSeats = { total: 0 }
/**
 * Time limit for recovery, in ms. A negotiation alone completes at once. An ICE restart waits at most for the polite
 * peer's delay.
 */
export const maxRecoveryMs = 2_000

/** All seeded faults by name. */
export const seededFaults: Record<string, SeededFault> = {
  'a camera that stays on after a call': {
    caps: { total: 1, hangup: 1 },
    isInCall: true,
    rules: {
      ...realRules,
      machines: {
        ...realMachines,
        camera: createMachine(
          { ...deviceMachine.config, on: {} } as never,
          deviceMachine.implementations as never,
        ) as unknown as typeof deviceMachine,
      },
    },
  },
  'a polite peer that does not roll back': {
    caps: { total: 2, need: 2 },
    isInCall: true,
    rules: withCall(
      callMachine.provide({
        guards: {
          shouldIgnoreOfferOnCurrentConnection: ({ context, event }: GuardArgs) =>
            shouldIgnoreOfferOnCurrentConnection(asImpolite(context), event as DescriptionMessage),
          shouldIgnoreOfferOnNewConnection: ({ context, event }: GuardArgs) =>
            shouldIgnoreOfferOnNewConnection(asImpolite(context), event as DescriptionMessage),
          isApplicableOffer: ({ context, event }: GuardArgs) =>
            isApplicableOffer(asImpolite(context), event as DescriptionMessage),
        },
      }),
    ),
  },
  'an answer that is held back for a local offer': {
    caps: { total: 2, need: 2 },
    isInCall: true,
    within: maxRecoveryMs,
    rules: withCall(
      callMachine.provide({
        guards: {
          isCurrentAnswer: ({ context, event }: GuardArgs) =>
            context.pendingNegotiation === null && isCurrentAnswer(context, event as DescriptionMessage),
        },
      }),
    ),
  },
  'an offer that is not repeated to a peer whose offer crossed it': {
    caps: { total: 2, need: 1, forget: 1 },
    isInCall: true,
    within: maxRecoveryMs,
    rules: withCall(callMachine.provide({ actions: { resendOffer: () => undefined } })),
  },
  'an unauthenticated offer that replaces a flowing peer': {
    caps: { total: 1, unauthenticatedOffer: 1 },
    isInCall: true,
    rules: withFlowing({
      'unauthenticatedOffer.received': {
        target: '#call.connected.remoteRestart',
        actions: ['storeUnauthenticatedPeer', 'answerUnauthenticatedPeer'],
      },
    }),
  },
  'no restart after a transport is lost': {
    caps: { total: 1, lose: 1 },
    isInCall: true,
    rules: withCall(callMachine.provide({ guards: { canRestart: () => false } })),
  },
  'a polite peer that is not notified of the peer’s restart': {
    caps: { total: 1, lose: 1 },
    isInCall: true,
    within: maxRecoveryMs,
    rules: withCall(
      callMachine.provide({
        guards: {
          isApplicableOffer: ({ context, event }: GuardArgs) =>
            !isPoliteWithPeer(context) && isApplicableOffer(context, event as DescriptionMessage),
          isStaleOffer: ({ context, event }: GuardArgs) =>
            isPoliteWithPeer(context) || isStaleOffer(context, event as DescriptionMessage),
        },
      }),
    ),
  },
  'an offer without a restart that is treated as a restart': {
    caps: { total: 2, lose: 1, need: 1 },
    isInCall: true,
    within: maxRecoveryMs,
    rules: withCall(
      callMachine.provide({
        guards: {
          isIceRestart: ({ context, event }: GuardArgs) => isApplicableOffer(context, event as DescriptionMessage),
        },
      }),
    ),
  },
  'an offer that crosses several local offers and is treated as stale': {
    caps: { total: 2, lose: 1, need: 1, slow: 1 },
    isInCall: true,
    within: maxRecoveryMs,
    rules: withCall(
      callMachine.provide({
        guards: {
          isStaleOffer: ({ context, event }: GuardArgs) =>
            isStaleOffer(withWrongCompleted(context), event as DescriptionMessage),
          isApplicableOffer: ({ context, event }: GuardArgs) =>
            isApplicableOffer(withWrongCompleted(context), event as DescriptionMessage),
          isIceRestart: ({ context, event }: GuardArgs) =>
            isIceRestart(withWrongCompleted(context), event as DescriptionMessage),
        },
      }),
    ),
  },
  'a restart without a connected peer that is not repeated': {
    caps: { total: 2, lose: 1, drop: 1 },
    isInCall: true,
    within: maxRecoveryMs,
    rules: withStall({ 'join.accepted': { actions: 'setSeat' }, 'peer.reconnected': { actions: 'setPeerConnected' } }),
  },
  'an answer that is applied to another offer': {
    caps: { total: 2, lose: 1, slow: 1 },
    isInCall: true,
    rules: withCall(
      callMachine.provide({
        guards: {
          isAwaitedAnswer: ({ context, event }: GuardArgs) =>
            context.pendingNegotiation !== null && context.connection === (event as DescriptionMessage).connection,
        },
      }),
    ),
  },
  'candidates of an old generation that are stored for the next': {
    caps: { total: 2, lose: 1, forget: 1 },
    isInCall: true,
    rules: withCall(
      callMachine.provide({
        actions: {
          addPendingCandidates: enqueueActions(({ context, enqueue }: { context: CallContext; enqueue: any }) => {
            for (const candidate of context.pendingCandidates)
              enqueue.sendTo('peerConnection', { type: 'addCandidate', candidate })
            enqueue.assign({ pendingCandidates: [] })
          }) as never,
        },
      }),
    ),
  },
  'a candidate that is added with any ufrag': {
    caps: { total: 2, fail: 2 },
    isInCall: true,
    rules: withCall(
      callMachine.provide({
        guards: {
          isForCurrentIce: ({ context, event }: GuardArgs) =>
            context.connection === (event as CandidateMessage).connection && context.remoteUfrag !== null,
        },
      }),
    ),
  },
  'a hangup that is sent after leaving': {
    caps: { total: 1, hangup: 1 },
    rules: withCall(
      callMachine.provide({
        actions: {
          clearSeat: enqueueActions(({ enqueue }) => {
            enqueue.assign({ seat: null, peer: 'absent' })
            enqueue.emit({ type: 'message.outgoing', message: { type: 'hangup' } } as never)
          }) as never,
        },
      }),
    ),
  },
  'a token that does not rotate': {
    caps: { total: 1, drop: 1 },
    rules: withRoom(
      roomMachine.provide({
        actions: {
          rotateToken: assign(({ context }: Room, { seat }: { seat: SeatName }) => ({
            epoch: context.epoch + 1,
            ...withSeat(context, seat, { epoch: context.epoch + 1, expiresAt: null }),
          })) as never,
        },
      }),
    ),
  },
  'an epoch that is not checked': {
    caps: { total: 1, drop: 1 },
    rules: withRoom(
      roomMachine.provide({
        guards: { isCurrentHolder: ({ context }: Room, { seat }: { seat: SeatName }) => context.seats[seat] !== null },
      }),
    ),
  },
  'a visitor without a token who is admitted right after a crash': {
    caps: { total: 1, crash: 1 },
    isInCall: true,
    rules: withServer({ mustWait: () => false }),
  },
  'a seat that is not reserved for the peer after a crash': {
    caps: { total: 1, crash: 1 },
    isInCall: true,
    rules: withRoom(
      roomMachine.provide({
        actions: {
          restoreSeat: assign(
            (
              { context }: Room,
              {
                seat: name,
                presentedTokenHash: presented,
                tokenHash: token,
                claimedEpoch: claimed,
                requestedAt: asked,
              }: Extract<RoomMachineEvent, { type: 'holder.restored' }>,
            ) => {
              const epoch = Math.max(context.epoch, claimed) + 1
              const seat: Seat = {
                tokenHash: token,
                previousTokenHash: presented,
                joinKey: presented,
                requestedAt: asked,
                epoch,
                claimedEpoch: claimed,
                isPageClosing: false,
                expiresAt: null,
                hasMedia: false,
              }
              return { epoch, seats: { ...context.seats, [name]: seat }, reservedUntil: null }
            },
          ) as never,
        },
      }),
    ),
  },
  'a third seat': {
    caps: twoSeats,
    rules: withServer({
      join: (machine, before, order) => {
        const entered = server.join(machine, before, order)
        const isFull = entered.reply.type === 'refused' && entered.reply.code === 'full'
        return isFull ? server.join(machine, withoutSeat(machine, before, 'b'), order) : entered
      },
    }),
  },
  'two impolite peers': {
    caps: twoSeats,
    rules: withServer({
      join: (...args) => {
        const entered = server.join(...args)
        const { reply } = entered
        return reply.type === 'joined'
          ? { ...entered, reply: { ...reply, seat: { ...reply.seat, role: 'impolite' } } }
          : entered
      },
    }),
  },
  'a room whose epochs start again': {
    caps: { total: 1, hangup: 1 },
    rules: withServer({ apply: (machine, before, fact, by) => server.apply(machine, before, fact, by, () => 0) }),
  },
  'a mailbox that drops messages': { caps: { total: 1, forget: 1 }, rules: withServer({ forget: forgetFirst }) },
  'a message that is accepted twice': {
    caps: { total: 1, repeat: 1 },
    rules: withServer({
      sendMessage: (before, stay, n, sent) =>
        server.sendMessage(before, stay, Math.max(n, ((stay && before.boxes?.[stay.seat].acked) ?? 0) + 1), sent),
    }),
  },
  'an outbox that does not resend': {
    caps: { total: 1, drop: 1 },
    rules: withLine({
      onJoined: (before, reply) => withoutSends(line.onJoined(before, reply)),
      onSendAnswered: (before, answer) =>
        typeof answer === 'number' ? line.onSendAnswered(before, answer, false) : before,
    }),
  },
}

const withoutSeat = (machine: typeof roomMachine, before: ServerModel, seat: SeatName): ServerModel => ({
  ...before,
  room: machine.resolveState({
    value: 'created',
    context: { ...before.room.context, seats: { ...before.room.context.seats, [seat]: null } },
  }),
})

/** Removes the next mailbox entry without a trace. */
function forgetFirst(before: ServerModel, seat: SeatName): ServerModel {
  const box = before.boxes?.[seat]
  return box ? withBox(before, seat, { ...box, log: box.log.slice(1) }) : before
}

function withoutSends(after: line.SignalingModel): line.SignalingModel {
  const wire = line.ownWire(after)
  return wire ? line.withOwn(after, { ...wire, up: wire.up.filter(({ type }) => type !== 'send') }) : after
}
