import { and, assertEvent, assign, cancel, emit, enqueueActions, fromCallback, raise, setup } from 'xstate'
import type { CallEffect, CallFact, ConnectionFact, ConnectionOrder } from './call.facts.ts'
import { ufragOf } from './candidate.ts'
import { limits } from './limits.ts'
import {
  type CallContext, freshConnection, type HangupReason, isAwaitedAnswer, isEarlyCandidate, isGlareToIgnore, isLatest,
  isMade, isNewConnection, isRivalToIgnore, isSpentOffer, isTimely, isTimelyCandidate, noCall,
} from './negotiation.ts'
import { timers } from './timers.ts'
import type { Description, PeerMessage, Trickle } from './wire.ts'

/** One end of a call: perfect negotiation (W3C WebRTC §10.7) with the role that the server gave. README.md tells it in prose. */
export const call = setup({
  types: { context: {} as CallContext, events: {} as CallFact, emitted: {} as CallEffect },
  actors: {
    /** One RTCPeerConnection. */
    connection: fromCallback<ConnectionOrder, { connection: string }, ConnectionFact>(() => {
      throw new Error('the browser provides the actor "connection"')
    }),
  },
  guards: {
    isAlone: ({ context }) => context.seat !== null && context.peer === 'absent',
    /** A visitor who finds somebody finds an offer too; one who lost the call by a reload makes one. */
    isToAnswer: ({ event }) => event.type === 'seat.given' && event.peer !== 'absent' && !event.resumed,
    isFree: ({ context }) => context.asked === null,
    canTryAgain: ({ context }) => context.attempts + 1 < limits.connectAttempts,
    isMade: ({ context, event }) => isMade(context, description(event)),
    isLatest: ({ context, event }) => isLatest(context, description(event)),
    isSpentOffer: ({ context, event }) => isSpentOffer(context, description(event)),
    isGlareToIgnore: ({ context, event }) => isGlareToIgnore(context, description(event)),
    isRivalToIgnore: ({ context, event }) => isRivalToIgnore(context, description(event)),
    isNewConnection: ({ context, event }) => isNewConnection(context, description(event)),
    isAwaitedAnswer: ({ context, event }) => isAwaitedAnswer(context, description(event)),
    isTimelyCandidate: ({ context, event }) => isTimelyCandidate(context, trickle(event)),
    isEarlyCandidate: ({ context, event }) => isEarlyCandidate(context, trickle(event)),
  },
  actions: {
    noteSeat: assign(({ event }) => {
      assertEvent(event, 'seat.given')
      return { seat: event.seat, role: event.role, epoch: event.epoch, peer: event.peer }
    }),
    forgetSeat: assign({ seat: null, peer: 'absent' }),
    notePeerHere: assign({ peer: 'here' }),
    notePeerAway: assign({ peer: 'away' }),
    notePeerAbsent: assign({ peer: 'absent' }),
    noteReason: assign((_, { reason }: { reason: HangupReason }) => ({ reason })),
    countAttempt: assign(({ context }) => ({ attempts: context.attempts + 1 })),
    forgetAttempts: assign({ attempts: 0 }),

    /** A connection of our own, under a name that no other ever had. */
    open: enqueueActions(({ context, enqueue }) => {
      const made = context.made + 1
      const connection = `${context.seat}${context.epoch}.${made}`
      enqueue.stopChild('connection')
      enqueue.assign({ ...freshConnection, made, connection, reason: null })
      enqueue.spawnChild('connection', { id: 'connection', input: { connection } })
    }),
    /** A connection to meet the other side's. */
    openTheirs: enqueueActions(({ event, enqueue }) => {
      const { connection } = description(event)
      enqueue.stopChild('connection')
      enqueue.assign({ ...freshConnection, connection, reason: null })
      enqueue.spawnChild('connection', { id: 'connection', input: { connection } })
    }),
    close: enqueueActions(({ enqueue }) => {
      enqueue.stopChild('connection')
      enqueue.assign({ ...freshConnection, connection: null })
    }),

    makeOffer: enqueueActions(({ context, enqueue }, { restart }: { restart: boolean }) => {
      const negotiation = context.negotiation + 1
      enqueue.assign({ negotiation, asked: negotiation, offer: null })
      enqueue.sendTo('connection', { type: 'make.offer', negotiation, restart })
    }),
    takeOffer: enqueueActions(({ event, enqueue }) => {
      const { connection, negotiation, sdp } = description(event)
      enqueue.assign({ negotiation, asked: null, offer: null, ufrag: ufragOf(sdp) })
      enqueue.sendTo('connection', { type: 'take.offer', connection, negotiation, sdp })
    }),
    takeAnswer: enqueueActions(({ event, enqueue }) => {
      const { connection, negotiation, sdp } = description(event)
      enqueue.assign({ asked: null, offer: null, ufrag: ufragOf(sdp) })
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
    sayBye: emit(says({ type: 'bye' })),
    reportFlowing: emit({ type: 'flow.reported', media: 'flowing' }),
    reportStopped: emit({ type: 'flow.reported', media: 'stopped' }),
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
    restartPatience: timers.restartPatience,
    lossPatience: timers.lossPatience,
    farewell: timers.farewell,
  },
}).createMachine({
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
        'bye.received': {},
      },
    },

    /** Somebody was here first and has made, or will make, an offer. */
    answering: {
      initial: 'listening',
      states: {
        listening: { after: { offerPatience: '#call.offering' } },
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
        'bye.received': {},
      },
    },

    /** The two have a way to each other, or had one a moment ago. */
    connected: {
      initial: 'flowing',
      exit: ['stopPatience', 'reportStopped'],
      states: {
        flowing: {
          entry: ['stopPatience', 'forgetAttempts'],
          on: {
            'media.flowed': { actions: 'reportFlowing' },
            'path.wavered': 'stalled',
            'negotiation.needed': { guard: 'isFree', actions: { type: 'makeOffer', params: { restart: false } } },
            'mail.lost': { guard: 'isFree', actions: { type: 'makeOffer', params: { restart: true } } },
          },
        },
        /** Nothing arrives; it may come back by itself. */
        stalled: {
          entry: 'startPatience',
          on: { 'path.opened': 'flowing' },
        },
        /** New ICE credentials and candidates for the same connection. */
        restarting: {
          entry: ['reportStopped', { type: 'makeOffer', params: { restart: true } }],
          on: { 'path.opened': 'flowing', 'path.failed': 'rebuilding' },
          after: { restartPatience: 'rebuilding' },
        },
        /** A new connection in place of the old. */
        rebuilding: {
          entry: ['reportStopped', 'open', { type: 'makeOffer', params: { restart: false } }],
          on: {
            'path.opened': 'flowing',
            'offer.received': [
              { guard: 'isSpentOffer' },
              { guard: 'isGlareToIgnore', actions: 'repeatOffer' },
              { guard: 'isRivalToIgnore', actions: 'repeatOffer' },
              { guard: 'isNewConnection', target: 'accepting', actions: ['openTheirs', 'takeOffer'] },
              { actions: ['takeOffer', 'takeEarly'] },
            ],
            'path.failed': [
              { guard: 'canTryAgain', target: 'rebuilding', reenter: true, actions: 'countAttempt' },
              { target: '#call.hangup', actions: { type: 'noteReason', params: { reason: 'lost' } } },
            ],
            'connection.broke': [
              { guard: 'canTryAgain', target: 'rebuilding', reenter: true, actions: 'countAttempt' },
              { target: '#call.hangup', actions: { type: 'noteReason', params: { reason: 'lost' } } },
            ],
          },
          after: {
            restartPatience: [
              { guard: 'canTryAgain', target: 'rebuilding', reenter: true, actions: 'countAttempt' },
              { target: '#call.hangup', actions: { type: 'noteReason', params: { reason: 'lost' } } },
            ],
          },
        },
        /** The other side put a new connection in place of the old. */
        accepting: {
          entry: 'reportStopped',
          on: { 'path.opened': 'flowing', 'path.failed': 'rebuilding' },
          after: { restartPatience: 'rebuilding' },
        },
      },
      on: {
        'offer.received': [
          { guard: 'isSpentOffer' },
          { guard: 'isGlareToIgnore', actions: 'repeatOffer' },
          { guard: 'isNewConnection', target: '.accepting', actions: ['openTheirs', 'takeOffer'] },
          { actions: ['takeOffer', 'takeEarly'] },
        ],
        'path.failed': '.restarting',
        'connection.broke': '.rebuilding',
        'mail.lost': '.rebuilding',
        'patience.ended': { target: 'hangup', actions: { type: 'noteReason', params: { reason: 'lost' } } },
      },
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
        'offer.received': { target: 'answering.replying', actions: ['openTheirs', 'takeOffer'] },
        'user.retried': 'offering',
        'user.hungUp': { actions: [{ type: 'noteReason', params: { reason: 'local' } }, 'tellEnd'] },
        'bye.received': {},
      },
    },
  },
  on: {
    'seat.given': { actions: 'noteSeat' },
    'seat.left': { target: '.hangup', actions: [{ type: 'noteReason', params: ({ event }) => event }, 'forgetSeat'] },
    'peer.arrived': { actions: 'notePeerHere' },
    'peer.back': { actions: 'notePeerHere' },
    'peer.away': { actions: 'notePeerAway' },
    'peer.left': { target: '.hangup', actions: [{ type: 'noteReason', params: { reason: 'left' } }, 'notePeerAbsent'] },
    'bye.received': { target: '.hangup', actions: { type: 'noteReason', params: { reason: 'remote' } } },
    'user.hungUp': { target: '.hangup', actions: [{ type: 'noteReason', params: { reason: 'local' } }, 'sayBye'] },
    'answer.received': { guard: 'isAwaitedAnswer', actions: ['takeAnswer', 'takeEarly'] },
    'candidate.received': [
      { guard: 'isTimelyCandidate', actions: 'takeCandidate' },
      { guard: 'isEarlyCandidate', actions: 'keepCandidate' },
    ],
    'offer.made': { guard: 'isMade', actions: 'sayOffer' },
    'answer.made': { guard: 'isLatest', actions: 'sayAnswer' },
    'candidate.gathered': { actions: 'sayCandidate' },
  },
})

function description(event: CallFact): Description {
  assertEvent(event, ['offer.received', 'answer.received', 'offer.made', 'answer.made'])
  return event
}

function trickle(event: CallFact): Trickle {
  assertEvent(event, ['candidate.received', 'candidate.gathered'])
  return event
}

function says(message: PeerMessage): CallEffect {
  return { type: 'message.said', message }
}
