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
import {
  newSocketModel,
  type Reply,
  type Request,
  type SentMessage,
  type JoinCommand,
  type SocketModel,
} from './channelTypes.ts'

/** The speaking half of a page: client/signaling/signalingActor.ts, roomSubscription.ts and the outbox as one value, and the sockets that it has and had. */
export interface SignalingModel {
  outbox: OutboxModel
  /** The oldest first. The last is the page's own while it has a `socket`. */
  wires: SocketModel[]
  socket: Socket | null
  /** The judge's: which life of this page, how much it said in it, and what it heard last. */
  life: number
  said: number
  heard: { life: number; nth: number } | null
}

/** One run of the actor `socket`. */
interface Socket {
  stay: 'none' | 'asked' | 'in' | 'over'
  /** Which one of this socket. */
  subscription: number
  /** A good-bye that waits until everything is said, and then for its answer. */
  leaving: { isIn: boolean; isSent: boolean } | null
  /** What is asked for behind the good-bye. */
  next: (JoinCommand & { subscription: number }) | null
  /** Doubted: whether it is dead is asked. */
  isProbed: boolean
}

export const newSignalingModel = (life: number, wires: SocketModel[]): SignalingModel => ({
  outbox: emptyOutbox,
  wires,
  socket: null,
  life,
  said: 0,
  heard: null,
})

export const ownWire = ({ socket, wires }: SignalingModel): SocketModel | null =>
  socket ? (wires.at(-1) ?? null) : null

/** What is sent into a dead socket is gone. */
export function send(line: SignalingModel, ...requests: Request[]): SignalingModel {
  const wire = ownWire(line)
  return wire && !wire.isCut ? withOwn(line, { ...wire, up: [...wire.up, ...requests] }) : line
}

export const withOwn = (line: SignalingModel, wire: SocketModel): SignalingModel => ({
  ...line,
  wires: [...line.wires.slice(0, -1), wire],
})

export function openSocket(line: SignalingModel): SignalingModel {
  return {
    ...line,
    wires: [...line.wires, newSocketModel],
    socket: { stay: 'none', subscription: 0, leaving: null, next: null, isProbed: false },
  }
}

/** The actor is stopped: what it sent is still under way. */
export function closeSocket(line: SignalingModel): SignalingModel {
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

/** The page is gone, and with it all that it was about to say. */
export const abandonSocket = (line: SignalingModel): SignalingModel =>
  dropClosedWires({
    ...line,
    wires: line.wires.map((wire) => ({ ...wire, isGone: true })).filter(({ isOpen }) => isOpen),
    socket: null,
  })

/** Sockets that neither end will ever do anything with again. */
export const dropClosedWires = (line: SignalingModel): SignalingModel => ({
  ...line,
  wires: line.wires.filter(({ isGone, up, stay }) => !isGone || up.length > 0 || stay),
})

const isListening = ({ stay }: Socket): boolean => stay === 'asked' || stay === 'in'

/** Whether a socket is dead the network decides, at any time. */
export const probe = (line: SignalingModel): SignalingModel =>
  line.socket ? { ...line, socket: { ...line.socket, isProbed: true } } : line
export const markAlive = (line: SignalingModel): SignalingModel =>
  line.socket ? { ...line, socket: { ...line.socket, isProbed: false } } : line

export function join(line: SignalingModel, order: JoinCommand): SignalingModel {
  const { socket } = line
  if (!socket) return line
  const stopped =
    isListening(socket) && !socket.next ? send(line, { type: 'stop', subscription: socket.subscription }) : line
  const next = { ...order, subscription: socket.subscription + 1 }
  const asked = { ...socket, stay: 'asked', subscription: next.subscription } as const
  return socket.leaving ? { ...stopped, socket: { ...asked, next } } : send({ ...stopped, socket: asked }, next)
}

export function leave(line: SignalingModel): SignalingModel {
  const { socket } = line
  if (!socket || socket.stay === 'none') return line
  // One that was not begun is not to be left.
  if (socket.next) return { ...line, socket: { ...socket, stay: 'none', next: null } }
  return settle({
    ...line,
    socket: { ...socket, stay: 'none', leaving: { isIn: socket.stay === 'in', isSent: false } },
  })
}

/** The good-bye goes out once all is said, or when it has waited for long enough. */
export function settle(line: SignalingModel, hasWaited = false): SignalingModel {
  const { socket, outbox } = line
  if (!socket?.leaving || socket.leaving.isSent || (outbox.messages.length > 0 && !hasWaited)) return line
  return send(
    { ...line, socket: { ...socket, leaving: { ...socket.leaving, isSent: true } } },
    { type: 'leave', pageClosing: false },
  )
}

/** The server has heard the good-bye. */
export function onLeft(line: SignalingModel): SignalingModel {
  const { socket } = line
  if (!socket?.leaving) return line
  const subscription = socket.next ? socket.subscription - 1 : socket.subscription
  const after = send({ ...line, socket: { ...socket, leaving: null, next: null } }, { type: 'stop', subscription })
  return socket.next ? send(after, socket.next) : after
}

export function onJoined(
  line: SignalingModel,
  { seat: { acked: said, resumed } }: Extract<Reply, { type: 'joined' }>,
): SignalingModel {
  const [outbox, posted] = open(line.outbox, { said, resumed })
  const socket = line.socket && { ...line.socket, stay: 'in' as const }
  // What was said before is forgotten with the seat that it was said from.
  const judged = resumed ? {} : { life: line.life + 1, said: 0, heard: null }
  return post({ ...line, ...judged, outbox, socket }, posted)
}

export function closeByServer(line: SignalingModel): SignalingModel {
  return { ...line, outbox: close(line.outbox), socket: line.socket && { ...line.socket, stay: 'over' } }
}

export function sendMessage(line: SignalingModel, message: SentMessage['message']): SignalingModel {
  const said: SentMessage = { life: line.life, nth: line.said + 1, message }
  const [outbox, posted] = queueMessage(line.outbox, said)
  return post({ ...line, outbox, said: line.said + 1 }, posted)
}

/** The answer to something said over the page's own socket. */
export function onSendAnswered(
  line: SignalingModel,
  answer: number | 'out-of-order' | 'seat-lost' | 'not-joined',
  isOld: boolean,
): SignalingModel {
  if (typeof answer === 'number') return settle({ ...line, outbox: acknowledge(line.outbox, answer) })
  if (answer !== 'out-of-order' || isOld) return line
  const wire = ownWire(line)
  const up = wire?.up.map((request) => (request.type === 'say' ? { ...request, isOld: true } : request)) ?? []
  return post(wire ? withOwn(line, { ...wire, up }) : line, resend(line.outbox))
}

const post = (line: SignalingModel, posted: PostedMessage[]): SignalingModel =>
  send(line, ...posted.map(({ n, ghost }) => ({ type: 'say', n, said: ghost, isOld: false }) as const))
