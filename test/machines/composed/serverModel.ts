import { transition } from 'xstate'
import { roomMachine as realRoom } from '../../../machines/room/roomMachine.ts'
import type { RoomEffect, RoomMachineEvent } from '../../../machines/room/roomEvents.ts'
import { emptyRoomContext, otherSeat, seatNames, takenSeats } from '../../../machines/room/seats.ts'
import { timeouts } from '../../../machines/protocol/timeouts.ts'
import type { RoomEvent, SeatName } from '../../../machines/protocol/messages.ts'
import {
  type ArrivalEvent,
  buildAdmission,
  admissionEvent,
  type RoomSnapshot,
} from '../../../server/rooms/admission.ts'
import { digestSince } from '../../../server/rooms/mailboxDigest.ts'
import { ApiError } from '../../../server/common/apiError.ts'
import { markDisconnected } from '../../../server/rooms/savedRooms.ts'
import { type TokenPayload, hashToken } from '../../../server/rooms/tokens.ts'
import {
  append,
  appendWhileVacant,
  endOf,
  type MailboxEntry,
  type MailboxModel,
  newMailboxModel,
} from './mailboxModel.ts'
import { type Guest, guestsAfter, type Stranger, strangerLife } from './guests.ts'
import type { SharedStoreModel } from './sharedStore.ts'
import { emittedEvents } from '../stepper.ts'
import type { Reply, SentMessage, SeatSubscription, JoinCommand, JoinRequest } from './channelTypes.ts'

/**
 * server/rooms/roomService.ts with server/rooms/memoryStore.ts as a value: the real room machine and admission, with
 * mailboxes as values.
 */
export interface ServerModel {
  room: RoomSnapshot
  /** Null while the room does not exist. */
  boxes: Record<SeatName, MailboxModel> | null
  /** Number of mailboxes and subscriptions so far. */
  lives: number
  subscriptions: number
  /** The subscription and the two valid tokens of each seat; used by the checks only. */
  holders: Record<SeatName, Holder | null>
  /** The run of the server. A token names the run that signed it. */
  run: number
  /** After a crash new visitors wait (server/rooms/startupHold.ts). */
  isHeld: boolean
  /** A holder from before the crash is back, and its call's peer is not; used by the checks only. */
  isPairExpected: boolean
  /** The visitors at the door, as the steps imply; used by the checks only. */
  guests: Guest[]
  /** The time of requests for admission, in ms. It advances when a declined visitor may ask again. */
  askMs: number
  /** A visitor without a page. */
  stranger: Stranger
  /** The newest attempt to prepare a connection, and its visitor; used by the checks only. */
  attempt: { id: number; by: string } | null
  /** The offer of that attempt, once the holder has made it. */
  offer: { id: number; sdp: string } | null
  /** The answer, until this subscription of the holder reads it. It is never stored. */
  answer: { id: number; sdp: string; serial: number } | null
  /** The store that several nodes share; undefined for a store in memory. */
  store?: SharedStoreModel
}

interface Holder {
  serial: number
  tokens: string[]
}

/** The server after a step, and the rules that the step broke. */
export interface ServerStep {
  server: ServerModel
  broken: string[]
}

/** Returns a server without rooms. */
export const newServerModel = (machine: typeof realRoom, store?: SharedStoreModel): ServerModel => ({
  ...(store && { store }),
  room: roomWith(machine, 0),
  boxes: null,
  lives: 0,
  subscriptions: 0,
  holders: { a: null, b: null },
  run: 0,
  isHeld: false,
  isPairExpected: false,
  guests: [],
  askMs: 0,
  stranger: { visit: null, stay: null },
  attempt: null,
  offer: null,
  answer: null,
})

/** Returns a room without holders. */
export const roomWith = (machine: typeof realRoom, epoch: number): RoomSnapshot =>
  machine.resolveState({ value: 'empty', context: emptyRoomContext(epoch) })

/** RoomService.#transition, without concurrency. */
export function apply(
  machine: typeof realRoom,
  server: ServerModel,
  fact: RoomMachineEvent,
  by: SeatSubscription | null = null,
  forgotten = (epoch: number): number => epoch,
): ServerStep {
  const [room, actions] = transition(machine, server.room, fact)
  if (room === server.room) return { server: { ...server, guests: guestsAfter(server.guests, room, fact) }, broken: [] }
  const effects = emittedEvents<RoomEffect>(actions)
  const before = server.boxes
    ? server
    : {
        ...server,
        boxes: { a: newMailboxModel(server.lives + 1), b: newMailboxModel(server.lives + 2) },
        lives: server.lives + 2,
      }
  const after = effects.reduce(applyEffect, { ...before, room } as ServerModel)
  const isStale = by !== null && server.holders[by.seat]?.serial !== by.serial
  return {
    // An empty room is deleted, except for its epoch.
    server: {
      ...after,
      ...(room.value === 'empty' && { room: roomWith(machine, forgotten(room.context.epoch)), boxes: null }),
      isPairExpected: isPairStillExpected(after, fact),
      guests: guestsAfter(after.guests, room, fact),
    },
    broken: isStale ? ['no request of an old epoch is accepted'] : [],
  }
}

/** True until the peer is back, its wait is over, or the call has ended. */
function isPairStillExpected({ isPairExpected, room }: ServerModel, fact: RoomMachineEvent): boolean {
  if (fact.type === 'holder.restored') return fact.hasMedia && takenSeats(room.context).length === 1
  return isPairExpected && fact.type !== 'time.passed' && fact.type !== 'media.stopped' && fact.type !== 'holder.left'
}

/**
 * Kill: the rooms are lost, tokens stay valid, and epochs continue (server/rooms/stateDirectory.ts). The caller cuts
 * every socket.
 */
export const crash = (
  machine: typeof realRoom,
  { room, lives, subscriptions, run, askMs }: ServerModel,
): ServerModel => ({
  ...newServerModel(machine),
  room: roomWith(machine, room.context.epoch + 1),
  lives,
  subscriptions,
  run: run + 1,
  isHeld: true,
  askMs,
})

/** Stop and start: the rooms are saved (MemoryStore.save, restore). The caller cuts every socket. */
export const restart = (machine: typeof realRoom, server: ServerModel): ServerModel => ({
  ...server,
  run: server.run + 1,
  room: machine.resolveState({ value: server.room.value, context: markDisconnected(0, server.room.context) }),
  guests: server.guests.map((guest) => ({ ...guest, awayUntil: timeouts.seatGraceMs })),
  stranger: { visit: null, stay: null },
  offer: null,
  answer: null,
})

/** The payload of a signed token. */
function claimOf(token: string, { run, store }: ServerModel): TokenPayload | null {
  const [, seat, epoch, signedBy] = /^token\d+\.([ab])(\d+)\.(\d+)$/.exec(token) ?? []
  return seat === undefined
    ? null
    : {
        seat: seat as SeatName,
        epoch: Number(epoch),
        isFromThisRun: Number(signedBy) === run && Number(epoch) > (store?.restoredEpoch ?? -1),
      }
}

/** Whether this join must wait for the end of the hold. */
export const mustWait = (server: ServerModel, { token }: Pick<JoinCommand, 'token'>): boolean =>
  server.isHeld && (token === null || claimOf(token, server) === null)

function applyEffect(server: ServerModel, effect: RoomEffect): ServerModel {
  if (!server.boxes) return server
  const { seat } = effect
  if (effect.type === 'event.sent') return withBox(server, seat, append(server.boxes[seat], effect.event))
  const lives = server.lives + 1
  return { ...withBox(server, seat, newMailboxModel(lives)), lives, holders: { ...server.holders, [seat]: null } }
}

/** Returns the server with another mailbox for a seat. */
export const withBox = (server: ServerModel, seat: SeatName, box: MailboxModel): ServerModel => ({
  ...server,
  boxes: server.boxes && { ...server.boxes, [seat]: box },
})

/** RoomService.join, and the first events of the subscription (server/api/roomSubscription.ts, mailboxReader.ts). */
export function join(
  machine: typeof realRoom,
  before: ServerModel,
  { joinKey, token, formerToken, lastEventId, mediaFlow, policy, subscription, preparation }: JoinRequest,
): ServerStep & { reply: Reply; stay: SeatSubscription | null; isLost: boolean } {
  const serial = before.subscriptions + 1
  let given = ''
  const issue = (seat: SeatName, epoch: number): string =>
    hashToken((given = `token${serial}.${seat}${epoch}.${before.run}`))
  const isPrepared = preparation !== null && preparation !== undefined
  const request = { room: 'den', joinKey, token, lastEventId, mediaFlow, requestedAt: 0, formerToken, policy }
  const input = { ...request, ...(isPrepared && { preparation }) }
  let fact: ArrivalEvent
  try {
    fact = admissionEvent(before.room, input, {
      mayJoin: true,
      mayCreateRoom: true,
      tokenPayload: token === null ? null : claimOf(token, before),
      hadSeat: formerToken !== undefined && claimOf(formerToken, before) !== null,
      nowMs: 0,
      defaultPolicy: 'open',
      issueToken: issue,
    })
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    return {
      server: before,
      broken: [],
      reply: { type: 'refused', subscription, code: error.errorCode },
      stay: null,
      isLost: false,
    }
  }
  const { server, broken: brokenByRoom } = apply(machine, before, fact)
  const broken = [...brokenByRoom, ...brokenByEntry(before, fact)]
  const seat = fact.type !== 'visitor.joined' ? fact.seat : before.room.context.seats.a ? 'b' : 'a'
  const box = before.boxes?.[seat] ?? server.boxes?.[seat]
  if (!box) throw new Error('a visitor without a mailbox')
  const mailbox = {
    mailboxId: String(box.life),
    droppedCount: box.from,
    lastSeq: before.boxes ? endOf(box) : box.from,
    acked: box.acked,
  }
  const { joined, resumeFrom, mailboxEnd } = buildAdmission(server.room, input, given, fact, mailbox, before.room)
  const { epoch } = joined
  const holder: Holder = { serial, tokens: [given, token ?? joinKey] }
  return {
    server: { ...server, subscriptions: serial, holders: { ...server.holders, [seat]: holder } },
    broken,
    isLost: resumeFrom === null,
    stay: { seat, epoch, serial, subscription, life: box.life, n: (resumeFrom ?? mailboxEnd).seq },
    reply: {
      type: 'joined',
      subscription,
      position: resumeFrom
        ? `${resumeFrom.mailboxId}.${resumeFrom.seq}`
        : (lastEventId ?? `${mailboxEnd.mailboxId}.${mailboxEnd.seq}`),
      seat: joined,
    },
  }
}

/**
 * A room that asks first gives its seat to a visitor that its holder admitted. A locked room gives it to none. A holder
 * whose seat expired returns.
 */
function brokenByEntry({ room: { value, context }, guests }: ServerModel, fact: ArrivalEvent): string[] {
  const { policy } = context.door
  if (fact.type !== 'visitor.joined' || value === 'empty' || policy === 'open') return []
  const isAdmitted = policy === 'ask' && guests.some((guest) => guest.keyHash === fact.joinKey && guest.isAdmitted)
  const isFormer = context.door.former?.tokenHashes.some((hash) => hash === fact.formerTokenHash) === true
  return isAdmitted || isFormer ? [] : ['only an admitted visitor gets the free seat']
}

/** Store.appendMessage. */
export function sendMessage(
  server: ServerModel,
  stay: SeatSubscription | null,
  n: number,
  sent: SentMessage,
): ServerStep & { answer: number | 'seat-lost' | 'out-of-order' | 'not-joined' } {
  if (!stay) return { server, broken: [], answer: 'not-joined' }
  const { seat, epoch, serial } = stay
  const [own, box, { room }] = [server.boxes?.[seat], server.boxes?.[otherSeat(seat)], server]
  if (!own || !box || room.context.seats[seat]?.epoch !== epoch) return { server, broken: [], answer: 'seat-lost' }
  if (n <= own.acked) return { server, broken: [], answer: own.acked }
  if (n > own.acked + 1) return { server, broken: [], answer: 'out-of-order' }
  const peerBox = room.context.seats[otherSeat(seat)]
    ? append(box, { type: 'message', message: sent.message }, sent)
    : appendWhileVacant(box, sent)
  const counted = withBox(withBox(server, otherSeat(seat), peerBox), seat, { ...own, acked: own.acked + 1 })
  const broken = server.holders[seat]?.serial === serial ? [] : ['no request of an old epoch is accepted']
  return { server: counted, broken, answer: own.acked + 1 }
}

/** Result of a read: the next event, a gap with the digest of dropped events, or the end. */
export type ReadResult =
  | { type: 'event'; entry: MailboxEntry; n: number }
  | { type: 'truncated'; n: number; roomEvents: RoomEvent[] }
  | { type: 'nothing' | 'superseded' | 'released' }

/** Store.read, one event at a time. */
export function read({ boxes, room }: ServerModel, { seat, epoch, life, n }: SeatSubscription): ReadResult {
  const [box, holder] = [boxes?.[seat], room.context.seats[seat]]
  if (!box || !holder || box.life !== life) return { type: 'released' }
  if (holder.epoch !== epoch) return { type: 'superseded' }
  if (n < box.from || n > endOf(box))
    return { type: 'truncated', n: n < box.from ? box.from : endOf(box), roomEvents: digestSince(box.dropped, n) }
  const entry = box.log[n - box.from]
  return entry ? { type: 'event', entry, n: n + 1 } : { type: 'nothing' }
}

/** Returns the key by which equal servers have the same number. */
export const serverModelKey = ({
  room,
  boxes,
  lives,
  subscriptions,
  holders,
  run,
  isHeld,
  isPairExpected,
  guests,
  askMs,
  stranger,
  attempt,
  offer,
  answer,
  store,
}: ServerModel): string =>
  JSON.stringify([
    room.value,
    room.context,
    boxes,
    lives,
    subscriptions,
    holders,
    run,
    isHeld,
    isPairExpected,
    guests,
    askMs,
    stranger,
    attempt,
    offer,
    answer,
    store,
  ])

const wanted: Record<string, number> = { empty: 0, created: 1, ready: 2, full: 2 }
const newVisitor = {
  type: 'join',
  subscription: 1,
  joinKey: 'a new key',
  token: null,
  lastEventId: null,
  mediaFlow: 'stopped',
} as const

/** Invariants of every state of the server. */
export function faultsOfServer(
  rules: { machine: typeof realRoom; join: typeof join; mustWait: typeof mustWait },
  server: ServerModel,
): string[] {
  const { room, holders, guests } = server
  const taken = takenSeats(room.context)
  const faults: string[] = []
  if (taken.length !== wanted[String(room.value)]) faults.push('the room’s state matches the number of taken seats')
  if (seatNames.filter((seat) => holders[seat]).join() !== taken.join())
    faults.push('every seat belongs to the subscription that was granted it')
  if (taken.length === 2 && rules.join(rules.machine, server, newVisitor).reply.type !== 'refused')
    faults.push('at most two seats')
  const isLetIn =
    !rules.mustWait(server, newVisitor) && rules.join(rules.machine, server, newVisitor).reply.type !== 'refused'
  if (isLetIn && (server.isHeld || server.isPairExpected))
    faults.push('after a crash the returning pair is admitted before any new visitor')
  for (const seat of seatNames) {
    const [known, rights] = [room.context.seats[seat], holders[seat]?.tokens.map(hashToken) ?? []]
    if (known && holders[seat] && [known.tokenHash, known.previousTokenHash].sort().join() !== rights.sort().join())
      faults.push('only the two newest tokens of a seat are valid')
    if (server.boxes?.[seat].log.some(({ sent }) => sent?.life === strangerLife))
      faults.push('no message of a visitor reaches a holder')
  }
  if (guests.length > 1) faults.push('one visitor is at the door at a time')
  const { visitor } = room.context.door
  const { preparation } = room.context.door
  if (visitor && preparation && preparation.keyHash !== visitor.keyHash)
    faults.push('a connection is prepared with the visitor at the door')
  const guest = guests.find(({ keyHash }) => keyHash === visitor?.keyHash)
  if (visitor && !guest) faults.push('a place at the door ends with its visitor')
  if (visitor?.isAdmitted && guest && !guest.isAdmitted) faults.push('only an answer to this visitor admits it')
  if (!visitor && guests.length === 1) faults.push('a visitor keeps its place at the door')
  return faults
}
