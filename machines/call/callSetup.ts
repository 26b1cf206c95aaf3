import { assertEvent, assign, cancel, emit, enqueueActions, fromCallback, raise, sendTo, setup } from 'xstate'
import type { CallEffect, CallFact, ConnectionFact, ConnectionInput, ConnectionOrder } from './callEvents.ts'
import { ufragOf } from '../protocol/iceCandidate.ts'
import { limits } from '../protocol/limits.ts'
import {
  type CallContext, canRestart, freshConnection, isAwaitedAnswer, isEarlyCandidate, isGlareToIgnore, isLatest,
  isMade, isNewConnection, isOfOtherCall, isRestart, isRivalToFirst, isRivalToIgnore, isSpentOffer, isStrangersCandidate, isStrangersConnection,
  isTimely, isTimelyCandidate, isToTake,
} from './negotiation.ts'
import { timers } from '../protocol/timeouts.ts'
import type { Description, PeerMessage, Trickle } from '../protocol/messages.ts'
import type { HangupReason } from '../protocol/vocabulary.ts'

/** What a call asks, does and waits for, by name. The picture that uses the names is callMachine.ts. */
export const callSetup = setup({
  types: { context: {} as CallContext, events: {} as CallFact, emitted: {} as CallEffect },
  actors: {
    /** One RTCPeerConnection. */
    connection: fromCallback<ConnectionOrder, ConnectionInput, ConnectionFact>(() => {
      throw new Error('the browser provides the actor "connection"')
    }),
  },
  guards: {
    isAlone: ({ context }) => context.seat !== null && context.peer === 'absent',
    /** A visitor who finds somebody finds an offer too; one who lost the call by a reload makes one. */
    isToAnswer: ({ event }) => event.type === 'seat.given' && event.peer !== 'absent' && !event.resumed,
    isSeatAnew: ({ event }) => event.type === 'seat.given' && !event.resumed,
    isFresh: ({ event }) => event.type === 'peer.back' && event.fresh,
    isHopeless: ({ context }) => context.hopeless,
    /** An answer to our offer is not awaited: what the browser says of the path, it says of what was agreed. */
    isAgreed: ({ context }) => context.asked === null,
    canRestart: ({ context }) => canRestart(context),
    /** Restarts did not help: the connection itself may be what is broken. */
    isWorn: ({ context }) => context.attempts >= limits.failedRestarts,
    canTryAgain: ({ context }) => context.attempts + 1 < limits.connectAttempts,
    isMade: ({ context, event }) => isMade(context, description(event)),
    isLatest: ({ context, event }) => isLatest(context, description(event)),
    isSpentOffer: ({ context, event }) => isSpentOffer(context, description(event)),
    isOfOtherCall: ({ context, event }) => isOfOtherCall(context, description(event)),
    isGlareToIgnore: ({ context, event }) => isGlareToIgnore(context, description(event)),
    isRivalToIgnore: ({ context, event }) => isRivalToIgnore(context, description(event)),
    isRivalToFirst: ({ context, event }) => isRivalToFirst(context, description(event)),
    isToTake: ({ context, event }) => isToTake(context, description(event)),
    isRestart: ({ context, event }) => isRestart(context, description(event)),
    isNewConnection: ({ context, event }) => isNewConnection(context, description(event)),
    isAwaitedAnswer: ({ context, event }) => isAwaitedAnswer(context, description(event)),
    isStrangersConnection: ({ context, event }) => isStrangersConnection(context, description(event)),
    isStrangersCandidate: ({ context, event }) => isStrangersCandidate(context, trickle(event)),
    hasStrangersOffer: ({ context }) => Boolean(context.stranger?.offer),
    isTimelyCandidate: ({ context, event }) => isTimelyCandidate(context, trickle(event)),
    isEarlyCandidate: ({ context, event }) => isEarlyCandidate(context, trickle(event)),
  },
  actions: {
    noteSeat: assign(({ event }) => {
      assertEvent(event, 'seat.given')
      const { seat, role, epoch, peer } = event
      return { seat, role, epoch, peer, link: 'up' as const, ...(peer === 'absent' ? {} : { byeReason: null }) }
    }),
    forgetSeat: assign({ seat: null, peer: 'absent', byeReason: null }),
    /** Where it went, nobody is any more. */
    dropOffer: assign({ asked: null, offer: null }),
    noteLinkLost: assign({ link: 'down' }),
    noteLinkProven: assign(({ context: { link } }) => ({ link: link === 'doubted' ? 'up' : link })),
    /** An offer that lies in a dead line would cross the other side's when the line is back: first it has to prove itself. */
    doubtLink: assign(({ context: { link } }) => ({ link: link === 'up' ? 'doubted' : link })),
    notePeerHere: assign({ peer: 'here', byeReason: null }),
    notePeerAway: assign({ peer: 'away' }),
    notePeerAbsent: assign({ peer: 'absent' }),
    noteReason: assign((_, { reason }: { reason: HangupReason }) => ({ reason })),
    noteByeReason: assign(({ event }) => {
      assertEvent(event, 'bye.received')
      return event.reason ? { byeReason: event.reason } : {}
    }),
    countAttempt: assign(({ context }) => ({ attempts: context.attempts + 1 })),
    forgetAttempts: assign({ attempts: 0 }),
    noteHopeless: assign({ hopeless: true }),
    hopeAgain: assign({ hopeless: false }),
    /** A connection that broke is not mended by a restart. */
    countBreak: assign(({ context }) => ({ attempts: Math.max(context.attempts + 1, limits.failedRestarts) })),
    /** The first of a while begins the while; after each there is a pause. */
    countRestart: enqueueActions(({ context, enqueue }) => {
      if (context.restarts === 0) enqueue.raise({ type: 'restarts.regained' }, { delay: 'restartWindow', id: 'restarts' })
      enqueue.cancel('respite')
      enqueue.raise({ type: 'restart.rested' }, { delay: 'respite', id: 'respite' })
      enqueue.assign({ restarts: context.restarts + 1, resting: true, hopeless: false })
    }),
    forgetRestarts: assign({ restarts: 0 }),
    noteRested: assign({ resting: false }),
    /** Who had no line may have a restart of the other side in the mailbox: that is read first. */
    readFirst: enqueueActions(({ context, enqueue }) => {
      if (context.resting) return
      enqueue.raise({ type: 'restart.rested' }, { delay: 'reading', id: 'respite' })
      enqueue.assign({ resting: true })
    }),

    /** A connection of our own, under a name that no other ever had. */
    open: enqueueActions(({ context, enqueue }) => {
      const made = context.made + 1
      const connection = `${context.seat}${context.epoch}.${made}`
      enqueue.stopChild('connection')
      enqueue.assign({ ...freshConnection, made, connection, reason: null })
      enqueue.spawnChild('connection', { id: 'connection', input: { connection, relayOnly: context.attempts > limits.failedRestarts } })
    }),
    /** A connection to meet the other side's. */
    openTheirs: enqueueActions(({ context, event, enqueue }) => {
      const { connection } = description(event)
      enqueue.stopChild('connection')
      enqueue.assign({ ...freshConnection, connection, reason: null })
      enqueue.spawnChild('connection', { id: 'connection', input: { connection, relayOnly: context.attempts > limits.failedRestarts } })
    }),
    close: enqueueActions(({ enqueue }) => {
      enqueue.stopChild('connection')
      enqueue.assign({ ...freshConnection, connection: null })
    }),

    /** Keeps what a stranger said until the person decides, or the other side is heard of again. */
    noteStranger: assign(({ event }) => {
      assertEvent(event, ['stranger.offered', 'stranger.answered'])
      const { connection, negotiation, sdp } = event
      return { stranger: { offer: event.type === 'stranger.offered' ? { connection, negotiation, sdp } : null, candidates: [] } }
    }),
    keepStrangersCandidate: assign(({ context: { stranger }, event }) =>
      stranger === null ? {} : { stranger: { ...stranger, candidates: [...stranger.candidates, trickle(event).candidate].slice(-limits.earlyCandidates) } }),
    forgetStranger: assign({ stranger: null }),
    tellAcceptance: emit({ type: 'stranger.accepted' }),
    /** The person continues with the stranger: a connection to meet the offer that waited. */
    meetStranger: enqueueActions(({ context: { stranger }, enqueue }) => {
      if (!stranger?.offer) return
      const { connection, negotiation, sdp } = stranger.offer
      const ufrag = ufragOf(sdp)
      enqueue.stopChild('connection')
      enqueue.assign({ ...freshConnection, connection, negotiation, agreed: negotiation, ufrag, attempts: 0, reason: null })
      enqueue.spawnChild('connection', { id: 'connection', input: { connection, relayOnly: false } })
      enqueue.sendTo('connection', { type: 'take.offer', connection, negotiation, sdp })
      for (const candidate of stranger.candidates.filter(({ usernameFragment }) => (usernameFragment ?? ufrag) === ufrag)) {
        enqueue.sendTo('connection', { type: 'take.candidate', candidate })
      }
    }),
    /** The connection of before is of no use; what the stranger said stays. */
    closeBroken: enqueueActions(({ context: { stranger }, enqueue }) => {
      enqueue.stopChild('connection')
      enqueue.assign({ ...freshConnection, connection: null, stranger })
    }),

    makeOffer: enqueueActions(({ context, enqueue }, { restart }: { restart: boolean }) => {
      const negotiation = context.negotiation + 1
      enqueue.assign({ negotiation, asked: negotiation, offer: null })
      enqueue.sendTo('connection', { type: 'make.offer', negotiation, restart })
    }),
    takeOffer: enqueueActions(({ context, event, enqueue }) => {
      const { connection, negotiation, sdp } = description(event)
      // Of our own offers that give way, no number is used again.
      enqueue.assign({ negotiation: Math.max(context.negotiation, negotiation), agreed: negotiation, asked: null, offer: null, ufrag: ufragOf(sdp), stranger: null })
      enqueue.sendTo('connection', { type: 'take.offer', connection, negotiation, sdp })
    }),
    takeAnswer: enqueueActions(({ event, enqueue }) => {
      const { connection, negotiation, sdp } = description(event)
      enqueue.assign({ agreed: negotiation, asked: null, offer: null, ufrag: ufragOf(sdp), stranger: null })
      enqueue.sendTo('connection', { type: 'take.answer', connection, negotiation, sdp })
    }),
    takeCandidate: enqueueActions(({ event, enqueue }) => {
      enqueue.sendTo('connection', { type: 'take.candidate', candidate: trickle(event).candidate })
    }),
    /** Candidates may overtake the description that they belong to: the newest few wait for it. */
    keepCandidate: assign(({ context, event }) => ({
      early: [...context.early, trickle(event).candidate].slice(-limits.earlyCandidates),
    })),
    /** After a description: those that waited for it follow; those of older generations are void. */
    takeEarly: enqueueActions(({ context, enqueue }) => {
      for (const candidate of context.early.filter((early) => isTimely(context, early))) {
        enqueue.sendTo('connection', { type: 'take.candidate', candidate })
      }
      enqueue.assign({ early: [] })
    }),

    sayOffer: enqueueActions(({ event, enqueue }) => {
      const { connection, negotiation, sdp } = description(event)
      enqueue.assign({ offer: sdp })
      enqueue.emit(says({ type: 'offer', connection, negotiation, sdp }))
    }),
    /** One who offers, too, never had our offer, or would have answered it: it is on its way, or lost. Twice does no harm. */
    repeatOffer: enqueueActions(({ context: { connection, negotiation, offer: sdp }, enqueue }) => {
      if (connection && sdp) enqueue.emit(says({ type: 'offer', connection, negotiation, sdp }))
    }),
    sayAnswer: emit(({ event }) => {
      const { connection, negotiation, sdp } = description(event)
      return says({ type: 'answer', connection, negotiation, sdp })
    }),
    sayCandidate: emit(({ event }) => {
      const { connection, candidate } = trickle(event)
      return says({ type: 'candidate', connection, candidate })
    }),
    /** By both ways: one of them may be closed. */
    sayBye: enqueueActions(({ context, event, enqueue }) => {
      assertEvent(event, 'user.hungUp')
      enqueue.emit(says(event.reason ? { type: 'bye', reason: event.reason } : { type: 'bye' }))
      if (context.connection) enqueue.sendTo('connection', { type: 'say.bye' })
    }),
    lookAtPath: sendTo('connection', { type: 'look.at.path' }),
    reportFlowing: emit({ type: 'flow.reported', media: 'flowing' }),
    reportStopped: emit({ type: 'flow.reported', media: 'stopped' }),
    tellDoubt: emit({ type: 'path.doubted' }),
    tellEnd: emit(({ context }) => ({ type: 'call.ended', reason: context.reason ?? 'lost' }) as const),

    /** Browsers may try for ever where the other side says nothing. */
    giveUpPath: raise({ type: 'path.failed' }),
    startPatience: raise({ type: 'patience.ended' }, { delay: 'lossPatience', id: 'patience' }),
    stopPatience: cancel('patience'),
  },
  delays: {
    answerPatience: timers.answerPatience,
    offerPatience: timers.offerPatience,
    offerAge: timers.offerAge,
    connectPatience: timers.connectPatience,
    /** The impolite side begins, so that the two do not cross; the other one would answer within its courtesy. Who knows more does not wait. */
    restartPause: ({ context: { resting, hopeless, role } }) =>
      (resting ? timers.restartPause : 0) + (role === 'polite' && !hopeless ? timers.restartCourtesy : 0),
    respite: timers.restartPause,
    reading: timers.reading,
    restartPatience: timers.restartPatience,
    restartWindow: timers.restartWindow,
    lossPatience: timers.lossPatience,
    decisionPatience: timers.decisionPatience,
    farewell: timers.farewell,
  },
})

function description(event: CallFact): Description {
  assertEvent(event, ['offer.received', 'answer.received', 'offer.made', 'answer.made', 'stranger.offered', 'stranger.answered'])
  return event
}

function trickle(event: CallFact): Trickle {
  assertEvent(event, ['candidate.received', 'candidate.gathered'])
  return event
}

function says(message: PeerMessage): CallEffect {
  return { type: 'message.said', message }
}
