import { acknowledge, close, emptyOutbox, open, type Outbox, type Posted, resend, say } from './outbox.ts'
import { newWire, type Reply, type Request, type Said, type VisitOrder, type Wire } from './words.ts'

/** The speaking half of a page: client/signaling/signalingActor.ts, roomSubscription.ts and the outbox as one value, and the sockets that it has and had. */
export interface Line {
  outbox: Outbox
  /** The oldest first. The last is the page's own while it has a `socket`. */
  wires: Wire[]
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
  visit: number
  /** A good-bye that waits until everything is said, and then for its answer. */
  leaving: { isIn: boolean; isSent: boolean } | null
  /** What is asked for behind the good-bye. */
  next: (VisitOrder & { visit: number }) | null
  /** Doubted: whether it is dead is asked. */
  isProbed: boolean
}

export const newLine = (life: number, wires: Wire[]): Line =>
  ({ outbox: emptyOutbox, wires, socket: null, life, said: 0, heard: null })

export const ownWire = ({ socket, wires }: Line): Wire | null => (socket ? wires.at(-1) ?? null : null)

/** What is sent into a dead socket is gone. */
export function send(line: Line, ...requests: Request[]): Line {
  const wire = ownWire(line)
  return wire && !wire.isCut ? withOwn(line, { ...wire, up: [...wire.up, ...requests] }) : line
}

export const withOwn = (line: Line, wire: Wire): Line => ({ ...line, wires: [...line.wires.slice(0, -1), wire] })

export function openSocket(line: Line): Line {
  return { ...line, wires: [...line.wires, newWire], socket: { stay: 'none', visit: 0, leaving: null, next: null, isProbed: false } }
}

/** The actor is stopped: what it sent is still under way. */
export function closeSocket(line: Line): Line {
  const { socket } = line
  if (!socket) return line
  const stopped = isListening(socket) ? send(line, { type: 'stop', visit: socket.visit }) : line
  const last = socket.leaving && !socket.leaving.isSent ? send(stopped, { type: 'leave', mayReturn: false }) : stopped
  const wires = last.wires.map((wire, index) => (index === last.wires.length - 1 ? { ...wire, isGone: true } : wire))
  return tidy({ ...last, wires: wires.filter(({ isGone, isOpen }) => isOpen || !isGone), outbox: close(last.outbox), socket: null })
}

/** The page is gone, and with it all that it was about to say. */
export const abandonSocket = (line: Line): Line =>
  tidy({ ...line, wires: line.wires.map((wire) => ({ ...wire, isGone: true })).filter(({ isOpen }) => isOpen), socket: null })

/** Sockets that neither end will ever do anything with again. */
export const tidy = (line: Line): Line =>
  ({ ...line, wires: line.wires.filter(({ isGone, up, stay }) => !isGone || up.length > 0 || stay) })

const isListening = ({ stay }: Socket): boolean => stay === 'asked' || stay === 'in'

/** Whether a socket is dead the network decides, at any time. */
export const probe = (line: Line): Line => (line.socket ? { ...line, socket: { ...line.socket, isProbed: true } } : line)
export const proven = (line: Line): Line => (line.socket ? { ...line, socket: { ...line.socket, isProbed: false } } : line)

export function visit(line: Line, order: VisitOrder): Line {
  const { socket } = line
  if (!socket) return line
  const stopped = isListening(socket) && !socket.next ? send(line, { type: 'stop', visit: socket.visit }) : line
  const next = { ...order, visit: socket.visit + 1 }
  const asked = { ...socket, stay: 'asked', visit: next.visit } as const
  return socket.leaving ? { ...stopped, socket: { ...asked, next } } : send({ ...stopped, socket: asked }, next)
}

export function leave(line: Line): Line {
  const { socket } = line
  if (!socket || socket.stay === 'none') return line
  // One that was not begun is not to be left.
  if (socket.next) return { ...line, socket: { ...socket, stay: 'none', next: null } }
  return settle({ ...line, socket: { ...socket, stay: 'none', leaving: { isIn: socket.stay === 'in', isSent: false } } })
}

/** The good-bye goes out once all is said, or when it has waited for long enough. */
export function settle(line: Line, hasWaited = false): Line {
  const { socket, outbox } = line
  if (!socket?.leaving || socket.leaving.isSent || (outbox.messages.length > 0 && !hasWaited)) return line
  return send({ ...line, socket: { ...socket, leaving: { ...socket.leaving, isSent: true } } }, { type: 'leave', mayReturn: false })
}

/** The server has heard the good-bye. */
export function left(line: Line): Line {
  const { socket } = line
  if (!socket?.leaving) return line
  const visit = socket.next ? socket.visit - 1 : socket.visit
  const after = send({ ...line, socket: { ...socket, leaving: null, next: null } }, { type: 'stop', visit })
  return socket.next ? send(after, socket.next) : after
}

export function joined(line: Line, { seat: { said, resumed } }: Extract<Reply, { type: 'joined' }>): Line {
  const [outbox, posted] = open(line.outbox, { said, resumed })
  const socket = line.socket && { ...line.socket, stay: 'in' as const }
  // What was said before is forgotten with the seat that it was said from.
  const judged = resumed ? {} : { life: line.life + 1, said: 0, heard: null }
  return post({ ...line, ...judged, outbox, socket }, posted)
}

export function finish(line: Line): Line {
  return { ...line, outbox: close(line.outbox), socket: line.socket && { ...line.socket, stay: 'over' } }
}

export function speak(line: Line, message: Said['message']): Line {
  const said: Said = { life: line.life, nth: line.said + 1, message }
  const [outbox, posted] = say(line.outbox, said)
  return post({ ...line, outbox, said: line.said + 1 }, posted)
}

/** The answer to something said over the page's own socket. */
export function answered(line: Line, answer: number | 'out-of-order' | 'seat-lost' | 'not-ready', isOld: boolean): Line {
  if (typeof answer === 'number') return settle({ ...line, outbox: acknowledge(line.outbox, answer) })
  if (answer !== 'out-of-order' || isOld) return line
  const wire = ownWire(line)
  const up = wire?.up.map((request) => (request.type === 'say' ? { ...request, isOld: true } : request)) ?? []
  return post(wire ? withOwn(line, { ...wire, up }) : line, resend(line.outbox))
}

const post = (line: Line, posted: Posted[]): Line =>
  send(line, ...posted.map(({ n, ghost }) => ({ type: 'say', n, said: ghost, isOld: false }) as const))
