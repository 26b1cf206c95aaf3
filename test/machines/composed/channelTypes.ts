import type { ProcedurePath } from '../../../server/api/router.ts'
import type { AskRequest, SocketCommand } from '../../../machines/signaling/signalingEvents.ts'
import type {
  ErrorCode,
  JoinedEvent,
  PeerMessage,
  PreparationStep,
  RoomEvent,
  RoomView,
  SeatName,
} from '../../../machines/protocol/messages.ts'
import type { RoomPolicy } from '../../../machines/protocol/vocabulary.ts'
import type { VisitorIdentity } from '../../../server/rooms/admission.ts'

/** Data that crosses the channels of the composed system. */

export type PageName = 'A' | 'B'
/** Returns the other page. */
export const otherPage = (who: PageName): PageName => (who === 'A' ? 'B' : 'A')

/** A message with data for the checks only: the sender's life, and the message's number in it. */
export interface SentMessage {
  life: number
  nth: number
  message: PeerMessage
}

export type JoinCommand = Extract<SocketCommand, { type: 'join' }>
/** A join as the socket sends it (client/signaling/socketActor.ts). */
export type JoinRequest = JoinCommand & { subscription: number; preparation?: number | null }
export type Request =
  /**
   * `subscription`: number of the subscription on this socket. A reply to an abandoned subscription does not affect the
   * next one. `preparation`: the attempt whose connection is ready.
   */
  | JoinRequest
  | { type: 'stop'; subscription: number }
  /** `isOld`: the message was sent again since, so its rejection is ignored. */
  | { type: 'send'; n: number; sent: SentMessage; isOld: boolean }
  | { type: 'report'; mediaFlow: 'flowing' | 'stopped' }
  | { type: 'leave'; pageClosing: boolean }
  /** `number`: of the visit on this socket. */
  | { type: 'visit'; number: number; ask: AskRequest | null }
  | { type: 'stopVisit'; number: number }
  | { type: 'answer'; visitor: number; isAdmitted: boolean }
  | { type: 'setPolicy'; policy: RoomPolicy }
  | { type: 'prepare'; step: PreparationStep }

/** The request that stands for each procedure; null: the procedure changes neither a room nor a mailbox. */
export const modelledRequests: Readonly<Record<ProcedurePath, Request['type'] | null>> = {
  'room.join': 'join',
  'room.send': 'send',
  'room.reportMedia': 'report',
  'room.reportFailure': null,
  'room.leave': 'leave',
  'room.visit': 'visit',
  'room.answerVisitor': 'answer',
  'room.setPolicy': 'setPolicy',
  'room.prepare': 'prepare',
  'ice.servers': null,
  'server.rooms': null,
}

export type Reply =
  | { type: 'joined'; subscription: number; position: string; seat: Omit<JoinedEvent, 'iceServers' | 'lifetimeMs'> }
  | { type: 'refused'; subscription: number; code: ErrorCode }
  | { type: 'event'; subscription: number; position: string; roomEvent: RoomEvent; sent: SentMessage | null }
  | { type: 'left' }
  | { type: 'visited'; number: number; view: RoomView }
  | { type: 'visitRefused'; number: number; code: ErrorCode }
  /** The subscription has ended. */
  | { type: 'ended'; subscription: number }

/** A visit as one socket holds it. */
export interface VisitSubscription {
  number: number
  /** Null for a visitor that only looks. */
  identity: VisitorIdentity | null
  /** The place at the door; null without one. */
  visit: number | null
  /** The attempt to prepare a connection; null without one. */
  current: number | null
  /** The newest view that was sent, as JSON. */
  sent: string
}

/** A seat as one socket holds it, with the read position in its mailbox. */
export interface SeatSubscription {
  seat: SeatName
  epoch: number
  /** Number of this subscription among all subscriptions; the checks use it like an epoch. */
  serial: number
  subscription: number
  /** The mailbox's life, and the last sequence number read. */
  life: number
  n: number
}

/**
 * One WebSocket over TCP: data arrives in order or not at all. After a cut, the requests in transit may still arrive,
 * up to any point. The two ends notice the cut one after the other. Only replies are in transit to the page: events
 * wait in the mailbox, because reading and arriving are one step here. (No append and no other step changes the events
 * already read.)
 */
export interface SocketModel {
  isOpen: boolean
  isCut: boolean
  /** The page has abandoned the socket. */
  isGone: boolean
  up: Request[]
  down: Reply[]
  stay: SeatSubscription | null
  visit: VisitSubscription | null
  /**
   * The node of this socket died, or it cannot renew its lease. `writing`: its last writes still arrive. `fenced`: the
   * store rejects them. `reaped`: another node has ended its connections. Undefined while the node lives.
   */
  node?: 'writing' | 'fenced' | 'reaped'
}

export const newSocketModel: SocketModel = {
  isOpen: false,
  isCut: false,
  isGone: false,
  up: [],
  down: [],
  stay: null,
  visit: null,
}
