import type { SocketOrder } from '../../../machines/signaling/signalingEvents.ts'
import type { Code, Joined, PeerMessage, RoomEvent, SeatName } from '../../../machines/protocol/messages.ts'

/** What crosses the channels of the composed system. */

export type Who = 'A' | 'B'
export const theOther = (who: Who): Who => (who === 'A' ? 'B' : 'A')

/** A message, and what only the judge knows of it: in which life its speaker said it, and as the how-many-eth. */
export interface Said { life: number; nth: number; message: PeerMessage }

export type VisitOrder = Extract<SocketOrder, { type: 'visit' }>
export type Request =
  /** `visit`: which of this socket, for a reply to one that was given up says nothing to the next. */
  | VisitOrder & { visit: number }
  | { type: 'stop'; visit: number }
  /** `isOld`: sent again since, so that its refusal says nothing. */
  | { type: 'say'; n: number; said: Said; isOld: boolean }
  | { type: 'report'; media: 'flowing' | 'stopped' }
  | { type: 'leave'; mayReturn: boolean }

export type Reply =
  | { type: 'joined'; visit: number; position: string; seat: Omit<Joined, 'iceServers' | 'lifetimeMs'> }
  | { type: 'refused'; visit: number; code: Code }
  | { type: 'news'; visit: number; position: string; news: RoomEvent; said: Said | null }
  | { type: 'left' }
  /** The subscription is over. */
  | { type: 'ended'; visit: number }

/** A seat as one socket holds it, and how far its mailbox was read over it. */
export interface Stay {
  seat: SeatName
  epoch: number
  /** Which visit of all that ever were: the judge's own epoch. */
  serial: number
  visit: number
  /** The mailbox's life, and the last number read. */
  life: number
  n: number
}

/**
 * One WebSocket: TCP, so what is sent arrives in order, or not at all. When it is cut, what was under way towards the server may still
 * arrive, up to any point; the ends notice it one after the other. Towards the page only replies are under way: news waits in the
 * mailbox, for to be read and to arrive are one step here. (Nothing that is appended, and nobody else's step, changes what was read.)
 */
export interface Wire {
  isOpen: boolean
  isCut: boolean
  /** The page has done with it. */
  isGone: boolean
  up: Request[]
  down: Reply[]
  stay: Stay | null
}

export const newWire: Wire = { isOpen: false, isCut: false, isGone: false, up: [], down: [], stay: null }
