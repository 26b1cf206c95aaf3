import { isDeepStrictEqual } from 'node:util'
import type { PeerConnectionInput, PeerConnectionCommand } from '../../../machines/call/callEvents.ts'
import { callMachine } from '../../../machines/call/callMachine.ts'
import { limits } from '../../../machines/protocol/limits.ts'
import type { PeerMessage } from '../../../machines/protocol/messages.ts'
import type { Invariants, Step } from '../graph.ts'

/** Invariants of one end of a call, for any events from the room, the peer, the browser and the clock. */

type CallStep = Step<typeof callMachine>

/** Rules of every step of the call machine. */
export const invariants: Invariants<typeof callMachine> = {
  'there is at most one connection, and the context names it': ({ after }) =>
    isDeepStrictEqual(Object.keys(after.children), after.context.connection === null ? [] : ['peerConnection']),
  'the old connection is closed before a new one is opened': (step) => {
    const types = step.actions.map(({ type }) => type)
    const opened = types.indexOf('xstate.spawnChild')
    return (
      opened === -1 ||
      (types.lastIndexOf('xstate.spawnChild') === opened && types.slice(0, opened).includes('xstate.stopChild'))
    )
  },
  'every connection gets a new id': ({ before, after }) =>
    after.context.connectionCount >= before.context.connectionCount &&
    (after.context.connectionCount === before.context.connectionCount ||
      after.context.connection?.endsWith(`.${after.context.connectionCount}`) === true),
  'a visitor without a seat has neither a connection nor a call': ({ after }) =>
    after.context.seat !== null ||
    (after.context.connection === null && (after.value === 'idle' || after.value === 'hangup')),

  'an answer that was not requested is not applied': (step) =>
    ordered(step, 'applyAnswer').every(
      ({ connection, negotiation }) =>
        step.event.type === 'answer.received' &&
        connection === step.before.context.connection &&
        negotiation === step.before.context.pendingNegotiation,
    ),
  'the requested answer is applied': (step) => {
    const {
      before: { context },
      event,
    } = step
    const isAsked =
      event.type === 'answer.received' &&
      event.connection === context.connection &&
      event.negotiation === context.pendingNegotiation
    return !isAsked || ordered(step, 'applyAnswer').length === 1
  },
  'an answer is applied once': ({ before, event, after }) =>
    event.type !== 'answer.received' ||
    event.negotiation !== before.context.pendingNegotiation ||
    event.connection !== before.context.connection ||
    after.context.pendingNegotiation === null,
  'a stale offer is not applied': (step) =>
    ordered(step, 'applyOffer').every(({ connection, negotiation }) => {
      const { context } = step.before
      return connection === context.connection ? negotiation > context.completedNegotiation : negotiation === 1
    }),
  'on an offer collision the polite peer yields': (step) =>
    !isOfferCollision(step) || step.before.context.role !== 'polite' || ordered(step, 'applyOffer').length === 1,
  'on an offer collision the impolite peer does not yield': (step) =>
    !isOfferCollision(step) ||
    step.before.context.role !== 'impolite' ||
    ordered(step, 'applyOffer').length === 0 ||
    isReplacement(step),
  'a created offer is the pending negotiation and has the next number': (step) =>
    ordered(step, 'createOffer').every(({ negotiation }) => {
      const { pendingNegotiation: asked, negotiation: newest } = step.after.context
      const [theirs] = ordered(step, 'applyOffer')
      const before = isOpened(step) ? 0 : Math.max(step.before.context.negotiation, theirs?.negotiation ?? 0)
      return negotiation === asked && negotiation === newest && negotiation === before + 1
    }),

  'candidates of another connection are neither stored nor added': (step) => {
    if (step.event.type !== 'candidate.received' || step.event.connection === step.before.context.connection)
      return true
    return (
      ordered(step, 'addCandidate').length === 0 &&
      isDeepStrictEqual(step.after.context.pendingCandidates, step.before.context.pendingCandidates)
    )
  },
  'a candidate with an unknown ufrag is not added': (step) =>
    ordered(step, 'addCandidate').every(
      ({ candidate: { usernameFragment } }) =>
        step.after.context.remoteUfrag !== null &&
        (usernameFragment === null || usernameFragment === step.after.context.remoteUfrag),
    ),
  'a candidate of the current description is added at once': (step) => {
    const {
      before: {
        context: { connection, remoteUfrag: ufrag },
      },
      event,
    } = step
    if (event.type !== 'candidate.received' || event.connection !== connection || ufrag === null) return true
    return event.candidate.usernameFragment !== ufrag || ordered(step, 'addCandidate').length === 1
  },
  'an early candidate is added with its description': (step) => {
    const { before, event } = step
    if (ordered(step, 'applyAnswer').length === 0 && (ordered(step, 'applyOffer').length === 0 || isOpened(step)))
      return true
    const timely = before.context.pendingCandidates.filter(
      ({ usernameFragment }) => usernameFragment === null || usernameFragment === step.after.context.remoteUfrag,
    )
    return (
      'sdp' in event &&
      isDeepStrictEqual(
        ordered(step, 'addCandidate').map(({ candidate }) => candidate),
        timely,
      )
    )
  },
  'pending candidates belong to one description and are limited': ({ after, ...step }) =>
    after.context.pendingCandidates.length <= limits.pendingCandidates &&
    (ordered({ after, ...step }, 'applyAnswer').length === 0 || after.context.pendingCandidates.length === 0),

  'messages carry the id of the current connection': (step) =>
    sentMessages(step).every(
      (message) => !('connection' in message) || message.connection === step.after.context.connection,
    ),
  'only the pending offer and the newest answer are sent': (step) =>
    sentMessages(step).every(
      (message) =>
        (message.type !== 'offer' || message.negotiation === step.after.context.pendingNegotiation) &&
        (message.type !== 'answer' || message.negotiation === step.after.context.completedNegotiation),
    ),
  'nothing is sent after the end of the call': (step) => {
    const { before, after } = step
    return !(isOver(before) && isOver(after)) || sentMessages(step).length === 0
  },
  'only the end that hangs up sends hangup': (step) =>
    sentMessages(step).filter(({ type }) => type === 'hangup').length ===
    (step.event.type === 'user.hungUp' && !isOver(step.before) ? 1 : 0),
  'a call ends with a reason and emits call.ended': ({ before, after, effects }) => {
    const ends = after.value === 'hangup' && before.value !== 'hangup'
    const endEffects = effects.filter(({ type }) => type === 'call.ended')
    return (
      (after.value !== 'hangup' || after.context.reason !== null) &&
      (!ends || isDeepStrictEqual(endEffects, [{ type: 'call.ended', reason: after.context.reason }]))
    )
  },
  'an ended call stays over until somebody asks for another': ({ before, event, after }) =>
    before.value !== 'hangup' ||
    after.value === 'hangup' ||
    ['join.accepted', 'user.retried', 'peer.joined', 'offer.received', 'unauthenticatedOffer.received'].includes(
      event.type,
    ),
  'the reason matches the event': ({ before, event, after }) => {
    if (after.value !== 'hangup' || before.value === 'hangup') return true
    const reasons: Record<string, string[]> = {
      'user.hungUp': ['local'],
      'hangup.received': ['remote'],
      'peer.left': ['left'],
      'recovery.timedOut': ['lost'],
      'transport.failed': ['failed', 'lost'],
      'connection.failed': ['failed', 'lost'],
    }
    if (event.type === 'seat.lost') return after.context.reason === event.reason
    // The transport is down and the other seat is free.
    if (after.context.reason === 'left')
      return after.context.peer === 'absent' && (event.type === 'peer.left' || before.matches('connected'))
    return (reasons[event.type] ?? ['failed', 'lost']).includes(after.context.reason ?? '')
  },

  'no server event ends a flowing call': ({ before, event, after }) =>
    !before.matches({ connected: 'flowing' }) || !fromServer.has(event.type) || after.matches('connected'),
  'a flowing call never changes its peer without proof or consent': (step) => {
    const { before, event, after } = step
    return (
      !before.matches({ connected: 'flowing' }) ||
      event.type === 'offer.received' ||
      [null, before.context.connection].includes(after.context.connection)
    )
  },
  'no message of an unauthenticated peer reaches the browser before the user accepts': (step) =>
    !isUnauthenticated(step) || (!isOpened(step) && step.actions.every(({ type }) => type !== 'xstate.sendTo')),
  'an unauthenticated peer does not change a flowing call': ({ before, event, after }) =>
    !before.matches({ connected: 'flowing' }) ||
    !event.type.startsWith('unauthenticated') ||
    isDeepStrictEqual(
      [after.value, { ...after.context, unauthenticatedPeer: null }],
      [before.value, { ...before.context, unauthenticatedPeer: null }],
    ),
  'the user is asked about an unauthenticated peer only': ({ before, event, after }) =>
    !after.matches('unauthenticatedPeer') ||
    (after.context.unauthenticatedPeer !== null &&
      (before.matches('unauthenticatedPeer') ||
        event.type.startsWith('unauthenticated') ||
        (before.matches('connected') && after.context.hasTransportFailed))),
  'an accepted peer gets the connection that it offered, or a new one': (step) => {
    if (step.event.type !== 'user.acceptedPeer' || !step.before.matches('unauthenticatedPeer')) return true
    const { unauthenticatedPeer } = step.before.context
    return (
      step.effects.some(({ type }) => type === 'unauthenticatedPeer.accepted') &&
      isOpened(step) &&
      (unauthenticatedPeer?.offer
        ? isDeepStrictEqual(
            ordered(step, 'applyOffer').map(({ connection }) => connection),
            [unauthenticatedPeer.offer.connection],
          )
        : ordered(step, 'createOffer').length === 1)
    )
  },

  'media is reported within a call only, and stopped at the latest when the call ends': (step) => {
    const { before, after } = step
    const reports = step.effects
      .filter((effect) => effect.type === 'media.reported')
      .map(({ mediaFlow: media }) => media)
    if (reports.includes('flowing'))
      return after.matches({ connected: 'flowing' }) && (step.event.type === 'media.started' || isKnownAgain(step))
    return !before.matches('connected') || after.matches('connected') || reports.at(-1) === 'stopped'
  },
  'replacing a connection reports media as stopped': (step) =>
    !step.before.matches('connected') ||
    !isOpened(step) ||
    step.effects.some((effect) => effect.type === 'media.reported' && effect.mediaFlow === 'stopped'),
  'the peer’s presence is stored': ({ event, after }) => {
    const presence: Record<string, string> = {
      'peer.joined': 'connected',
      'peer.reconnected': 'connected',
      'peer.disconnected': 'disconnected',
      'peer.left': 'absent',
    }
    return after.context.seat === null || !presence[event.type] || after.context.peer === presence[event.type]
  },
  'a visitor alone in a room has an offer or is about to create one': ({ after }) =>
    after.context.seat === null || after.context.peer !== 'absent' || after.value !== 'idle',
  'connecting ends after the maximum number of attempts': ({ after }) =>
    (!after.matches('offering') && !after.matches('answering')) ||
    after.context.failedAttempts < limits.connectAttempts,
  'a restart needs the server and the peer, and stays within its budget': (step) =>
    !isIceRestart(step) ||
    (step.before.context.signaling === 'up' &&
      step.before.context.peer === 'connected' &&
      step.before.context.recentRestarts < limits.iceRestartsPerMinute),
  'two failed restarts lead to a new connection, and then to relay only': (step) => {
    const { failedAttempts: attempts } = step.before.context
    if (!step.before.matches('connected') || !step.event.type.startsWith('xstate.after.maxRestartDelay')) return true
    const [opened] = inputs(step)
    return (
      (opened ? attempts >= limits.failedIceRestarts : attempts < limits.failedIceRestarts || !isIceRestart(step)) &&
      (!opened || opened.relayOnly === attempts > limits.failedIceRestarts)
    )
  },
  'hanging up also sends hangup on the data channel before the connection closes': (step) =>
    step.event.type !== 'user.hungUp' ||
    isOver(step.before) ||
    step.before.context.connection === null ||
    ordered(step, 'sendHangup').length === 1,
  'a network change checks the transport': (step) =>
    step.event.type !== 'network.changed' ||
    !step.before.matches({ connected: 'flowing' }) ||
    ordered(step, 'checkTransport').length === 1,
  'the state of the signaling connection is stored': ({ before, event, after }) => {
    if (event.type === 'signaling.lost') return after.context.signaling === 'down'
    if (event.type === 'signaling.alive')
      return after.context.signaling === (before.context.signaling === 'down' ? 'down' : 'up')
    return event.type !== 'join.accepted' || after.context.signaling === 'up'
  },
  'a stalled transport makes the signaling connection suspect': ({ before, event, after }) =>
    !before.matches({ connected: 'flowing' }) ||
    !['transport.disconnected', 'transport.failed'].includes(event.type) ||
    after.context.signaling !== 'up',
  // An unchanged context was checked with the step that produced it.
  'the context is plain data': ({ previous, before, after }) =>
    (previous !== null && after.context === before.context) ||
    isDeepStrictEqual(JSON.parse(JSON.stringify(after.context)), after.context),
}

/**
 * Events that the server can send, or forge as messages of the peer. `seat.lost` comes from the membership machine.
 */
const fromServer = new Set([
  'join.accepted',
  'peer.joined',
  'peer.disconnected',
  'peer.left',
  'peer.reconnected',
  'messages.lost',
  'signaling.lost',
  'signaling.alive',
  'answer.received',
  'offer.received',
  'candidate.received',
  'unauthenticatedOffer.received',
  'unauthenticatedAnswer.received',
])

const isUnauthenticated = ({ before, event }: CallStep): boolean =>
  event.type.startsWith('unauthenticated') ||
  (event.type === 'candidate.received' && event.connection === before.context.unauthenticatedPeer?.offer?.connection)

type Order<T extends PeerConnectionCommand['type']> = Extract<PeerConnectionCommand, { type: T }>

/** Commands of one type that the step sent to the peer connection. */
const ordered = <T extends PeerConnectionCommand['type']>({ actions }: CallStep, type: T): Order<T>[] =>
  actions
    .filter((action) => action.type === 'xstate.sendTo')
    .map(({ params }) => params.event as PeerConnectionCommand)
    .filter((order): order is Order<T> => order.type === type)

/** Inputs of the peer connections that the step opened. */
const inputs = ({ actions }: CallStep): PeerConnectionInput[] =>
  actions.filter(({ type }) => type === 'xstate.spawnChild').map(({ params }) => params.input as PeerConnectionInput)

/** The step made an ICE restart, or a new connection in place of the current one. */
/** Two visitors in a flowing call have seats again. */
const isKnownAgain = ({ before, after, event }: CallStep): boolean =>
  before.matches({ connected: 'flowing' }) &&
  after.context.peer !== 'absent' &&
  (event.type === 'peer.joined' || (event.type === 'join.accepted' && !event.resumed))

const isIceRestart = ({ before, after, event, actions }: CallStep): boolean =>
  before.matches('connected') &&
  event.type !== 'messages.lost' &&
  actions.some(({ type }) => type === 'xstate.sendTo') &&
  (after.matches({ connected: 'restartingIce' }) || after.matches({ connected: 'recreating' })) &&
  after.context.recentRestarts > before.context.recentRestarts

const sentMessages = ({ effects }: CallStep): PeerMessage[] =>
  effects.flatMap((effect) => (effect.type === 'message.outgoing' ? effect.message : []))
const isOpened = ({ actions }: CallStep): boolean => actions.some(({ type }) => type === 'xstate.spawnChild')
const isOver = ({ value }: CallStep['before']): boolean => value === 'hangup' || value === 'idle'

/**
 * An offer arrives while a local offer is pending. It is on the current connection or, before the transport connects,
 * on a new one.
 */
function isOfferCollision({ before, event }: CallStep): boolean {
  const { pendingNegotiation: asked, completedNegotiation: agreed, connection } = before.context
  if (event.type !== 'offer.received' || asked === null) return false
  return event.connection === connection ? event.negotiation > agreed : event.negotiation === 1
}

/** Within a call, a new connection of the peer voids the current one, so the impolite peer yields. */
const isReplacement = ({ before, event }: CallStep): boolean =>
  (before.matches('connected') || (before.matches('unauthenticatedPeer') && before.context.pendingNegotiation !== 1)) &&
  event.type === 'offer.received' &&
  event.connection !== before.context.connection
