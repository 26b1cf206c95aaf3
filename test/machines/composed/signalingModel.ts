import {
  acknowledge,
  close,
  emptyOutbox,
  open,
  type OutboxModel,
  type PostedMessage,
  resend,
  sendMessage as queueMessage,
} from './outboxModel.ts'
import type { AskRequest } from '../../../machines/signaling/signalingEvents.ts'
import {
  newSocketModel,
  type Reply,
  type Request,
  type SentMessage,
  type JoinCommand,
  type JoinRequest,
  type SocketModel,
} from './channelTypes.ts'

/**
 * The signaling connection of a page as one value. It models client/signaling/socketActor.ts, roomSubscription.ts
 * and the outbox, with all current and former sockets.
 */
export interface SignalingModel {
  outbox: OutboxModel
  /** Oldest first. The last one is the page's own while there is a `socket`. */
  wires: SocketModel[]
  socket: Socket | null
  /** The page's life, the number of messages sent in it, and the last message received; used by the checks only. */
  life: number
  sentCount: number
  lastReceived: { life: number; nth: number } | null
}

/** One run of the actor `socket`. */
interface Socket {
  stay: 'none' | 'asked' | 'in' | 'over'
  /** Number of the current subscription on this socket. */
  subscription: number
  /** A leave that waits until all messages are acknowledged, and then for its answer. */
  leaving: { isIn: boolean; isSent: boolean } | null
  /** The join that waits for the answer to the leave. */
  next: JoinRequest | null
  /** A probe is running. */
  isProbed: boolean
  /** Number of the current visit on this socket; null without one. */
  visit: number | null
  /** Number of visits on this socket so far. */
  visits: number
}

/** Returns a signaling connection without a socket of its own. */
export const newSignalingModel = (life: number, wires: SocketModel[], outbox = emptyOutbox): SignalingModel => ({
  outbox,
  wires,
  socket: null,
  life,
  sentCount: 0,
  lastReceived: null,
})

/** Returns the current socket; null without one. */
export const ownWire = ({ socket, wires }: SignalingModel): SocketModel | null =>
  socket ? (wires.at(-1) ?? null) : null

/** Data sent into a dead socket is lost. */
export function send(line: SignalingModel, ...requests: Request[]): SignalingModel {
  const wire = ownWire(line)
  return wire && !wire.isCut ? withOwn(line, { ...wire, up: [...wire.up, ...requests] }) : line
}

/** Replaces the current socket. */
export const withOwn = (line: SignalingModel, wire: SocketModel): SignalingModel => ({
  ...line,
  wires: [...line.wires.slice(0, -1), wire],
})

/** Starts the actor with a new socket. */
export function openSocket(line: SignalingModel): SignalingModel {
  return {
    ...line,
    wires: [...line.wires, newSocketModel],
    socket: { stay: 'none', subscription: 0, leaving: null, next: null, isProbed: false, visit: null, visits: 0 },
  }
}

/** Stops the actor; its requests are still in transit. */
export function closeSocket(before: SignalingModel): SignalingModel {
  const line = stopVisit(before)
  const { socket } = line
  if (!socket) return line
  const stopped = isListening(socket) ? send(line, { type: 'stop', subscription: socket.subscription }) : line
  const last = socket.leaving && !socket.leaving.isSent ? send(stopped, { type: 'leave', pageClosing: false }) : stopped
  const wires = last.wires.map((wire, index) => (index === last.wires.length - 1 ? { ...wire, isGone: true } : wire))
  return dropClosedWires({
    ...last,
    wires: wires.filter(({ isGone, isOpen }) => isOpen || !isGone),
    outbox: close(last.outbox),
    socket: null,
  })
}

/** The page is gone, with all unsent messages. */
export const abandonSocket = (line: SignalingModel): SignalingModel =>
  dropClosedWires({
    ...line,
    wires: line.wires.map((wire) => ({ ...wire, isGone: true })).filter(({ isOpen }) => isOpen),
    socket: null,
  })

/** Removes sockets that neither end will use again. */
export const dropClosedWires = (line: SignalingModel): SignalingModel => ({
  ...line,
  wires: line.wires.filter(({ isGone, up, stay, visit }) => !isGone || up.length > 0 || stay || visit),
})

const isListening = ({ stay }: Socket): boolean => stay === 'asked' || stay === 'in'

/** The network decides at any time whether a socket is dead. */
export const probe = (line: SignalingModel): SignalingModel =>
  line.socket ? { ...line, socket: { ...line.socket, isProbed: true } } : line
/** Ends the probe. */
export const markAlive = (line: SignalingModel): SignalingModel =>
  line.socket ? { ...line, socket: { ...line.socket, isProbed: false } } : line

/** Replaces the current visit, and so the request for admission. */
export function visit(before: SignalingModel, ask: AskRequest | null): SignalingModel {
  const line = stopVisit(before)
  const { socket } = line
  if (!socket) return line
  const number = socket.visits + 1
  return send({ ...line, socket: { ...socket, visit: number, visits: number } }, { type: 'visit', number, ask })
}

/** Ends the current visit. */
export function stopVisit(line: SignalingModel): SignalingModel {
  const { socket } = line
  if (!socket || socket.visit === null) return line
  return send({ ...line, socket: { ...socket, visit: null } }, { type: 'stopVisit', number: socket.visit })
}

/** Replaces the current subscription. During a leave the join waits for its answer. */
export function join(line: SignalingModel, order: JoinCommand & { preparation?: number | null }): SignalingModel {
  const { socket } = line
  if (!socket) return line
  const stopped =
    isListening(socket) && !socket.next ? send(line, { type: 'stop', subscription: socket.subscription }) : line
  const next = { ...order, subscription: socket.subscription + 1 }
  const asked = { ...socket, stay: 'asked', subscription: next.subscription } as const
  return socket.leaving ? { ...stopped, socket: { ...asked, next } } : send({ ...stopped, socket: asked }, next)
}

/** Leaves the seat once all messages are acknowledged. */
export function leave(line: SignalingModel): SignalingModel {
  const { socket } = line
  if (!socket || socket.stay === 'none') return line
  // A subscription that was not sent yet needs no leave.
  if (socket.next) return { ...line, socket: { ...socket, stay: 'none', next: null } }
  return settle({
    ...line,
    socket: { ...socket, stay: 'none', leaving: { isIn: socket.stay === 'in', isSent: false } },
  })
}

/** Sends the leave once all messages are acknowledged, or after the maximum wait. */
export function settle(line: SignalingModel, hasWaited = false): SignalingModel {
  const { socket, outbox } = line
  if (!socket?.leaving || socket.leaving.isSent || (outbox.messages.length > 0 && !hasWaited)) return line
  return send(
    { ...line, socket: { ...socket, leaving: { ...socket.leaving, isSent: true } } },
    { type: 'leave', pageClosing: false },
  )
}

/** The server has acknowledged the leave. */
export function onLeft(line: SignalingModel): SignalingModel {
  const { socket } = line
  if (!socket?.leaving) return line
  const subscription = socket.next ? socket.subscription - 1 : socket.subscription
  const after = send({ ...line, socket: { ...socket, leaving: null, next: null } }, { type: 'stop', subscription })
  return socket.next ? send(after, socket.next) : after
}

/** Handles an accepted join. The visit ends after it, because its end withdraws an admission. */
export function onJoined(
  visiting: SignalingModel,
  { seat: { acked, resumed } }: Extract<Reply, { type: 'joined' }>,
): SignalingModel {
  const line = stopVisit(visiting)
  const [outbox, posted] = open(line.outbox, { acked, resumed })
  const socket = line.socket && { ...line.socket, stay: 'in' as const }
  // Earlier messages are dropped together with their seat.
  const judged = resumed ? {} : { life: line.life + 1, sentCount: 0, lastReceived: null }
  return post({ ...line, ...judged, outbox, socket }, posted)
}

/** Handles the end of the subscription or of the socket. */
export function closeByServer(visiting: SignalingModel): SignalingModel {
  const line = stopVisit(visiting)
  return { ...line, outbox: close(line.outbox), socket: line.socket && { ...line.socket, stay: 'over' } }
}

/** Sends a message, or stores it in the outbox. */
export function sendMessage(line: SignalingModel, message: SentMessage['message']): SignalingModel {
  const sent: SentMessage = { life: line.life, nth: line.sentCount + 1, message }
  const [outbox, posted] = queueMessage(line.outbox, sent)
  return post({ ...line, outbox, sentCount: line.sentCount + 1 }, posted)
}

/** Handles the answer to a message on the page's own socket. */
export function onSendAnswered(
  line: SignalingModel,
  answer: number | 'out-of-order' | 'seat-lost' | 'not-joined',
  isOld: boolean,
): SignalingModel {
  if (typeof answer === 'number') return settle({ ...line, outbox: acknowledge(line.outbox, answer) })
  if (answer !== 'out-of-order' || isOld) return line
  const wire = ownWire(line)
  const up = wire?.up.map((request) => (request.type === 'send' ? { ...request, isOld: true } : request)) ?? []
  return post(wire ? withOwn(line, { ...wire, up }) : line, resend(line.outbox))
}

const post = (line: SignalingModel, posted: PostedMessage[]): SignalingModel =>
  send(line, ...posted.map(({ n, sent }) => ({ type: 'send', n, sent, isOld: false }) as const))
