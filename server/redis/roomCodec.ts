import { randomInt } from 'node:crypto'
import { emptyRoomContext, type RoomContext, type Seat, seatNames } from '../../machines/room/seats.ts'
import type { RoomEvent } from '../../machines/protocol/messages.ts'
import { digestDigits } from '../rooms/mailboxDigest.ts'
import type { LostConnection, MailboxStates, ReadResult, RoomChange, RoomState, StoredRoom } from '../rooms/store.ts'
import type { Answer } from './connection.ts'

// Rooms as arguments and answers of the functions (functions.lua).

/** Characters of each half of a mailbox id. The schema of positions permits 16. */
const halfCharacters = 8

/** A random half of a mailbox id, for the next holder of a seat. */
export const newMailboxHalf = (): string =>
  randomInt(36 ** 9)
    .toString(36)
    .padStart(halfCharacters, '0')
    .slice(-halfCharacters)

/**
 * A mailbox id: the random half, and the life of the store in ms. After a loss of data every mailbox has another id, and
 * its readers join again.
 */
const mailboxIdOf = (half: string, life: string): string =>
  half + Number(life).toString(36).padStart(halfCharacters, '0')

/** The two arguments of `read` for a mailbox id. */
export const splitMailboxId = (mailboxId: string): [half: string, life: string] => [
  mailboxId.slice(0, -halfCharacters),
  String(Number.parseInt(mailboxId.slice(-halfCharacters), 36) || 0),
]

/** The room of an answer of `load`. */
export function parseRoom(answer: Answer): StoredRoom {
  const [version, state, context, epoch, writtenIn, life] = answer as (string | null)[]
  const restoredEpoch = Number(life)
  if (!state) {
    const newest = writtenIn === life ? Number(epoch ?? 0) : restoredEpoch
    return { version: 0, state: 'empty', context: emptyRoomContext(newest), restoredEpoch }
  }
  const room = JSON.parse(context ?? '') as RoomContext
  return {
    version: Number(version),
    state: state as RoomState,
    context: writtenIn === life ? room : afterLoss(room, restoredEpoch),
    restoredEpoch,
  }
}

/**
 * A room from before a loss of writes. The lost writes may have assigned epochs; those of this life are above. A seat
 * token that is newer than its stored seat was issued by a lost write. Older ones were replaced.
 */
function afterLoss(room: RoomContext, restoredEpoch: number): RoomContext {
  const claim = (seat: Seat | null): Seat | null => seat && { ...seat, claimedEpoch: seat.epoch }
  return {
    ...room,
    seats: { a: claim(room.seats.a), b: claim(room.seats.b) },
    epoch: Math.max(room.epoch, restoredEpoch),
  }
}

/** The arguments of `commit`. */
export const commitArguments = (ref: string, node: string, change: RoomChange): (string | number)[] => {
  const { version, state, context, dueAtMs, effects } = change
  const { seats, door } = context
  return [
    version,
    state,
    JSON.stringify(context),
    ref,
    dueAtMs ?? '',
    node,
    newMailboxHalf(),
    newMailboxHalf(),
    ...seatNames.map((name) => seats[name]?.epoch ?? ''),
    ...seatNames.map((name) => (seats[name]?.expiresAt === null ? 1 : 0)),
    door.visitor?.expiresAt === null ? door.visitor.visit : '',
    door.preparation?.id ?? '',
    context.epoch,
    ...effects.flatMap((effect) => [
      effect.seat,
      ...(effect.type === 'event.sent' ? eventArguments(effect.event) : ['', '', '']),
    ]),
  ]
}

/** An event as arguments: its text and its rule in the digest. */
export function eventArguments(event: RoomEvent): [text: string, kind: string, obsoletes: string] {
  const { kind, obsoletes } = digestDigits(event)
  return [JSON.stringify(event), kind, obsoletes]
}

/** The mailboxes of an answer of `commit`. */
export function parseMailboxes(answer: Answer[]): MailboxStates {
  const life = String(answer[0])
  const parse = (at: number) => ({
    mailboxId: mailboxIdOf(String(answer[at]), life),
    droppedCount: Number(answer[at + 1]),
    lastSeq: Number(answer[at + 2]),
    acked: Number(answer[at + 3]),
  })
  return { a: parse(1), b: parse(5) }
}

/** The time of Redis at which `commit` took effect, in µs. */
export const commitTimeUs = (answer: Answer[]): number => Number(answer[9])

/** The result of `read`. */
export function parseReading(answer: Answer, afterSeq: number): ReadResult {
  if (answer === 'released' || answer === 'superseded') return { type: answer }
  const [type, lastSeq, rest] = answer as [string, number, string[]]
  if (type === 'events') return { type, events: rest.map((text) => JSON.parse(text) as RoomEvent) }
  return { type: 'truncated', lastSeq, digest: parseDigest(rest, afterSeq, lastSeq) }
}

/** Entries are `seq event`, in the order of delivery. Events that are still in the mailbox are not part of the digest. */
const parseDigest = (entries: readonly string[], afterSeq: number, lastSeq: number): RoomEvent[] =>
  entries.flatMap((entry) => {
    const space = entry.indexOf(' ')
    const seq = Number(entry.slice(0, space))
    return space > 0 && seq > afterSeq && seq <= lastSeq ? [JSON.parse(entry.slice(space + 1)) as RoomEvent] : []
  })

const places: Readonly<Record<string, LostConnection['place']>> = { a: 'a', b: 'b', d: 'door', p: 'preparation' }

/** A connection of a dead node: `ref|place|epoch`. Null if its room belongs to another secret. */
export function parseConnection(text: string, nameOf: (ref: string) => string | null): LostConnection | null {
  const [ref = '', place = '', epoch = ''] = text.split('|')
  const room = nameOf(ref)
  return room === null ? null : { room, place: places[place]!, epoch: Number(epoch) }
}
