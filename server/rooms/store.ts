import type { RoomEffect } from '../../machines/room/roomMachine.ts'
import type { RoomContext } from '../../machines/room/seats.ts'
import type { PeerMessage, RoomEvent, SeatName } from '../../machines/protocol/messages.ts'
import type { SeatClaim } from './seatClaim.ts'

/**
 * Where rooms and their mailboxes live: a Map now, Redis later. Each method is one atomic step (in Redis one script over the
 * keys of one room). test/server/rooms/store.contract.ts says what every store must do.
 */
export interface Store {
  /**
   * One that is not there is an empty one of version 0. Its epochs go on from where those of a room that was forgotten ended: what a
   * socket of the old room still does (close, send, leave) would otherwise count in the new one.
   */
  load(room: string): Promise<StoredRoom>
  /**
   * Writes a room and applies its effects, if nobody else wrote since `version`; null if somebody did.
   * @throws {ApiError} `server-full` or `throttled`: the room would be a new one, and `quota` allows none
   */
  commit(room: string, change: RoomChange): Promise<MailboxStates | null>
  /**
   * Appends a message of a holder to the mailbox of the other seat; a trace is published as a transient event.
   * @param seq the number of the message, from 1
   * @param address to which the bytes are charged; `throttled` where it, or all together, have too many
   */
  appendMessage(
    claim: SeatClaim,
    seq: number,
    message: PeerMessage,
    address?: string,
  ): Promise<Ack | 'seat-lost' | 'out-of-order' | 'throttled'>
  /** The events of a seat's mailbox behind a position. */
  read(claim: SeatClaim, after: Position): Promise<ReadResult>
  /**
   * Calls `notify` whenever `read` may return something new. Resolves, once notifications are certain, to a function that unsubscribes.
   * @param onTransientEvent gets the events that are not stored
   */
  subscribe(claim: SeatClaim, notify: () => void, onTransientEvent?: (event: RoomEvent) => void): Promise<() => void>
  /** Delivers an event to the current subscribers of a seat; it is not stored. */
  publishTransient(room: string, seat: SeatName, event: RoomEvent): Promise<void>
  /** Rooms with a deadline that has passed. */
  roomsDue(nowMs: number): Promise<string[]>
  /** How many rooms there are. */
  countRooms(): Promise<number>
  /** Heap of all mailboxes in this process, about. */
  readonly mailboxBytes: number
  close(): Promise<void>
}

/** How many messages of a holder are acknowledged, and whether this one is new. */
export interface Ack {
  acked: number
  isNew: boolean
}

export type RoomState = 'empty' | 'created' | 'ready' | 'full'

export interface StoredRoom {
  version: number
  state: RoomState
  context: RoomContext
}

export interface RoomChange {
  /** The version that was read; 0 for a room that was not there. */
  version: number
  /** An `empty` room is forgotten with all that belongs to it. */
  state: RoomState
  context: RoomContext
  /** Carried out in their order. */
  effects: readonly RoomEffect[]
  dueAtMs: number | null
  /** How many rooms there may be, if this one is new. */
  quota?: RoomQuota | undefined
}

/** Bounds the rooms that exist. */
export interface RoomQuota {
  /** Of the visitor that makes the room: an IPv4 address or an IPv6 /48. */
  address: string
  /** Rooms that this address has made and that still exist; above it `throttled`. */
  perAddress: number
  /** Rooms of all addresses; above it `server-full`. */
  total: number
}

/** The mailboxes when a room was written, before its effects. */
export type MailboxStates = Record<SeatName, MailboxState>

export interface MailboxState {
  mailboxId: string
  /** The mailbox holds the sequence numbers from `droppedCount` + 1 to `lastSeq`. */
  droppedCount: number
  lastSeq: number
  /** How many messages of the seat's holder are acknowledged. */
  acked: number
}

/** How far a mailbox was read: `mailboxId.seq` on the wire, as the event id of tRPC. */
export interface Position {
  mailboxId: string
  seq: number
}

export type ReadResult =
  | { type: 'events'; events: readonly RoomEvent[] }
  /** The next events were dropped, up to `lastSeq`; `digest` is what still matters of them (mailboxDigest.ts). */
  | { type: 'truncated'; lastSeq: number; digest: readonly RoomEvent[] }
  /** A newer claim holds the seat. */
  | { type: 'superseded' }
  /** The seat was released. */
  | { type: 'released' }

export const parsePosition = (text: string): Position => {
  const [mailboxId = '', seq] = text.split('.')
  return { mailboxId, seq: Number(seq) }
}

export const formatPosition = ({ mailboxId, seq }: Position): string => `${mailboxId}.${seq}`
