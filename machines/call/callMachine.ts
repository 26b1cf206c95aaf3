import { and, not } from 'xstate'
import { callEventDescriptions } from './callEvents.ts'
import { callSetup } from './callSetup.ts'
import { initialCallContext } from './negotiation.ts'

/** One end of a call: perfect negotiation (W3C WebRTC §10.7) in the role that the server assigned. See README.md. */
export const callMachine = callSetup.createMachine({
  id: 'call',
  description: 'One end of a call: perfect negotiation, in the role that the server assigned.',
  meta: { events: callEventDescriptions },
  context: initialCallContext,
  initial: 'idle',
  states: {
    idle: {
      description: 'There’s no call: the page has no seat.',
      on: {
        'join.accepted': [
          { guard: 'isPrepared', target: 'connected.flowing.prepared', actions: ['setSeat', 'takePreparedConnection'] },
          { guard: 'shouldAnswer', target: 'answering', actions: 'setSeat' },
          { target: 'offering', actions: 'setSeat' },
        ],
        /** The user cancelled while joining, so no peer expects a message. */
        'user.hungUp': { target: 'hangup', actions: { type: 'setReason', params: { reason: 'local' } } },
      },
    },

    offering: {
      description: 'This page makes the offer.',
      initial: 'creatingOffer',
      entry: ['openConnection', { type: 'createOffer', params: { iceRestart: false } }],
      states: {
        creatingOffer: {
          description: 'A new connection creates its offer.',
          on: {
            'offer.created': [
              { guard: and(['isPendingOffer', 'isAlone']), target: 'waitingForPeer', actions: 'sendOffer' },
              { guard: 'isPendingOffer', target: 'awaitingAnswer', actions: 'sendOffer' },
            ],
          },
        },
        waitingForPeer: {
          description: 'The peer hasn’t joined yet. The offer waits in the mailbox of the other seat.',
          on: {
            'peer.joined': { guard: 'isUnprepared', target: 'awaitingAnswer', actions: 'setPeerConnected' },
            'offer.stale': { target: '#call.offering', reenter: true },
            'network.changed': { target: '#call.offering', reenter: true },
          },
          after: { offerMaxAge: { target: '#call.offering', reenter: true } },
        },
        awaitingAnswer: {
          description: 'The peer has the offer. The page awaits the answer.',
          after: { answerTimeout: { target: '#call.offering', reenter: true } },
        },
        connecting: {
          description: 'The answer arrived, and ICE connects.',
          after: { connectTimeout: { actions: 'failTransport' } },
        },
      },
      on: {
        'answer.received': {
          guard: 'isAwaitedAnswer',
          target: '.connecting',
          actions: ['applyAnswer', 'addPendingCandidates'],
        },
        'offer.received': [
          { guard: 'isStaleOffer' },
          { guard: 'shouldIgnoreOfferOnCurrentConnection', actions: 'resendOffer' },
          { guard: 'shouldIgnoreOfferOnNewConnection', actions: 'resendOffer' },
          {
            guard: 'isNewConnection',
            target: 'answering.creatingAnswer',
            actions: ['openForRemoteOffer', 'applyOffer'],
          },
          { actions: ['applyOffer', 'addPendingCandidates'] },
        ],
        'transport.connected': 'connected',
        'transport.failed': [
          { guard: 'canRetry', target: 'offering', reenter: true, actions: 'countFailedAttempt' },
          { target: 'hangup', actions: { type: 'setReason', params: { reason: 'failed' } } },
        ],
        'connection.failed': [
          { guard: 'canRetry', target: 'offering', reenter: true, actions: 'countFailedAttempt' },
          { target: 'hangup', actions: { type: 'setReason', params: { reason: 'failed' } } },
        ],
        'messages.lost': { target: 'offering', reenter: true },
        'peer.joined': [
          {
            guard: 'isPrepared',
            target: 'connected.flowing.prepared',
            actions: ['setPeerConnected', 'takePreparedConnection'],
          },
          { guard: 'isPreparedLost', target: 'offering', reenter: true, actions: 'setPeerConnected' },
        ],
        /** An offer serves one peer only. */
        'peer.left': { target: 'offering', reenter: true, actions: ['setPeerAbsent', 'resetAttempts'] },
        'hangup.received': { actions: 'setRemoteHangupReason' },
        /** The page was reloaded during a call, and the other page has no continuity proof. */
        'unauthenticatedOffer.received': {
          guard: 'isFirstUnauthenticatedOffer',
          target: 'unauthenticatedPeer',
          actions: 'storeUnauthenticatedPeer',
        },
        'unauthenticatedAnswer.received': {
          guard: 'isAwaitedAnswer',
          target: 'unauthenticatedPeer',
          actions: 'storeUnauthenticatedPeer',
        },
      },
    },

    answering: {
      description: 'The peer was in the room first, so the peer makes the offer.',
      initial: 'awaitingOffer',
      states: {
        awaitingOffer: {
          description: 'The page awaits the peer’s offer.',
          /** The peer renegotiates a connection that this page does not have, so this page offers a new one. */
          on: { 'offer.received': { guard: 'isForUnknownConnection', target: '#call.offering' } },
          after: { offerTimeout: '#call.offering' },
        },
        creatingAnswer: {
          description: 'The peer’s offer arrived, and the answer is being created.',
          on: { 'answer.created': { guard: 'isCurrentAnswer', target: 'connecting', actions: 'sendAnswer' } },
        },
        connecting: {
          description: 'The answer is sent, and ICE connects.',
          after: { connectTimeout: { actions: 'failTransport' } },
        },
      },
      on: {
        'offer.received': [
          { guard: 'isStaleOffer' },
          { guard: 'isNewConnection', target: '.creatingAnswer', actions: ['openForRemoteOffer', 'applyOffer'] },
          { target: '.creatingAnswer', actions: ['applyOffer', 'addPendingCandidates'] },
        ],
        'transport.connected': 'connected',
        'transport.failed': [
          { guard: 'canRetry', target: '.awaitingOffer', actions: 'countFailedAttempt' },
          { target: 'hangup', actions: { type: 'setReason', params: { reason: 'failed' } } },
        ],
        'connection.failed': [
          { guard: 'canRetry', target: 'offering', actions: 'countFailedAttempt' },
          { target: 'hangup', actions: { type: 'setReason', params: { reason: 'failed' } } },
        ],
        'messages.lost': 'offering',
        'peer.left': { target: 'offering', actions: ['setPeerAbsent', 'resetAttempts'] },
        'hangup.received': { actions: 'setRemoteHangupReason' },
        'unauthenticatedOffer.received': {
          guard: 'isFirstUnauthenticatedOffer',
          target: 'unauthenticatedPeer',
          actions: 'storeUnauthenticatedPeer',
        },
      },
    },

    connected: {
      description: 'The transport is connected, or was connected a moment ago.',
      initial: 'flowing',
      exit: ['cancelRecoveryTimeout', 'reportMediaStopped'],
      states: {
        flowing: {
          description: 'The peer’s media arrives.',
          initial: 'stable',
          entry: ['cancelRecoveryTimeout', 'resetAttempts', 'clearTransportFailed'],
          exit: 'startRecoveryTimeout',
          states: {
            stable: {
              description: 'No negotiation is pending.',
              // After an interruption or a negotiation, the direct path is still to be found.
              always: { guard: 'needsDirectPath', target: 'prepared' },
              on: { 'negotiation.needed': 'renegotiating' },
            },
            prepared: {
              description: 'The two pages connected over the relay before this page joined, or before the peer did.',
              on: { 'negotiation.needed': 'renegotiating' },
              after: {
                directDelay: [
                  { guard: and(['needsDirectPath', 'canRestart']), target: '#call.connected.restartingIce' },
                  { guard: 'needsDirectPath', target: 'prepared', reenter: true },
                  { target: 'stable' },
                ],
              },
            },
            renegotiating: {
              description: 'Local tracks changed and need a negotiation. The page awaits the answer.',
              entry: { type: 'createOffer', params: { iceRestart: false } },
              on: {
                'answer.received': {
                  guard: 'isAwaitedAnswer',
                  target: 'stable',
                  actions: ['applyAnswer', 'addPendingCandidates'],
                },
                'offer.received': {
                  guard: 'isApplicableOffer',
                  target: 'stable',
                  actions: ['applyOffer', 'addPendingCandidates'],
                },
              },
              after: { answerTimeout: { target: 'renegotiating', reenter: true } },
            },
          },
          on: {
            'media.started': { actions: 'reportMediaFlowing' },
            'transport.disconnected': { target: 'stalled', actions: ['suspectSignaling', 'emitTransportSuspected'] },
            'transport.failed': {
              target: 'stalled',
              actions: ['setTransportFailed', 'suspectSignaling', 'emitTransportSuspected'],
            },
            'network.changed': { actions: ['suspectSignaling', 'checkTransport'] },
            /**
             * The peer's page may be closing, or this page may be offline: a probe of the server decides. The pause
             * after an earlier restart ends.
             */
            'connection.failed': {
              target: 'stalled',
              actions: [
                'setTransportFailed',
                'endRestartPause',
                'reportMediaStopped',
                'countConnectionFailure',
                'closeFailedConnection',
                'suspectSignaling',
                'emitTransportSuspected',
              ],
            },
            // Without a budget: the negotiation state of the two sides may differ now, and resyncs are rare.
            'messages.lost': 'restartingIce',
            'peer.left': [
              /** Media still arrives. The room keeps the reported media: it lets the peer back in while the call goes on. */
              {
                guard: 'isSeatLost',
                target: '.stable',
                actions: ['setPeerAbsent', 'discardPendingOffer', 'clearUnauthenticatedPeer'],
              },
              /** Media still arrives, so another page had the seat. Its media, if any, has stopped. */
              {
                target: '.stable',
                actions: ['setPeerAbsent', 'discardPendingOffer', 'reportMediaStopped', 'clearUnauthenticatedPeer'],
              },
            ],
            /** A reload ends the media of this connection. The transport or the peer's offer reveals it. */
            'peer.reconnected': { actions: 'setPeerConnected' },
            /**
             * Media of the known peer still arrives, so this is another page. If the transport fails later, the user
             * decides.
             */
            'unauthenticatedOffer.received': {
              guard: 'isFirstUnauthenticatedOffer',
              actions: 'storeUnauthenticatedPeer',
            },
            'unauthenticatedAnswer.received': {},
            'join.accepted': [
              {
                guard: 'shouldAnswer',
                target: '.stable',
                actions: ['setSeat', 'discardPendingOffer', 'reportMediaFlowing'],
              },
              { guard: 'isNewSeat', target: '.stable', actions: ['setSeat', 'discardPendingOffer'] },
            ],
            /** The peer has a seat again, or another page joined. The latter offers a new connection. */
            'peer.joined': {
              guard: 'isAlone',
              target: '.renegotiating',
              actions: ['setPeerConnected', 'reportMediaFlowing'],
            },
          },
        },
        stalled: {
          description:
            'No media arrives. The transport may recover; otherwise an ICE restart follows as soon as it is allowed.',
          /** A failed transport needs a restart, and a restart needs a peer. */
          always: [
            {
              guard: and(['isAlone', 'hasTransportFailed']),
              target: '#call.hangup',
              actions: { type: 'setReason', params: { reason: 'left' } },
            },
            { guard: and(['hasUnauthenticatedOffer', 'hasTransportFailed']), target: '#call.unauthenticatedPeer' },
          ],
          on: {
            'transport.connected': 'flowing',
            'transport.failed': { target: 'stalled', reenter: true, actions: 'setTransportFailed' },
            'network.changed': {
              target: 'stalled',
              reenter: true,
              actions: ['setTransportFailed', 'suspectSignaling'],
            },
            'signaling.alive': { target: 'stalled', reenter: true, actions: 'setSignalingUp' },
            'offer.received': {
              guard: 'isIceRestart',
              target: 'remoteRestart',
              actions: ['applyOffer', 'addPendingCandidates'],
            },
            'join.accepted': { target: 'stalled', reenter: true, actions: ['setSeat', 'pauseRestartForMailbox'] },
            'peer.reconnected': [
              { guard: 'isReloadedPage', target: 'remoteRestart', actions: ['setPeerConnected', 'reportMediaStopped'] },
              { target: 'stalled', reenter: true, actions: 'setPeerConnected' },
            ],
            'restart.budgetReset': { target: 'stalled', reenter: true, actions: 'resetRestarts' },
            'restart.allowed': { target: 'stalled', reenter: true, actions: 'endRestartPause' },
          },
          after: {
            maxRestartDelay: [
              { guard: and(['canRestart', 'hasExhaustedRestarts']), target: 'recreating' },
              { guard: 'canRestart', target: 'restartingIce' },
            ],
          },
        },
        /** RFC 8445 §9. */
        restartingIce: {
          description: 'ICE restarts: new credentials and candidates for the same connection.',
          entry: ['countRestart', { type: 'createOffer', params: { iceRestart: true } }],
          on: {
            'transport.connected': 'flowing',
            'transport.failed': { guard: 'isNegotiationComplete', target: 'stalled', actions: 'countFailedAttempt' },
            'offer.received': [
              { guard: 'isIceRestart', target: 'remoteRestart', actions: ['applyOffer', 'addPendingCandidates'] },
              /** The peer's offer replaced the local one and does not restart ICE, so a new local offer follows. */
              {
                guard: 'isApplicableOffer',
                actions: ['applyOffer', 'addPendingCandidates', { type: 'createOffer', params: { iceRestart: true } }],
              },
            ],
            'messages.lost': { target: 'restartingIce', reenter: true },
          },
          after: { restartTimeout: { target: 'stalled', actions: 'countFailedAttempt' } },
        },
        recreating: {
          description: 'A new connection of this page replaces the old one.',
          entry: [
            'countRestart',
            'reportMediaStopped',
            'openConnection',
            { type: 'createOffer', params: { iceRestart: false } },
          ],
          on: {
            'transport.connected': 'flowing',
            'transport.failed': { target: 'stalled', actions: 'countFailedAttempt' },
            'connection.failed': { target: 'stalled', actions: 'countConnectionFailure' },
            'offer.received': [
              { guard: 'isStaleOffer' },
              { guard: 'shouldIgnoreOfferOnCurrentConnection', actions: 'resendOffer' },
              { guard: 'shouldIgnoreOfferOnNewConnection', actions: 'resendOffer' },
              {
                guard: 'isNewConnection',
                target: 'remoteRestart',
                actions: ['reportMediaStopped', 'openForRemoteOffer', 'applyOffer'],
              },
              { actions: ['applyOffer', 'addPendingCandidates'] },
            ],
          },
          after: { restartTimeout: { target: 'stalled', actions: 'countFailedAttempt' } },
        },
        remoteRestart: {
          description: 'The peer restarts ICE or replaces the connection, or will do so because its page was reloaded.',
          entry: 'clearTransportFailed',
          on: {
            'transport.connected': 'flowing',
            'transport.failed': { target: 'stalled', actions: 'countFailedAttempt' },
          },
          after: { restartTimeout: { target: 'stalled', actions: 'countFailedAttempt' } },
        },
      },
      on: {
        'offer.received': [
          { guard: 'isStaleOffer' },
          { guard: 'shouldIgnoreOfferOnCurrentConnection', actions: 'resendOffer' },
          {
            guard: 'isNewConnection',
            target: '.remoteRestart',
            actions: ['reportMediaStopped', 'openForRemoteOffer', 'applyOffer'],
          },
          { actions: ['applyOffer', 'addPendingCandidates'] },
        ],
        'peer.reconnected': [
          { guard: 'isReloadedPage', target: '.remoteRestart', actions: ['setPeerConnected', 'reportMediaStopped'] },
          { actions: 'setPeerConnected' },
        ],
        'connection.failed': [
          { guard: 'canRestart', target: '.recreating', actions: 'countConnectionFailure' },
          {
            target: '.stalled',
            actions: ['setTransportFailed', 'reportMediaStopped', 'countConnectionFailure', 'closeFailedConnection'],
          },
        ],
        /** Without a peer nobody would answer. */
        'messages.lost': { guard: not('isAlone'), target: '.recreating' },
        'unauthenticatedOffer.received': {
          guard: 'isFirstUnauthenticatedOffer',
          target: 'unauthenticatedPeer',
          actions: 'storeUnauthenticatedPeer',
        },
        'unauthenticatedAnswer.received': {
          guard: 'isAwaitedAnswer',
          target: 'unauthenticatedPeer',
          actions: 'storeUnauthenticatedPeer',
        },
        'recovery.timedOut': { target: 'hangup', actions: { type: 'setReason', params: { reason: 'lost' } } },
      },
    },

    /** The previous connection may recover meanwhile. */
    unauthenticatedPeer: {
      description:
        'A page without a continuity proof offers or answers. Nothing is sent to it or shown from it until the user decides.',
      on: {
        'user.acceptedPeer': [
          {
            guard: 'hasUnauthenticatedOffer',
            target: 'answering.creatingAnswer',
            actions: ['emitPeerAccepted', 'answerUnauthenticatedPeer'],
          },
          { target: 'offering', actions: ['emitPeerAccepted', 'resetAttempts'] },
        ],
        'unauthenticatedOffer.received': { guard: 'isFirstUnauthenticatedOffer', actions: 'storeUnauthenticatedPeer' },
        'offer.received': [
          { guard: 'isStaleOffer' },
          { guard: 'shouldIgnoreOfferOnCurrentConnection', actions: 'resendOffer' },
          { guard: 'shouldIgnoreOfferOnNewConnection', actions: 'resendOffer' },
          {
            guard: 'isNewConnection',
            target: 'answering.creatingAnswer',
            actions: ['openForRemoteOffer', 'applyOffer', 'resetAttempts'],
          },
          {
            target: 'connected.remoteRestart',
            actions: ['applyOffer', 'addPendingCandidates', 'startRecoveryTimeout'],
          },
        ],
        'answer.received': {
          guard: 'isAwaitedAnswer',
          target: 'connected.remoteRestart',
          actions: ['applyAnswer', 'addPendingCandidates', 'startRecoveryTimeout'],
        },
        'transport.connected': { target: 'connected', actions: 'clearUnauthenticatedPeer' },
        'connection.failed': { actions: 'closeFailedConnection' },
      },
      after: { decisionTimeout: { target: 'hangup', actions: { type: 'setReason', params: { reason: 'lost' } } } },
    },

    hangup: {
      description: 'The call is over. The reason is recorded.',
      entry: ['closeConnection', 'emitCallEnded', 'resetAttempts'],
      on: {
        'join.accepted': [
          { guard: 'shouldAnswer', target: 'answering', actions: 'setSeat' },
          { target: 'offering', actions: 'setSeat' },
        ],
        'seat.lost': { actions: 'clearSeat' },
        'peer.joined': { guard: 'isAlone', target: 'offering', actions: 'setPeerConnected' },
        'peer.left': {
          target: 'hangup',
          reenter: true,
          actions: [{ type: 'setReason', params: { reason: 'left' } }, 'setPeerAbsent'],
        },
        'offer.received': [
          { guard: 'isStaleOffer' },
          { target: 'answering.creatingAnswer', actions: ['openForRemoteOffer', 'applyOffer'] },
        ],
        /** A lost call can still be continued, which needs a proof. */
        'unauthenticatedOffer.received': {
          guard: 'isFirstUnauthenticatedOffer',
          target: 'unauthenticatedPeer',
          actions: 'storeUnauthenticatedPeer',
        },
        'user.retried': 'offering',
        'user.hungUp': { actions: [{ type: 'setReason', params: { reason: 'local' } }, 'clearSeat'] },
        'hangup.received': { actions: 'setRemoteHangupReason' },
      },
    },
  },
  on: {
    'join.accepted': { actions: 'setSeat' },
    'seat.lost': { target: '.hangup', actions: [{ type: 'setReason', params: ({ event }) => event }, 'clearSeat'] },
    'peer.joined': { actions: 'setPeerConnected' },
    'peer.reconnected': { actions: 'setPeerConnected' },
    'peer.disconnected': { actions: 'setPeerDisconnected' },
    'signaling.lost': { actions: 'setSignalingDown' },
    'signaling.alive': { actions: 'setSignalingUp' },
    'restart.budgetReset': { actions: 'resetRestarts' },
    'restart.allowed': { actions: 'endRestartPause' },
    'peer.left': { target: '.hangup', actions: [{ type: 'setReason', params: { reason: 'left' } }, 'setPeerAbsent'] },
    'hangup.received': {
      target: '.hangup',
      actions: [{ type: 'setReason', params: { reason: 'remote' } }, 'setRemoteHangupReason'],
    },
    'user.hungUp': {
      target: '.hangup',
      actions: [{ type: 'setReason', params: { reason: 'local' } }, 'sendHangup', 'clearSeat'],
    },
    'answer.received': { guard: 'isAwaitedAnswer', actions: ['applyAnswer', 'addPendingCandidates'] },
    'candidate.received': [
      { guard: 'isForCurrentIce', actions: 'addCandidate' },
      { guard: 'isForLaterIce', actions: 'queueCandidate' },
      { guard: 'isUnauthenticatedCandidate', actions: 'queueUnauthenticatedCandidate' },
    ],
    'offer.created': { guard: 'isPendingOffer', actions: 'sendOffer' },
    'answer.created': { guard: 'isCurrentAnswer', actions: 'sendAnswer' },
    'candidate.gathered': { actions: 'sendCandidate' },
  },
})
