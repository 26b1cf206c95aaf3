import { assertEvent, assign, cancel, emit, enqueueActions, fromCallback, raise, sendTo, setup } from 'xstate'
import type {
  CallEffect,
  CallEvent,
  PeerConnectionCommand,
  PeerConnectionEvent,
  PeerConnectionInput,
} from './callEvents.ts'
import { parseIceUfrag } from '../protocol/iceCandidate.ts'
import { limits } from '../protocol/limits.ts'
import {
  type CallContext,
  canRestart,
  hasCurrentUfrag,
  initialConnectionContext,
  isApplicableOffer,
  isAwaitedAnswer,
  isCurrentAnswer,
  isFirstUnauthenticatedOffer,
  isForCurrentIce,
  isForLaterIce,
  isForUnknownConnection,
  isIceRestart,
  isNewConnection,
  isPendingOffer,
  isStaleOffer,
  isUnauthenticatedCandidate,
  shouldIgnoreCompetingConnection,
  shouldIgnoreCompetingFirstOffer,
  shouldIgnoreGlare,
} from './negotiation.ts'
import { timeouts } from '../protocol/timeouts.ts'
import type { CandidateMessage, DescriptionMessage, PeerMessage } from '../protocol/messages.ts'
import type { CallEndReason } from '../protocol/vocabulary.ts'

/** Guards, actions, actors and delays of a call. The states that use them are in callMachine.ts. */
export const callSetup = setup({
  types: { context: {} as CallContext, events: {} as CallEvent, emitted: {} as CallEffect },
  actors: {
    /** One RTCPeerConnection. */
    peerConnection: fromCallback<PeerConnectionCommand, PeerConnectionInput, PeerConnectionEvent>(() => {
      throw new Error('the browser provides the actor "peerConnection"')
    }),
  },
  guards: {
    isAlone: ({ context }) => context.seat !== null && context.peer === 'absent',
    /** A visitor who finds somebody finds an offer too; one who lost the call by a reload makes one. */
    shouldAnswer: ({ event }) => event.type === 'join.accepted' && event.peer !== 'absent' && !event.resumed,
    isNewSeat: ({ event }) => event.type === 'join.accepted' && !event.resumed,
    isReloadedPage: ({ event }) => event.type === 'peer.reconnected' && event.reloaded,
    hasTransportFailed: ({ context }) => context.hasTransportFailed,
    /** No answer is pending, so the transport state belongs to the descriptions in force. */
    isNegotiationComplete: ({ context }) => context.pendingNegotiation === null,
    canRestart: ({ context }) => canRestart(context),
    /** Restarts did not help: the connection itself may be what is broken. */
    hasExhaustedRestarts: ({ context }) => context.failedAttempts >= limits.failedIceRestarts,
    canRetry: ({ context }) => context.failedAttempts + 1 < limits.connectAttempts,
    isPendingOffer: ({ context, event }) => isPendingOffer(context, asDescription(event)),
    isCurrentAnswer: ({ context, event }) => isCurrentAnswer(context, asDescription(event)),
    isStaleOffer: ({ context, event }) => isStaleOffer(context, asDescription(event)),
    isForUnknownConnection: ({ context, event }) => isForUnknownConnection(context, asDescription(event)),
    shouldIgnoreGlare: ({ context, event }) => shouldIgnoreGlare(context, asDescription(event)),
    shouldIgnoreCompetingConnection: ({ context, event }) =>
      shouldIgnoreCompetingConnection(context, asDescription(event)),
    shouldIgnoreCompetingFirstOffer: ({ context, event }) =>
      shouldIgnoreCompetingFirstOffer(context, asDescription(event)),
    isApplicableOffer: ({ context, event }) => isApplicableOffer(context, asDescription(event)),
    isIceRestart: ({ context, event }) => isIceRestart(context, asDescription(event)),
    isNewConnection: ({ context, event }) => isNewConnection(context, asDescription(event)),
    isAwaitedAnswer: ({ context, event }) => isAwaitedAnswer(context, asDescription(event)),
    isFirstUnauthenticatedOffer: ({ context, event }) => isFirstUnauthenticatedOffer(context, asDescription(event)),
    isUnauthenticatedCandidate: ({ context, event }) => isUnauthenticatedCandidate(context, asCandidate(event)),
    hasUnauthenticatedOffer: ({ context }) => Boolean(context.unauthenticatedPeer?.offer),
    isForCurrentIce: ({ context, event }) => isForCurrentIce(context, asCandidate(event)),
    isForLaterIce: ({ context, event }) => isForLaterIce(context, asCandidate(event)),
  },
  actions: {
    setSeat: assign(({ event }) => {
      assertEvent(event, 'join.accepted')
      const { seat, role, epoch, peer } = event
      return {
        seat,
        role,
        epoch,
        peer,
        signaling: 'up' as const,
        ...(peer === 'absent' ? {} : { remoteHangupReason: null }),
      }
    }),
    clearSeat: assign({ seat: null, peer: 'absent', remoteHangupReason: null }),
    /** The seat that it was sent to is free. */
    discardPendingOffer: assign({ pendingNegotiation: null, pendingOfferSdp: null }),
    setSignalingDown: assign({ signaling: 'down' }),
    setSignalingUp: assign(({ context: { signaling } }) => ({
      signaling: signaling === 'suspected' ? 'up' : signaling,
    })),
    /**
     * An offer queued on a dead socket would cross the peer's offer after the reconnect. So the server has to answer first.
     */
    suspectSignaling: assign(({ context: { signaling } }) => ({
      signaling: signaling === 'up' ? 'suspected' : signaling,
    })),
    setPeerConnected: assign({ peer: 'connected', remoteHangupReason: null }),
    setPeerDisconnected: assign({ peer: 'disconnected' }),
    setPeerAbsent: assign({ peer: 'absent' }),
    setReason: assign((_, { reason }: { reason: CallEndReason }) => ({ reason })),
    setRemoteHangupReason: assign(({ event }) => {
      assertEvent(event, 'hangup.received')
      return event.reason ? { remoteHangupReason: event.reason } : {}
    }),
    countFailedAttempt: assign(({ context }) => ({ failedAttempts: context.failedAttempts + 1 })),
    resetAttempts: assign({ failedAttempts: 0 }),
    setTransportFailed: assign({ hasTransportFailed: true }),
    clearTransportFailed: assign({ hasTransportFailed: false }),
    /** An ICE restart does not repair a connection that failed, so the next attempt is a new connection. */
    countConnectionFailure: assign(({ context }) => ({
      failedAttempts: Math.max(context.failedAttempts + 1, limits.failedIceRestarts),
    })),
    /** The first restart starts the window of the budget. Each restart starts the cooldown. */
    countRestart: enqueueActions(({ context, enqueue }) => {
      if (context.recentRestarts === 0)
        enqueue.raise({ type: 'restart.budgetReset' }, { delay: 'restartWindow', id: 'restartBudget' })
      enqueue.cancel('restartCooldown')
      enqueue.raise({ type: 'restart.cooledDown' }, { delay: 'restartCooldown', id: 'restartCooldown' })
      enqueue.assign({
        recentRestarts: context.recentRestarts + 1,
        isRestartCoolingDown: true,
        hasTransportFailed: false,
      })
    }),
    resetRestarts: assign({ recentRestarts: 0 }),
    endRestartCooldown: assign({ isRestartCoolingDown: false }),
    /** After a reconnect, wait briefly: the mailbox may hold the peer's ICE restart. */
    delayRestartForMailbox: enqueueActions(({ context, enqueue }) => {
      if (context.isRestartCoolingDown) return
      enqueue.raise({ type: 'restart.cooledDown' }, { delay: 'resumeRead', id: 'restartCooldown' })
      enqueue.assign({ isRestartCoolingDown: true })
    }),

    /** A new connection of ours, with a name that was never used before. */
    openConnection: enqueueActions(({ context, enqueue }) => {
      const connectionCount = context.connectionCount + 1
      const connection = `${context.seat}${context.epoch}.${connectionCount}`
      enqueue.stopChild('peerConnection')
      enqueue.assign({ ...initialConnectionContext, connectionCount, connection, reason: null })
      enqueue.spawnChild('peerConnection', {
        id: 'peerConnection',
        input: { connection, relayOnly: context.failedAttempts > limits.failedIceRestarts },
      })
    }),
    /** The counterpart of the peer's new connection. */
    openForRemoteOffer: enqueueActions(({ context, event, enqueue }) => {
      const { connection } = asDescription(event)
      enqueue.stopChild('peerConnection')
      enqueue.assign({ ...initialConnectionContext, connection, reason: null })
      enqueue.spawnChild('peerConnection', {
        id: 'peerConnection',
        input: { connection, relayOnly: context.failedAttempts > limits.failedIceRestarts },
      })
    }),
    closeConnection: enqueueActions(({ enqueue }) => {
      enqueue.stopChild('peerConnection')
      enqueue.assign({ ...initialConnectionContext, connection: null })
    }),

    /** Keeps the description until the user decides, or the known peer is back. */
    storeUnauthenticatedPeer: assign(({ event }) => {
      assertEvent(event, ['unauthenticatedOffer.received', 'unauthenticatedAnswer.received'])
      const { connection, negotiation, sdp } = event
      return {
        unauthenticatedPeer: {
          offer: event.type === 'unauthenticatedOffer.received' ? { connection, negotiation, sdp } : null,
          candidates: [],
        },
      }
    }),
    queueUnauthenticatedCandidate: assign(({ context: { unauthenticatedPeer }, event }) => {
      if (unauthenticatedPeer === null) return {}
      const candidates = [...unauthenticatedPeer.candidates, asCandidate(event).candidate].slice(
        -limits.pendingCandidates,
      )
      return { unauthenticatedPeer: { ...unauthenticatedPeer, candidates } }
    }),
    clearUnauthenticatedPeer: assign({ unauthenticatedPeer: null }),
    emitPeerAccepted: emit({ type: 'unauthenticatedPeer.accepted' }),
    /** The user continues with the unauthenticated peer: opens a connection and applies its offer. */
    answerUnauthenticatedPeer: enqueueActions(({ context: { unauthenticatedPeer }, enqueue }) => {
      if (!unauthenticatedPeer?.offer) return
      const { connection, negotiation, sdp } = unauthenticatedPeer.offer
      const remoteUfrag = parseIceUfrag(sdp)
      enqueue.stopChild('peerConnection')
      enqueue.assign({
        ...initialConnectionContext,
        connection,
        negotiation,
        completedNegotiation: negotiation,
        remoteUfrag,
        failedAttempts: 0,
        reason: null,
      })
      enqueue.spawnChild('peerConnection', { id: 'peerConnection', input: { connection, relayOnly: false } })
      enqueue.sendTo('peerConnection', { type: 'applyOffer', connection, negotiation, sdp })
      for (const candidate of unauthenticatedPeer.candidates.filter((each) => hasCurrentUfrag({ remoteUfrag }, each))) {
        enqueue.sendTo('peerConnection', { type: 'addCandidate', candidate })
      }
    }),
    /** Closes the connection. The unauthenticated peer's description stays. */
    closeFailedConnection: enqueueActions(({ context: { unauthenticatedPeer }, enqueue }) => {
      enqueue.stopChild('peerConnection')
      enqueue.assign({ ...initialConnectionContext, connection: null, unauthenticatedPeer })
    }),

    createOffer: enqueueActions(({ context, enqueue }, { iceRestart }: { iceRestart: boolean }) => {
      const negotiation = context.negotiation + 1
      enqueue.assign({ negotiation, pendingNegotiation: negotiation, pendingOfferSdp: null })
      enqueue.sendTo('peerConnection', { type: 'createOffer', negotiation, iceRestart })
    }),
    applyOffer: enqueueActions(({ context, event, enqueue }) => {
      const { connection, negotiation, sdp } = asDescription(event)
      // Of our own offers that give way, no number is used again.
      enqueue.assign({
        negotiation: Math.max(context.negotiation, negotiation),
        completedNegotiation: negotiation,
        pendingNegotiation: null,
        pendingOfferSdp: null,
        remoteUfrag: parseIceUfrag(sdp),
        unauthenticatedPeer: null,
      })
      enqueue.sendTo('peerConnection', { type: 'applyOffer', connection, negotiation, sdp })
    }),
    applyAnswer: enqueueActions(({ event, enqueue }) => {
      const { connection, negotiation, sdp } = asDescription(event)
      enqueue.assign({
        completedNegotiation: negotiation,
        pendingNegotiation: null,
        pendingOfferSdp: null,
        remoteUfrag: parseIceUfrag(sdp),
        unauthenticatedPeer: null,
      })
      enqueue.sendTo('peerConnection', { type: 'applyAnswer', connection, negotiation, sdp })
    }),
    addCandidate: enqueueActions(({ event, enqueue }) => {
      enqueue.sendTo('peerConnection', { type: 'addCandidate', candidate: asCandidate(event).candidate })
    }),
    /** Candidates may overtake the description that they belong to: the newest few wait for it. */
    queueCandidate: assign(({ context, event }) => ({
      pendingCandidates: [...context.pendingCandidates, asCandidate(event).candidate].slice(-limits.pendingCandidates),
    })),
    /** After a description: those that waited for it follow; those of older generations are void. */
    addPendingCandidates: enqueueActions(({ context, enqueue }) => {
      for (const candidate of context.pendingCandidates.filter((each) => hasCurrentUfrag(context, each))) {
        enqueue.sendTo('peerConnection', { type: 'addCandidate', candidate })
      }
      enqueue.assign({ pendingCandidates: [] })
    }),

    sendOffer: enqueueActions(({ event, enqueue }) => {
      const { connection, negotiation, sdp } = asDescription(event)
      enqueue.assign({ pendingOfferSdp: sdp })
      enqueue.emit(outgoing({ type: 'offer', connection, negotiation, sdp }))
    }),
    /**
     * One who offers, too, never had our offer, or would have answered it: it is on its way, or lost. Twice does no harm.
     */
    resendOffer: enqueueActions(({ context: { connection, negotiation, pendingOfferSdp: sdp }, enqueue }) => {
      if (connection && sdp) enqueue.emit(outgoing({ type: 'offer', connection, negotiation, sdp }))
    }),
    sendAnswer: emit(({ event }) => {
      const { connection, negotiation, sdp } = asDescription(event)
      return outgoing({ type: 'answer', connection, negotiation, sdp })
    }),
    sendCandidate: emit(({ event }) => {
      const { connection, candidate } = asCandidate(event)
      return outgoing({ type: 'candidate', connection, candidate })
    }),
    /** Sent through the server and over the data channel, because one of them may be closed. */
    sendHangup: enqueueActions(({ context, event, enqueue }) => {
      assertEvent(event, 'user.hungUp')
      enqueue.emit(outgoing(event.reason ? { type: 'hangup', reason: event.reason } : { type: 'hangup' }))
      if (context.connection) enqueue.sendTo('peerConnection', { type: 'sendHangup' })
    }),
    checkTransport: sendTo('peerConnection', { type: 'checkTransport' }),
    reportMediaFlowing: emit({ type: 'media.reported', mediaFlow: 'flowing' }),
    reportMediaStopped: emit({ type: 'media.reported', mediaFlow: 'stopped' }),
    emitTransportSuspected: emit({ type: 'transport.suspected' }),
    emitCallEnded: emit(({ context }) => ({ type: 'call.ended', reason: context.reason ?? 'lost' }) as const),

    /** Browsers may try for ever where the other side says nothing. */
    failTransport: raise({ type: 'transport.failed' }),
    startRecoveryTimeout: raise({ type: 'recovery.timedOut' }, { delay: 'callLostTimeout', id: 'recovery' }),
    cancelRecoveryTimeout: cancel('recovery'),
  },
  delays: {
    answerTimeout: timeouts.answerTimeoutMs,
    offerTimeout: timeouts.offerTimeoutMs,
    offerMaxAge: timeouts.offerMaxAgeMs,
    connectTimeout: timeouts.connectTimeoutMs,
    /** The polite side starts later, so that the two offers do not cross. After a failed transport it does not wait. */
    restartDelay: ({ context: { isRestartCoolingDown, hasTransportFailed, role } }) =>
      (isRestartCoolingDown ? timeouts.restartCooldownMs : 0) +
      (role === 'polite' && !hasTransportFailed ? timeouts.politeRestartDelayMs : 0),
    restartCooldown: timeouts.restartCooldownMs,
    resumeRead: timeouts.resumeReadMs,
    restartTimeout: timeouts.restartTimeoutMs,
    restartWindow: timeouts.restartWindowMs,
    callLostTimeout: timeouts.callLostTimeoutMs,
    decisionTimeout: timeouts.decisionTimeoutMs,
    endedScreenTime: timeouts.endedScreenTimeMs,
  },
})

function asDescription(event: CallEvent): DescriptionMessage {
  assertEvent(event, [
    'offer.received',
    'answer.received',
    'offer.created',
    'answer.created',
    'unauthenticatedOffer.received',
    'unauthenticatedAnswer.received',
  ])
  return event
}

function asCandidate(event: CallEvent): CandidateMessage {
  assertEvent(event, ['candidate.received', 'candidate.gathered'])
  return event
}

function outgoing(message: PeerMessage): CallEffect {
  return { type: 'message.outgoing', message }
}
