import { and } from 'xstate'
import { callSetup } from './callSetup.ts'
import { noCall } from './negotiation.ts'

/** One end of a call: perfect negotiation (W3C WebRTC §10.7) with the role that the server gave. README.md tells it in prose. */
export const call = callSetup.createMachine({
  id: 'call',
  context: noCall,
  initial: 'idle',
  states: {
    /** Outside: no seat, so nobody can say anything. Who has one and is alone makes an offer at once. */
    idle: {
      always: { guard: 'isAlone', target: 'offering' },
      on: {
        'seat.given': [
          { guard: 'isToAnswer', target: 'answering', actions: 'noteSeat' },
          { target: 'offering', actions: 'noteSeat' },
        ],
      },
    },

    /** An offer of ours is made, lies in the other seat's mailbox, or is being tried. */
    offering: {
      initial: 'making',
      entry: ['open', { type: 'makeOffer', params: { restart: false } }],
      states: {
        making: {
          on: {
            'offer.made': [
              { guard: and(['isMade', 'isAlone']), target: 'waiting', actions: 'sayOffer' },
              { guard: 'isMade', target: 'asking', actions: 'sayOffer' },
            ],
          },
        },
        /** Nobody is there yet: the offer awaits its visitor, and ages. */
        waiting: {
          on: {
            'peer.arrived': { target: 'asking', actions: 'notePeerHere' },
            'offer.aged': { target: '#call.offering', reenter: true },
            'network.changed': { target: '#call.offering', reenter: true },
          },
          after: { offerAge: { target: '#call.offering', reenter: true } },
        },
        asking: { after: { answerPatience: { target: '#call.offering', reenter: true } } },
        connecting: { after: { connectPatience: { actions: 'giveUpPath' } } },
      },
      on: {
        'answer.received': { guard: 'isAwaitedAnswer', target: '.connecting', actions: ['takeAnswer', 'takeEarly'] },
        'offer.received': [
          { guard: 'isSpentOffer' },
          { guard: 'isGlareToIgnore', actions: 'repeatOffer' },
          { guard: 'isRivalToIgnore', actions: 'repeatOffer' },
          { guard: 'isNewConnection', target: 'answering.replying', actions: ['openTheirs', 'takeOffer'] },
          { actions: ['takeOffer', 'takeEarly'] },
        ],
        'path.opened': 'connected',
        'path.failed': [
          { guard: 'canTryAgain', target: 'offering', reenter: true, actions: 'countAttempt' },
          { target: 'hangup', actions: { type: 'noteReason', params: { reason: 'failed' } } },
        ],
        'connection.broke': [
          { guard: 'canTryAgain', target: 'offering', reenter: true, actions: 'countAttempt' },
          { target: 'hangup', actions: { type: 'noteReason', params: { reason: 'failed' } } },
        ],
        'mail.lost': { target: 'offering', reenter: true },
        /** An offer serves one visitor. */
        'peer.left': { target: 'offering', reenter: true, actions: ['notePeerAbsent', 'forgetAttempts'] },
        'bye.received': { actions: 'noteByeReason' },
        /** A page that was loaded anew in a call meets somebody else. */
        'stranger.offered': { guard: 'isStrangersConnection', target: 'unproven', actions: 'noteStranger' },
        'stranger.answered': { guard: 'isAwaitedAnswer', target: 'unproven', actions: 'noteStranger' },
      },
    },

    /** Somebody was here first and has made, or will make, an offer. */
    answering: {
      initial: 'listening',
      states: {
        listening: {
          /** About more of a call that the other side has with somebody, who is not here: let it be one with us. */
          on: { 'offer.received': { guard: 'isOfOtherCall', target: '#call.offering' } },
          after: { offerPatience: '#call.offering' },
        },
        replying: { on: { 'answer.made': { guard: 'isLatest', target: 'connecting', actions: 'sayAnswer' } } },
        connecting: { after: { connectPatience: { actions: 'giveUpPath' } } },
      },
      on: {
        'offer.received': [
          { guard: 'isSpentOffer' },
          { guard: 'isNewConnection', target: '.replying', actions: ['openTheirs', 'takeOffer'] },
          { target: '.replying', actions: ['takeOffer', 'takeEarly'] },
        ],
        'path.opened': 'connected',
        'path.failed': [
          { guard: 'canTryAgain', target: '.listening', actions: 'countAttempt' },
          { target: 'hangup', actions: { type: 'noteReason', params: { reason: 'failed' } } },
        ],
        'connection.broke': [
          { guard: 'canTryAgain', target: 'offering', actions: 'countAttempt' },
          { target: 'hangup', actions: { type: 'noteReason', params: { reason: 'failed' } } },
        ],
        'mail.lost': 'offering',
        'peer.left': { target: 'offering', actions: ['notePeerAbsent', 'forgetAttempts'] },
        'bye.received': { actions: 'noteByeReason' },
        'stranger.offered': { guard: 'isStrangersConnection', target: 'unproven', actions: 'noteStranger' },
      },
    },

    /** The two have a way to each other, or had one a moment ago. */
    connected: {
      initial: 'flowing',
      exit: ['stopPatience', 'reportStopped'],
      states: {
        /** What the other side sends arrives. */
        flowing: {
          initial: 'settled',
          entry: ['stopPatience', 'forgetAttempts', 'hopeAgain'],
          exit: 'startPatience',
          states: {
            settled: { on: { 'negotiation.needed': 'negotiating' } },
            /** Something changed that the other side has to agree to. */
            negotiating: {
              entry: { type: 'makeOffer', params: { restart: false } },
              on: {
                'answer.received': { guard: 'isAwaitedAnswer', target: 'settled', actions: ['takeAnswer', 'takeEarly'] },
                'offer.received': { guard: 'isToTake', target: 'settled', actions: ['takeOffer', 'takeEarly'] },
              },
              after: { answerPatience: { target: 'negotiating', reenter: true } },
            },
          },
          on: {
            'media.flowed': { actions: 'reportFlowing' },
            'path.wavered': { target: 'stalled', actions: ['doubtLink', 'tellDoubt'] },
            'path.failed': { target: 'stalled', actions: ['noteHopeless', 'doubtLink', 'tellDoubt'] },
            'network.changed': { actions: ['doubtLink', 'lookAtPath'] },
            /** The other side's page may be on its way out, or we may be cut off from everything: an answer of the server tells. A restart of just now is no reason to wait. */
            'connection.broke': { target: 'stalled', actions: ['noteHopeless', 'noteRested', 'reportStopped', 'countBreak', 'closeBroken', 'doubtLink', 'tellDoubt'] },
            'mail.lost': 'restarting',
            /** The server says so, and media says otherwise: it has forgotten one of the two, or somebody else had the seat. */
            'peer.left': { target: '.settled', actions: ['notePeerAbsent', 'dropOffer', 'reportStopped', 'forgetStranger'] },
            /** A page that was loaded anew sends nothing on this connection: the path tells, or their offer. */
            'peer.back': { actions: 'notePeerHere' },
            /** Media still comes from the other side, so this is somebody else. Should the path be lost for good, the person is asked. */
            'stranger.offered': { guard: 'isStrangersConnection', actions: 'noteStranger' },
            'stranger.answered': {},
            'seat.given': [
              { guard: 'isToAnswer', target: '.settled', actions: ['noteSeat', 'dropOffer', 'reportFlowing'] },
              { guard: 'isSeatAnew', target: '.settled', actions: ['noteSeat', 'dropOffer'] },
            ],
            /** Now it knows both again; or it is somebody else who came, knows nothing of this connection, and will offer another. */
            'peer.arrived': { guard: 'isAlone', target: '.negotiating', actions: ['notePeerHere', 'reportFlowing'] },
          },
        },
        /** Nothing arrives. It may come back by itself; if not, it is worth a restart as soon as that may be. */
        stalled: {
          /** With nobody in the other seat, nobody restarts; what is lost for good does not come back by itself. */
          always: [
            { guard: and(['isAlone', 'isHopeless']), target: '#call.hangup', actions: { type: 'noteReason', params: { reason: 'left' } } },
            { guard: and(['hasStrangersOffer', 'isHopeless']), target: '#call.unproven' },
          ],
          on: {
            'path.opened': 'flowing',
            'path.failed': { target: 'stalled', reenter: true, actions: 'noteHopeless' },
            'network.changed': { target: 'stalled', reenter: true, actions: ['noteHopeless', 'doubtLink'] },
            'line.proven': { target: 'stalled', reenter: true, actions: 'noteLinkProven' },
            'offer.received': { guard: 'isRestart', target: 'accepting', actions: ['takeOffer', 'takeEarly'] },
            'seat.given': { target: 'stalled', reenter: true, actions: ['noteSeat', 'readFirst'] },
            'peer.back': [
              { guard: 'isFresh', target: 'accepting', actions: ['notePeerHere', 'reportStopped'] },
              { target: 'stalled', reenter: true, actions: 'notePeerHere' },
            ],
            'restarts.regained': { target: 'stalled', reenter: true, actions: 'forgetRestarts' },
            'restart.rested': { target: 'stalled', reenter: true, actions: 'noteRested' },
          },
          after: {
            restartPause: [
              { guard: and(['canRestart', 'isWorn']), target: 'rebuilding' },
              { guard: 'canRestart', target: 'restarting' },
            ],
          },
        },
        /** New ICE credentials and candidates for the same connection (RFC 8445 §9). */
        restarting: {
          entry: ['countRestart', { type: 'makeOffer', params: { restart: true } }],
          on: {
            'path.opened': 'flowing',
            'path.failed': { guard: 'isAgreed', target: 'stalled', actions: 'countAttempt' },
            'offer.received': [
              { guard: 'isRestart', target: 'accepting', actions: ['takeOffer', 'takeEarly'] },
              /** Theirs took the place of ours, and restarts nothing: ours follows. */
              { guard: 'isToTake', actions: ['takeOffer', 'takeEarly', { type: 'makeOffer', params: { restart: true } }] },
            ],
            'mail.lost': { target: 'restarting', reenter: true },
          },
          after: { restartPatience: { target: 'stalled', actions: 'countAttempt' } },
        },
        /** A new connection in place of the old. */
        rebuilding: {
          entry: ['countRestart', 'reportStopped', 'open', { type: 'makeOffer', params: { restart: false } }],
          on: {
            'path.opened': 'flowing',
            'path.failed': { target: 'stalled', actions: 'countAttempt' },
            'connection.broke': { target: 'stalled', actions: 'countBreak' },
            'offer.received': [
              { guard: 'isSpentOffer' },
              { guard: 'isGlareToIgnore', actions: 'repeatOffer' },
              { guard: 'isRivalToIgnore', actions: 'repeatOffer' },
              { guard: 'isNewConnection', target: 'accepting', actions: ['reportStopped', 'openTheirs', 'takeOffer'] },
              { actions: ['takeOffer', 'takeEarly'] },
            ],
          },
          after: { restartPatience: { target: 'stalled', actions: 'countAttempt' } },
        },
        /** The other side restarts, or has put a new connection in place of the old, or will: its page was loaded anew. */
        accepting: {
          entry: 'hopeAgain',
          on: { 'path.opened': 'flowing', 'path.failed': { target: 'stalled', actions: 'countAttempt' } },
          after: { restartPatience: { target: 'stalled', actions: 'countAttempt' } },
        },
      },
      on: {
        'offer.received': [
          { guard: 'isSpentOffer' },
          { guard: 'isGlareToIgnore', actions: 'repeatOffer' },
          { guard: 'isNewConnection', target: '.accepting', actions: ['reportStopped', 'openTheirs', 'takeOffer'] },
          { actions: ['takeOffer', 'takeEarly'] },
        ],
        'peer.back': [
          { guard: 'isFresh', target: '.accepting', actions: ['notePeerHere', 'reportStopped'] },
          { actions: 'notePeerHere' },
        ],
        'connection.broke': [
          { guard: 'canRestart', target: '.rebuilding', actions: 'countBreak' },
          { target: '.stalled', actions: ['noteHopeless', 'reportStopped', 'countBreak', 'closeBroken'] },
        ],
        'mail.lost': '.rebuilding',
        'stranger.offered': { guard: 'isStrangersConnection', target: 'unproven', actions: 'noteStranger' },
        'stranger.answered': { guard: 'isAwaitedAnswer', target: 'unproven', actions: 'noteStranger' },
        'patience.ended': { target: 'hangup', actions: { type: 'noteReason', params: { reason: 'lost' } } },
      },
    },

    /**
     * The page that offers or answers cannot prove to be the other side of this call. Nothing is sent to it and nothing of it is shown
     * until the person decides. The connection of before may come back meanwhile.
     */
    unproven: {
      on: {
        'user.accepted': [
          { guard: 'hasStrangersOffer', target: 'answering.replying', actions: ['tellAcceptance', 'meetStranger'] },
          { target: 'offering', actions: ['tellAcceptance', 'forgetAttempts'] },
        ],
        'stranger.offered': { guard: 'isStrangersConnection', actions: 'noteStranger' },
        'offer.received': [
          { guard: 'isSpentOffer' },
          { guard: 'isGlareToIgnore', actions: 'repeatOffer' },
          { guard: 'isRivalToFirst', actions: 'repeatOffer' },
          { guard: 'isNewConnection', target: 'answering.replying', actions: ['openTheirs', 'takeOffer', 'forgetAttempts'] },
          { target: 'connected.accepting', actions: ['takeOffer', 'takeEarly', 'startPatience'] },
        ],
        'answer.received': { guard: 'isAwaitedAnswer', target: 'connected.accepting', actions: ['takeAnswer', 'takeEarly', 'startPatience'] },
        'path.opened': { target: 'connected', actions: 'forgetStranger' },
        'connection.broke': { actions: 'closeBroken' },
      },
      after: { decisionPatience: { target: 'hangup', actions: { type: 'noteReason', params: { reason: 'lost' } } } },
    },

    /** The call is over, and context says why. Who stays alone waits for the next visitor after a moment. */
    hangup: {
      entry: ['close', 'tellEnd', 'forgetAttempts'],
      after: { farewell: { guard: 'isAlone', target: 'idle' } },
      on: {
        'seat.given': [
          { guard: 'isToAnswer', target: 'answering', actions: 'noteSeat' },
          { target: 'offering', actions: 'noteSeat' },
        ],
        'seat.left': { actions: 'forgetSeat' },
        'peer.arrived': { guard: 'isAlone', target: 'offering', actions: 'notePeerHere' },
        'peer.left': { target: 'hangup', reenter: true, actions: 'notePeerAbsent' },
        'offer.received': [{ guard: 'isSpentOffer' }, { target: 'answering.replying', actions: ['openTheirs', 'takeOffer'] }],
        /** A call that was lost may still be continued. */
        'stranger.offered': { guard: 'isStrangersConnection', target: 'unproven', actions: 'noteStranger' },
        'user.retried': 'offering',
        'user.hungUp': { actions: [{ type: 'noteReason', params: { reason: 'local' } }, 'tellEnd'] },
        'bye.received': { actions: 'noteByeReason' },
      },
    },
  },
  on: {
    'seat.given': { actions: 'noteSeat' },
    'seat.left': { target: '.hangup', actions: [{ type: 'noteReason', params: ({ event }) => event }, 'forgetSeat'] },
    'peer.arrived': { actions: 'notePeerHere' },
    'peer.back': { actions: 'notePeerHere' },
    'peer.away': { actions: 'notePeerAway' },
    'link.lost': { actions: 'noteLinkLost' },
    'line.proven': { actions: 'noteLinkProven' },
    'restarts.regained': { actions: 'forgetRestarts' },
    'restart.rested': { actions: 'noteRested' },
    'peer.left': { target: '.hangup', actions: [{ type: 'noteReason', params: { reason: 'left' } }, 'notePeerAbsent'] },
    'bye.received': { target: '.hangup', actions: [{ type: 'noteReason', params: { reason: 'remote' } }, 'noteByeReason'] },
    'user.hungUp': { target: '.hangup', actions: [{ type: 'noteReason', params: { reason: 'local' } }, 'sayBye'] },
    'answer.received': { guard: 'isAwaitedAnswer', actions: ['takeAnswer', 'takeEarly'] },
    'candidate.received': [
      { guard: 'isTimelyCandidate', actions: 'takeCandidate' },
      { guard: 'isEarlyCandidate', actions: 'keepCandidate' },
      { guard: 'isStrangersCandidate', actions: 'keepStrangersCandidate' },
    ],
    'offer.made': { guard: 'isMade', actions: 'sayOffer' },
    'answer.made': { guard: 'isLatest', actions: 'sayAnswer' },
    'candidate.gathered': { actions: 'sayCandidate' },
  },
})
