import type { SocketCommand } from '../../../machines/signaling/signalingEvents.ts'
import type { ErrorCode, JoinedEvent, PeerMessage, RoomEvent, SeatName } from '../../../machines/protocol/messages.ts'

/** What crosses the channels of the composed system. */

export type PageName = 'A' | 'B'
export const otherPage = (who: PageName): PageName => (who === 'A' ? 'B' : 'A')

/** A message, and what only the judge knows of it: in which life its speaker said it, and as the how-many-eth. */
export interface SentMessage {
  life: number
  nth: number
  message: PeerMessage
}

export type JoinCommand = Extract<SocketCommand, { type: 'join' }>
export type Request =
  /** `subscription`: which of this socket, for a reply to one that was given up says nothing to the next. */
  | (JoinCommand & { subscription: number })
  | { type: 'stop'; subscription: number }
  /** `isOld`: sent again since, so that its refusal says nothing. */
  | { type: 'say'; n: number; said: SentMessage; isOld: boolean }
  | { type: 'report'; mediaFlow: 'flowing' | 'stopped' }
  | { type: 'leave'; pageClosing: boolean }

export type Reply =
  | { type: 'joined'; subscription: number; position: string; seat: Omit<JoinedEvent, 'iceServers' | 'lifetimeMs'> }
  | { type: 'refused'; subscription: number; code: ErrorCode }
  | { type: 'event'; subscription: number; position: string; roomEvent: RoomEvent; said: SentMessage | null }
  | { type: 'left' }
  /** The subscription is over. */
  | { type: 'ended'; subscription: number }

/** A seat as one socket holds it, and how far its mailbox was read over it. */
export interface SeatSubscription {
  seat: SeatName
  epoch: number
  /** Which subscription of all that ever were: the judge's own epoch. */
  serial: number
  subscription: number
  /** The mailbox's life, and the last number read. */
  life: number
  n: number
}

/**
 * One WebSocket: TCP, so what is sent arrives in order, or not at all. When it is cut, what was under way towards the server may still
 * arrive, up to any point; the ends notice it one after the other. Towards the page only replies are under way: roomEvent waits in the
 * mailbox, for to be read and to arrive are one step here. (Nothing that is appended, and nobody else's step, changes what was read.)
 */
export interface SocketModel {
  isOpen: boolean
  isCut: boolean
  /** The page has done with it. */
  isGone: boolean
  up: Request[]
  down: Reply[]
  stay: SeatSubscription | null
}

export const newSocketModel: SocketModel = { isOpen: false, isCut: false, isGone: false, up: [], down: [], stay: null }
