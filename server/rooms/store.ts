import type { RoomEffect } from '../../machines/room/roomEvents.ts'
import type { RoomContext } from '../../machines/room/seats.ts'
import type { PeerMessage, RoomEvent, SeatName } from '../../machines/protocol/messages.ts'
import type { Awaitable } from '../common/eventSink.ts'
import type { SeatClaim } from './seatClaim.ts'

/**
 * Stores rooms and their mailboxes, in memory or in Redis. Each method is one atomic step (in Redis, one function over
 * the keys of one room). Every store must pass test/server/rooms/store.contract.ts.
 */
export interface Store {
  /**
   * Returns an empty room of version 0 for an unknown name. Its epochs continue those of deleted rooms. Otherwise a
   * late call of an old socket (close, send, leave) would apply to the new room.
   */
  load(room: string): Promise<StoredRoom>
  /**
   * Writes a room and applies its effects. Returns null, without effect, if the version has changed.
   * @throws {ApiError} `server-full` or `throttled` if the room is new and exceeds `quota`
   */
  commit(room: string, change: RoomChange): Promise<MailboxStates | null>
  /**
   * Appends a message of a holder to the mailbox of the other seat. `trace.entries` are published as a transient event.
   * A `seq` that is already acknowledged has no effect.
   * @param seq the number of the message, from 1
   * @param address to charge the bytes to; above its limit or the total limit the result is `throttled`
   */
  appendMessage(claim: SeatClaim, seq: number, message: PeerMessage, address?: string): Awaitable<AppendResult>
  /** Returns the events of a seat's mailbox after a position. */
  read(claim: SeatClaim, after: Position): Awaitable<ReadResult>
  /**
   * Calls `notify` whenever `read` may return something new. Resolves to a function that unsubscribes, once
   * notifications are guaranteed.
   * @param onTransientEvent receives the events that are not stored
   */
  subscribe(claim: SeatClaim, notify: () => void, onTransientEvent?: (event: RoomEvent) => void): Promise<() => void>
  /**
   * Calls `notify` after each change of the room, also of a room that does not exist yet. Resolves to a function that
   * unsubscribes, once notifications are guaranteed.
   * @param onOffer receives the holder's offers for visitors; they are not stored
   */
  watch(room: string, notify: () => void, onOffer?: (offer: PreparationOffer) => void): Promise<() => void>
  /** Delivers the offer of a preparation to the current watchers of the room; it is not stored. */
  publishOffer(room: string, offer: PreparationOffer): Promise<void>
  /** Delivers an event to the current subscribers of a seat; it is not stored. */
  publishTransient(room: string, seat: SeatName, event: RoomEvent): Promise<void>
  /** Names of the rooms whose deadline has passed. */
  roomsDue(nowMs: number): Promise<string[]>
  /** Number of rooms. */
  countRooms(): Promise<number>
  /** The number of rooms in each state. */
  countRoomsByState(): Promise<Record<Exclude<RoomState, 'empty'>, number>>
  /** Estimated heap of all mailboxes in this process. */
  readonly mailboxBytes: number
  /** Stops all timers. No other method may be called afterwards. */
  close(): Promise<void>
}

/** The holder's offer to the visitor of a preparation. */
export interface PreparationOffer {
  id: number
  sdp: string
}

/** The result of a message: its acknowledgement, or the reason against it. */
export type AppendResult = Ack | 'seat-lost' | 'out-of-order' | 'throttled'

/** The number of acknowledged messages of a holder, and whether this message was new. */
export interface Ack {
  acked: number
  isNew: boolean
}

export type RoomState = 'empty' | 'created' | 'ready' | 'full'

/** A room as the store returns it. */
export interface StoredRoom {
  version: number
  state: RoomState
  context: RoomContext
  /**
   * A shared store restored its data after this epoch was assigned, and may have lost writes. Seat tokens up to it may be
   * unknown although they were valid. Absent: the store knows every token that it issued.
   */
  restoredEpoch?: number
}

/** A connection that a node had when it died: of a seat, of the visitor at the door or of a preparation. */
export interface LostConnection {
  readonly room: string
  readonly place: SeatName | 'door' | 'preparation'
  /** The epoch of the seat, the visit of the door, or the id of the preparation. */
  readonly epoch: number
}

/** A new version of a room, and its effects. */
export interface RoomChange {
  /** The version that was read; 0 for a new room. */
  version: number
  /** An `empty` room is deleted with its mailboxes. */
  state: RoomState
  context: RoomContext
  /** Applied in order. */
  effects: readonly RoomEffect[]
  dueAtMs: number | null
  /** Limits that apply if the room is new. */
  quota?: RoomQuota | undefined
}

/** Limits of the number of rooms. */
export interface RoomQuota {
  /** The network that creates the room: an IPv4 address or an IPv6 /48. */
  networkPrefix: string
  /** Maximum number of existing rooms that this network created; above it `throttled`. */
  perNetwork: number
  /** Maximum number of rooms of all networks; above it `server-full`. */
  total: number
}

/** The mailboxes when a room was written, before its effects. */
export type MailboxStates = Record<SeatName, MailboxState>

/** The bounds of a mailbox. */
export interface MailboxState {
  mailboxId: string
  /** The mailbox holds the sequence numbers from `droppedCount` + 1 to `lastSeq`. */
  droppedCount: number
  lastSeq: number
  /** Number of acknowledged messages of the seat's holder. */
  acked: number
}

/** The read position in a mailbox. On the wire it is `mailboxId.seq`, the event id of tRPC. */
export interface Position {
  mailboxId: string
  seq: number
}

/** The result of reading a mailbox. */
export type ReadResult =
  | { type: 'events'; events: readonly RoomEvent[] }
  /** The next events were dropped, up to `lastSeq`. `digest` summarizes them (mailboxDigest.ts). */
  | { type: 'truncated'; lastSeq: number; digest: readonly RoomEvent[] }
  /** A newer claim holds the seat. */
  | { type: 'superseded' }
  /** The seat was released, or the store lost writes: the page has to join again. */
  | { type: 'released' }

/** Parses a position that matches its schema (machines/protocol/messages.ts). */
export const parsePosition = (text: string): Position => {
  const [mailboxId = '', seq] = text.split('.')
  return { mailboxId, seq: Number(seq) }
}

/** Formats a position as an event id. */
export const formatPosition = ({ mailboxId, seq }: Position): string => `${mailboxId}.${seq}`
