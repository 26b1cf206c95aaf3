import type { Code, Joined, RoomEvent } from '../protocol/messages.ts'
import type { Media } from '../protocol/vocabulary.ts'

/** Everything that a link knows, hears, says and orders. The rule is signalingMachine.ts. */

export interface LinkContext {
  room: string
  /** Made up for the entry that is wanted; null: no seat is wanted. */
  key: string | null
  /** The seat's, once there is one. */
  token: string | null
  /** The token of a seat that was lost: it proves that this page knows the room. */
  former: string | null
  /** How far the mailbox was read. */
  position: string | null
  /** Whether media arrives, as the room was told or is to be told. */
  media: Media
  /** Attempts since the line last held for a while. */
  attempts: number
  /** How long to wait for the next, in milliseconds. */
  pause: number
}

export type News = Exclude<RoomEvent, Joined>

export type LinkFact =
  // of the page
  | { type: 'page.opened' } | { type: 'page.closed' }
  /** Addresses may have changed, or time was slept through: what was open may be dead, what could not be opened may be. */
  | { type: 'network.changed' }
  // of the visit; `token` is that of a seat to come back to
  | { type: 'entry.asked'; key: string; token: string | null }
  | { type: 'seat.released' } | { type: 'seat.abandoned' }
  // of the call; `line.doubted`: nothing comes from the other side, and so perhaps nothing from the server
  | { type: 'flow.reported'; media: Media } | { type: 'line.doubted' }
  | SocketFact
  // of the clock
  | { type: 'drain.due' }

/** What the actor `socket` (one WebSocket) reports. Chance and fresh keys come in with it, for a machine makes none. */
export type SocketFact =
  | { type: 'socket.opened' }
  /** After a probe: it is no dead one. */
  | { type: 'line.proven' }
  /** Dead, silent or refused. `chance`: a random number from 0 to 1. */
  | { type: 'socket.closed'; chance: number }
  | { type: 'seat.given'; position: string; seat: Joined }
  | { type: 'news.read'; position: string; news: News }
  | { type: 'visit.refused'; code: Code; chance: number; key: string }
  | { type: 'leave.heard' }

/** What that actor is told. */
export type SocketOrder =
  | { type: 'visit'; key: string; token: string | null; lastEventId: string | null; media: Media; former?: string }
  | { type: 'report'; media: Media }
  | { type: 'leave'; mayReturn: boolean }
  /** Is the server still there? At once, for there is a reason to doubt it. */
  | { type: 'probe' }

/** What the link has to tell: to the visit and to the call. */
export type LinkEffect =
  | { type: 'seat.given'; seat: Joined }
  | { type: 'seat.refused'; code: Code }
  | { type: 'news.read'; news: News }
  /** The seat is gone, and another is asked for with this key. */
  | { type: 'entry.renewed'; key: string }
  /** The server heard that the seat was left. */
  | { type: 'seat.freed' }
  | { type: 'link.lost' }
  /** What was doubted goes on: what is said is heard. */
  | { type: 'line.proven' }
