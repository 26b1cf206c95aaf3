import { assertEvent, assign, cancel, emit, enqueueActions, fromCallback, raise, sendTo, setup } from 'xstate'
import type {
  CallEffect,
  CallEvent,
  PeerConnectionCommand,
  PeerConnectionEvent,
  PeerConnectionInput,
  PreparedCall,
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
  shouldIgnoreOfferOnCurrentConnection,
  shouldIgnoreOfferOnNewConnection,
} from './negotiation.ts'
import { timeouts } from '../protocol/timeouts.ts'
import type { CandidateMessage, DescriptionMessage, PeerMessage } from '../protocol/messages.ts'
import type { CallEndReason } from '../protocol/vocabulary.ts'

/** Guards, actions, actors and delays of a call. callMachine.ts has the states. */
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
    /** The peer did not leave: its seat expired, or the server lost it. */
    isSeatLost: ({ event }) => event.type === 'peer.left' && event.reason === 'lost',
    /** A new visitor finds the peer's offer in its mailbox. A reloaded page makes the offer itself. */
    shouldAnswer: ({ event }) =>
      event.type === 'join.accepted' && event.peer !== 'absent' && !event.resumed && event.prepared !== null,
    /** The pages prepared a connection, which becomes the call's. */
    isPrepared: ({ event }) => Boolean(preparedOf(event)),
    isUnprepared: ({ event }) => preparedOf(event) === undefined,
    /** The peer takes over a connection that this page has lost, so this page offers a new one. */
    isPreparedLost: ({ event }) => preparedOf(event) === null,
    needsDirectPath: ({ context }) => context.needsDirectPath,
    isNewSeat: ({ event }) => event.type === 'join.accepted' && !event.resumed,
    isReloadedPage: ({ event }) => event.type === 'peer.reconnected' && event.reloaded,
    hasTransportFailed: ({ context }) => context.hasTransportFailed,
    /** No answer is pending, so the transport state belongs to the current descriptions. */
    isNegotiationComplete: ({ context }) => context.pendingNegotiation === null,
    canRestart: ({ context }) => canRestart(context),
    /** ICE restarts did not help, so the connection itself may be broken. */
    hasExhaustedRestarts: ({ context }) => context.failedAttempts >= limits.failedIceRestarts,
    canRetry: ({ context }) => context.failedAttempts + 1 < limits.connectAttempts,
    isPendingOffer: ({ context, event }) => isPendingOffer(context, asDescription(event)),
    isCurrentAnswer: ({ context, event }) => isCurrentAnswer(context, asDescription(event)),
    isStaleOffer: ({ context, event }) => isStaleOffer(context, asDescription(event)),
    isForUnknownConnection: ({ context, event }) => isForUnknownConnection(context, asDescription(event)),
    shouldIgnoreOfferOnCurrentConnection: ({ context, event }) =>
      shouldIgnoreOfferOnCurrentConnection(context, asDescription(event)),
    shouldIgnoreOfferOnNewConnection: ({ context, event }) =>
      shouldIgnoreOfferOnNewConnection(context, asDescription(event)),
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
      const { seat, role, epoch, peer, resumed } = event
      return {
        seat,
        role,
        epoch,
        peer,
        signaling: 'up' as const,
        ...(peer === 'absent' && resumed ? {} : { remoteHangupReason: null }),
      }
    }),
    clearSeat: assign({ seat: null, peer: 'absent' }),
    /** The receiving seat is free, so no answer will arrive. */
    discardPendingOffer: assign({ pendingNegotiation: null, pendingOfferSdp: null }),
    setSignalingDown: assign({ signaling: 'down' }),
    setSignalingUp: assign(({ context: { signaling } }) => ({
      signaling: signaling === 'suspected' ? 'up' : signaling,
    })),
    /**
     * The server has to answer before a restart. An offer queued on a dead socket would cross the peer's offer later.
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
    /** The first restart starts the window of the restart limit. Each restart starts a pause. */
    countRestart: enqueueActions(({ context, enqueue }) => {
      if (context.recentRestarts === 0)
        enqueue.raise({ type: 'restart.budgetReset' }, { delay: 'restartWindow', id: 'restartBudget' })
      enqueue.cancel('restartPause')
      enqueue.raise({ type: 'restart.allowed' }, { delay: 'restartCooldown', id: 'restartPause' })
      enqueue.assign({ recentRestarts: context.recentRestarts + 1, isRestartPaused: true, hasTransportFailed: false })
    }),
    resetRestarts: assign({ recentRestarts: 0 }),
    /** Stops its timer too, which would otherwise end a later pause early. */
    endRestartPause: enqueueActions(({ enqueue }) => {
      enqueue.cancel('restartPause')
      enqueue.assign({ isRestartPaused: false })
    }),
    /** After a reconnect, wait briefly: the mailbox may hold the peer's ICE restart. */
    pauseRestartForMailbox: enqueueActions(({ context, enqueue }) => {
      if (context.isRestartPaused) return
      enqueue.raise({ type: 'restart.allowed' }, { delay: 'resumeRead', id: 'restartPause' })
      enqueue.assign({ isRestartPaused: true })
    }),

    /** Opens a connection with an unused name. */
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
    /** Opens the counterpart of the peer's new connection, with the same name. */
    openForRemoteOffer: enqueueActions(({ context, event, enqueue }) => {
      const { connection } = asDescription(event)
      enqueue.stopChild('peerConnection')
      enqueue.assign({ ...initialConnectionContext, connection, reason: null })
      enqueue.spawnChild('peerConnection', {
        id: 'peerConnection',
        input: { connection, relayOnly: context.failedAttempts > limits.failedIceRestarts },
      })
    }),
    /** Takes over the prepared connection. */
    takePreparedConnection: enqueueActions(({ context: { seat }, event, enqueue }) => {
      const prepared = preparedOf(event)
      if (!prepared) return
      const { connection, remoteUfrag } = prepared
      enqueue.stopChild('peerConnection')
      enqueue.assign({
        ...initialConnectionContext,
        connection,
        negotiation: 1,
        completedNegotiation: 1,
        remoteUfrag,
        // The page whose offer was the first restarts ICE, so that the offers do not cross.
        needsDirectPath: seat !== null && connection.startsWith(seat),
        reason: null,
      })
      const input = { connection, relayOnly: false, isPrepared: true }
      enqueue.spawnChild('peerConnection', { id: 'peerConnection', input })
    }),
    closeConnection: enqueueActions(({ enqueue }) => {
      enqueue.stopChild('peerConnection')
      enqueue.assign({ ...initialConnectionContext, connection: null })
    }),

    /** Stores the description until the user decides, or until the known peer returns. */
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
    /** Opens a connection and applies the offer of the unauthenticated peer, which the user accepted. */
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
    /** Closes the connection, but keeps the unauthenticated peer's description. */
    closeFailedConnection: enqueueActions(({ context: { unauthenticatedPeer }, enqueue }) => {
      enqueue.stopChild('peerConnection')
      enqueue.assign({ ...initialConnectionContext, connection: null, unauthenticatedPeer })
    }),

    createOffer: enqueueActions(({ context, enqueue }, { iceRestart }: { iceRestart: boolean }) => {
      const negotiation = context.negotiation + 1
      const needsDirectPath = context.needsDirectPath && !iceRestart
      enqueue.assign({ negotiation, pendingNegotiation: negotiation, pendingOfferSdp: null, needsDirectPath })
      enqueue.sendTo('peerConnection', { type: 'createOffer', negotiation, iceRestart })
    }),
    applyOffer: enqueueActions(({ context, event, enqueue }) => {
      const { connection, negotiation, sdp } = asDescription(event)
      const remoteUfrag = parseIceUfrag(sdp)
      // The number of a local offer that yields is never reused.
      enqueue.assign({
        negotiation: Math.max(context.negotiation, negotiation),
        completedNegotiation: negotiation,
        pendingNegotiation: null,
        pendingOfferSdp: null,
        remoteUfrag,
        needsDirectPath: context.needsDirectPath && remoteUfrag === context.remoteUfrag,
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
    /** Candidates may arrive before their description, so the newest ones wait for it. */
    queueCandidate: assign(({ context, event }) => ({
      pendingCandidates: [...context.pendingCandidates, asCandidate(event).candidate].slice(-limits.pendingCandidates),
    })),
    /** Adds the waiting candidates of the new description, and drops those of other generations. */
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
    /** A peer that offers has not read the local offer: it is in transit or lost. A duplicate does no harm. */
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

    /** Browsers may try indefinitely without a response of the peer. */
    failTransport: raise({ type: 'transport.failed' }),
    startRecoveryTimeout: raise({ type: 'recovery.timedOut' }, { delay: 'callLostTimeout', id: 'recovery' }),
    cancelRecoveryTimeout: cancel('recovery'),
  },
  delays: {
    answerTimeout: timeouts.answerTimeoutMs,
    offerTimeout: timeouts.offerTimeoutMs,
    offerMaxAge: timeouts.offerMaxAgeMs,
    connectTimeout: timeouts.connectTimeoutMs,
    directDelay: timeouts.directDelayMs,
    /**
     * The longest wait before a restart. The polite side starts later to avoid an offer collision. After a failed
     * transport it does not wait. `restart.allowed` ends a pause and enters `stalled` again, usually earlier.
     */
    maxRestartDelay: ({ context: { isRestartPaused, hasTransportFailed, role } }) =>
      (isRestartPaused ? timeouts.restartCooldownMs : 0) +
      (role === 'polite' && !hasTransportFailed ? timeouts.politeRestartDelayMs : 0),
    restartCooldown: timeouts.restartCooldownMs,
    resumeRead: timeouts.resumeReadMs,
    restartTimeout: timeouts.restartTimeoutMs,
    restartWindow: timeouts.restartWindowMs,
    callLostTimeout: timeouts.callLostTimeoutMs,
    decisionTimeout: timeouts.decisionTimeoutMs,
  },
})

const preparedOf = (event: CallEvent): PreparedCall | null | undefined =>
  (event as { prepared?: PreparedCall | null }).prepared

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
