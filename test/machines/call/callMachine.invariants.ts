import { isDeepStrictEqual } from 'node:util'
import type { PeerConnectionInput, PeerConnectionCommand } from '../../../machines/call/callEvents.ts'
import { callMachine } from '../../../machines/call/callMachine.ts'
import { limits } from '../../../machines/protocol/limits.ts'
import type { PeerMessage } from '../../../machines/protocol/messages.ts'
import type { Invariants, Step } from '../graph.ts'

/** What holds at one end of every call, whatever the room, the other end, the browser and the clock do. */

type CallStep = Step<typeof callMachine>

export const invariants: Invariants<typeof callMachine> = {
  'there is one connection at most, and the context names it': ({ after }) =>
    isDeepStrictEqual(Object.keys(after.children), after.context.connection === null ? [] : ['peerConnection']),
  'an old connection is closed before a new one is opened': (step) => {
    const types = step.actions.map(({ type }) => type)
    const opened = types.indexOf('xstate.spawnChild')
    return (
      opened === -1 ||
      (types.lastIndexOf('xstate.spawnChild') === opened && types.slice(0, opened).includes('xstate.stopChild'))
    )
  },
  'a name is given to one connection only': ({ before, after }) =>
    after.context.connectionCount >= before.context.connectionCount &&
    (after.context.connectionCount === before.context.connectionCount ||
      after.context.connection?.endsWith(`.${after.context.connectionCount}`) === true),
  'who has no seat has no connection and is out of every call': ({ after }) =>
    after.context.seat !== null ||
    (after.context.connection === null && (after.value === 'idle' || after.value === 'hangup')),

  'no answer is taken that was not asked for': (step) =>
    ordered(step, 'applyAnswer').every(
      ({ connection, negotiation }) =>
        step.event.type === 'answer.received' &&
        connection === step.before.context.connection &&
        negotiation === step.before.context.pendingNegotiation,
    ),
  'the answer that was asked for is taken': (step) => {
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
  'an answer is taken once': ({ before, event, after }) =>
    event.type !== 'answer.received' ||
    event.negotiation !== before.context.pendingNegotiation ||
    event.connection !== before.context.connection ||
    after.context.pendingNegotiation === null,
  'an offer of the past is not taken': (step) =>
    ordered(step, 'applyOffer').every(({ connection, negotiation }) => {
      const { context } = step.before
      return connection === context.connection ? negotiation > context.completedNegotiation : negotiation === 1
    }),
  'when offers cross, the polite side yields': (step) =>
    !isCrossing(step) || step.before.context.role !== 'polite' || ordered(step, 'applyOffer').length === 1,
  'when offers cross, the impolite side does not': (step) =>
    !isCrossing(step) ||
    step.before.context.role !== 'impolite' ||
    ordered(step, 'applyOffer').length === 0 ||
    isReplacement(step),
  'an offer of our own is open as long as it is asked, and numbered on': (step) =>
    ordered(step, 'createOffer').every(({ negotiation }) => {
      const { pendingNegotiation: asked, negotiation: newest } = step.after.context
      const [theirs] = ordered(step, 'applyOffer')
      const before = isOpened(step) ? 0 : Math.max(step.before.context.negotiation, theirs?.negotiation ?? 0)
      return negotiation === asked && negotiation === newest && negotiation === before + 1
    }),

  'no candidate of another connection is kept or tried': (step) => {
    if (step.event.type !== 'candidate.received' || step.event.connection === step.before.context.connection)
      return true
    return (
      ordered(step, 'addCandidate').length === 0 &&
      isDeepStrictEqual(step.after.context.pendingCandidates, step.before.context.pendingCandidates)
    )
  },
  'no candidate is tried under a foreign ufrag': (step) =>
    ordered(step, 'addCandidate').every(
      ({ candidate: { usernameFragment } }) =>
        step.after.context.remoteUfrag !== null &&
        (usernameFragment === null || usernameFragment === step.after.context.remoteUfrag),
    ),
  'a candidate of the description in force is tried at once': (step) => {
    const {
      before: {
        context: { connection, remoteUfrag: ufrag },
      },
      event,
    } = step
    if (event.type !== 'candidate.received' || event.connection !== connection || ufrag === null) return true
    return event.candidate.usernameFragment !== ufrag || ordered(step, 'addCandidate').length === 1
  },
  'a candidate that came early is tried with its description': (step) => {
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
  'candidates wait for one description only, and not too many': ({ after, ...step }) =>
    after.context.pendingCandidates.length <= limits.pendingCandidates &&
    (ordered({ after, ...step }, 'applyAnswer').length === 0 || after.context.pendingCandidates.length === 0),

  'what is said is about the connection in use': (step) =>
    said(step).every((message) => !('connection' in message) || message.connection === step.after.context.connection),
  'an offer is said when it is wanted, and an answer to the newest only': (step) =>
    said(step).every(
      (message) =>
        (message.type !== 'offer' || message.negotiation === step.after.context.pendingNegotiation) &&
        (message.type !== 'answer' || message.negotiation === step.after.context.completedNegotiation),
    ),
  'nothing is said after the end': (step) => {
    const { before, after } = step
    return !(isOver(before) && isOver(after)) || said(step).length === 0
  },
  'good-bye is said by who hangs up, and by nobody else': (step) =>
    said(step).filter(({ type }) => type === 'hangup').length ===
    (step.event.type === 'user.hungUp' && !isOver(step.before) ? 1 : 0),
  'an end has a reason, and is told': ({ before, after, event, effects }) => {
    const ends = after.value === 'hangup' && (before.value !== 'hangup' || event.type === 'user.hungUp')
    const told = effects.filter(({ type }) => type === 'call.ended')
    return (
      (after.value !== 'hangup' || after.context.reason !== null) &&
      (!ends || isDeepStrictEqual(told, [{ type: 'call.ended', reason: after.context.reason }]))
    )
  },
  'the reason is that of what happened': ({ before, event, after }) => {
    if (after.value !== 'hangup' || before.value === 'hangup') return true
    const reasons: Record<string, string[]> = {
      'user.hungUp': ['local'],
      'hangup.received': ['remote'],
      'peer.left': ['left'],
      'recovery.timedOut': ['lost'],
      'transport.failed': ['failed', 'lost'],
      'connection.failed': ['failed', 'lost'],
    }
    if (event.type === 'room.left') return after.context.reason === event.reason
    // Nothing arrives, and nobody has the other seat.
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
  'nothing that a stranger says is given to the browser before the person accepts': (step) =>
    !isUnauthenticated(step) || (!isOpened(step) && step.actions.every(({ type }) => type !== 'xstate.sendTo')),
  'a stranger leaves a flowing call as it was': ({ before, event, after }) =>
    !before.matches({ connected: 'flowing' }) ||
    !event.type.startsWith('unauthenticated') ||
    isDeepStrictEqual(
      [after.value, { ...after.context, unauthenticatedPeer: null }],
      [before.value, { ...before.context, unauthenticatedPeer: null }],
    ),
  'the person is asked about a stranger, and about nobody else': ({ before, event, after }) =>
    !after.matches('unauthenticatedPeer') ||
    (after.context.unauthenticatedPeer !== null &&
      (before.matches('unauthenticatedPeer') ||
        event.type.startsWith('unauthenticated') ||
        (before.matches('connected') && after.context.hasTransportFailed))),
  'a stranger who was accepted is met on the connection that they offered, or on a new one of ours': (step) => {
    if (step.event.type !== 'user.acceptedPeer' || !step.before.matches('unauthenticatedPeer')) return true
    const { unauthenticatedPeer: stranger } = step.before.context
    return (
      step.effects.some(({ type }) => type === 'unauthenticatedPeer.accepted') &&
      isOpened(step) &&
      (stranger?.offer
        ? isDeepStrictEqual(
            ordered(step, 'applyOffer').map(({ connection }) => connection),
            [stranger.offer.connection],
          )
        : ordered(step, 'createOffer').length === 1)
    )
  },

  'media is reported from within a call only, and its end at the latest when the call ends': (step) => {
    const { before, after } = step
    const reports = step.effects
      .filter((effect) => effect.type === 'media.reported')
      .map(({ mediaFlow: media }) => media)
    if (reports.includes('flowing'))
      return after.matches({ connected: 'flowing' }) && (step.event.type === 'media.started' || isKnownAgain(step))
    return !before.matches('connected') || after.matches('connected') || reports.at(-1) === 'stopped'
  },
  'a connection that is given up has no media': (step) =>
    !step.before.matches('connected') ||
    !isOpened(step) ||
    step.effects.some((effect) => effect.type === 'media.reported' && effect.mediaFlow === 'stopped'),
  'the other side’s presence is noted': ({ event, after }) => {
    const presence: Record<string, string> = {
      'peer.joined': 'connected',
      'peer.reconnected': 'connected',
      'peer.disconnected': 'disconnected',
      'peer.left': 'absent',
    }
    return after.context.seat === null || !presence[event.type] || after.context.peer === presence[event.type]
  },
  'who is alone in a room waits with an offer, or will in a moment': ({ after }) =>
    after.context.seat === null || after.context.peer !== 'absent' || after.value !== 'idle',
  'what cannot be connected is given up in the end': ({ after }) =>
    (!after.matches('offering') && !after.matches('answering')) ||
    after.context.failedAttempts < limits.connectAttempts,
  'a restart is made where it is heard of, and no more often than may be': (step) =>
    !isIceRestart(step) ||
    (step.before.context.signaling === 'up' &&
      step.before.context.peer === 'connected' &&
      step.before.context.recentRestarts < limits.iceRestartsPerMinute),
  'after two restarts in vain there is a new connection, and after that the relay alone': (step) => {
    const { failedAttempts: attempts } = step.before.context
    if (!step.before.matches('connected') || !step.event.type.startsWith('xstate.after.restartDelay')) return true
    const [opened] = inputs(step)
    return (
      (opened ? attempts >= limits.failedIceRestarts : attempts < limits.failedIceRestarts || !isIceRestart(step)) &&
      (!opened || opened.relayOnly === attempts > limits.failedIceRestarts)
    )
  },
  'who hangs up says so on the connection, too, before it is closed': (step) =>
    step.event.type !== 'user.hungUp' ||
    isOver(step.before) ||
    step.before.context.connection === null ||
    ordered(step, 'sendHangup').length === 1,
  'a path is looked at when the network has changed': (step) =>
    step.event.type !== 'network.changed' ||
    !step.before.matches({ connected: 'flowing' }) ||
    ordered(step, 'checkTransport').length === 1,
  'whether anything can be said is noted': ({ before, event, after }) => {
    if (event.type === 'signaling.lost') return after.context.signaling === 'down'
    if (event.type === 'signaling.alive')
      return after.context.signaling === (before.context.signaling === 'down' ? 'down' : 'up')
    return event.type !== 'join.accepted' || after.context.signaling === 'up'
  },
  'when nothing arrives any more, the line has to prove itself': ({ before, event, after }) =>
    !before.matches({ connected: 'flowing' }) ||
    !['transport.disconnected', 'transport.failed'].includes(event.type) ||
    after.context.signaling !== 'up',
  // A context that stays was judged with the step that brought it.
  'a call is plain data': ({ previous, before, after }) =>
    (previous !== null && after.context === before.context) ||
    isDeepStrictEqual(JSON.parse(JSON.stringify(after.context)), after.context),
}

/** What the server can say, or make look as if the other side had said it. `room.left` is what the visit concludes. */
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

/** What the connection is told to do. */
const ordered = <T extends PeerConnectionCommand['type']>({ actions }: CallStep, type: T): Order<T>[] =>
  actions
    .filter((action) => action.type === 'xstate.sendTo')
    .map(({ params }) => params.event as PeerConnectionCommand)
    .filter((order): order is Order<T> => order.type === type)

/** The connections that are opened. */
const inputs = ({ actions }: CallStep): PeerConnectionInput[] =>
  actions.filter(({ type }) => type === 'xstate.spawnChild').map(({ params }) => params.input as PeerConnectionInput)

/** The state is entered, perhaps anew: a restart of ours, or a new connection in place of one that was in use. */
/** Two who talk have seats again. */
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

const said = ({ effects }: CallStep): PeerMessage[] =>
  effects.flatMap((effect) => (effect.type === 'message.outgoing' ? effect.message : []))
const isOpened = ({ actions }: CallStep): boolean => actions.some(({ type }) => type === 'xstate.spawnChild')
const isOver = ({ value }: CallStep['before']): boolean => value === 'hangup' || value === 'idle'

/** An offer comes while ours is open, on the same connection or, before there is a way, on a rival one. */
function isCrossing({ before, event }: CallStep): boolean {
  const { pendingNegotiation: asked, completedNegotiation: agreed, connection } = before.context
  if (event.type !== 'offer.received' || asked === null) return false
  return event.connection === connection ? event.negotiation > agreed : event.negotiation === 1
}

/** Within a call, a new connection of the other side means that the one in use is void: there is nothing to insist on. */
const isReplacement = ({ before, event }: CallStep): boolean =>
  (before.matches('connected') || (before.matches('unauthenticatedPeer') && before.context.pendingNegotiation !== 1)) &&
  event.type === 'offer.received' &&
  event.connection !== before.context.connection
