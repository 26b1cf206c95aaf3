import type { RoomEffect } from '../../machines/room/roomMachine.ts'
import type { RoomContext } from '../../machines/room/seats.ts'
import type { PeerMessage, RoomEvent, SeatName } from '../../machines/protocol/messages.ts'
import type { Stay } from './seatClaim.ts'

/**
 * Where rooms and their mailboxes live: a Map now, Redis later. Each method is one atomic step (in Redis one script over the
 * keys of one room). test/server/rooms/store.contract.ts says what every store must do.
 */
export interface Store {
  /**
   * One that is not there is an empty one of version 0. Its epochs go on from where those of a room that was forgotten ended: what a
   * socket of that one still does (close, say, leave) would else count in the new one.
   */
  load(room: string): Promise<StoredRoom>
  /**
   * Writes a room and carries out what it told, if nobody else wrote since `version`; null if somebody did.
   * @throws {Refusal} `server-full` or `throttled`: the room would be a new one, and `quota` allows none
   */
  commit(room: string, change: RoomChange): Promise<Marks | null>
  /**
   * Puts the n-th message of a holder into the mailbox across the table; a trace is whispered.
   * @param address to which the bytes are counted; `throttled` where it, or all together, have too many
   */
  say(stay: Stay, n: number, message: PeerMessage, address?: string): Promise<Said | 'seat-lost' | 'out-of-order' | 'throttled'>
  /** What is in a holder's mailbox behind a position. */
  read(stay: Stay, after: Position): Promise<Reading>
  /**
   * Rings whenever `read` may have something new to say to this seat. Resolves, once it is sure to ring, to its undo.
   * @param hear gets what is whispered to it
   */
  watch(stay: Stay, ring: () => void, hear?: (event: RoomEvent) => void): Promise<() => void>
  /** Tells those who watch this seat at the moment; nobody keeps it. */
  whisper(room: string, seat: SeatName, event: RoomEvent): Promise<void>
  /** Rooms in which someone's time is up. */
  due(at: number): Promise<string[]>
  /** How many rooms there are. */
  count(): Promise<number>
  /** Heap of all mailboxes in this process, about. */
  readonly mailboxBytes: number
  close(): Promise<void>
}

/** How many messages of a holder were taken, and whether this one was not among them already. */
export interface Said {
  said: number
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
  dueAt: number | null
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

/** How the mailboxes stood when a room was written, before its effects. */
export type Marks = Record<SeatName, Mark>

export interface Mark {
  epoch: string
  /** What was dropped, and what is there: the log holds the numbers from `from` + 1 to `to`. */
  from: number
  to: number
  /** How many messages of the seat's holder were taken. */
  said: number
}

/** How far a mailbox was read: `epoch.n` on the wire. */
export interface Position {
  epoch: string
  n: number
}

export type Reading =
  | { type: 'events'; events: readonly RoomEvent[] }
  /** What came next was dropped, up to `to`; `news` is what of it still counts (mailboxDigest.ts). */
  | { type: 'lost'; to: number; news: readonly RoomEvent[] }
  /** A newer visit holds the seat. */
  | { type: 'taken' }
  /** The seat was given up. */
  | { type: 'freed' }

export const parsePosition = (text: string): Position => {
  const [epoch = '', n] = text.split('.')
  return { epoch, n: Number(n) }
}

export const formatPosition = ({ epoch, n }: Position): string => `${epoch}.${n}`
