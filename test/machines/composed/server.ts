import { transition } from 'xstate'
import { room as realRoom, type RoomEffect, type RoomFact } from '../../../machines/room/roomMachine.ts'
import { other, seatNames, takenSeats } from '../../../machines/room/seats.ts'
import type { RoomEvent, SeatName } from '../../../machines/protocol/messages.ts'
import { type ArrivalFact, entranceOf, factOf, type Room } from '../../../server/rooms/admission.ts'
import { gistAfter } from '../../../server/rooms/mailboxDigest.ts'
import { Refusal } from '../../../server/common/apiError.ts'
import { absentSince } from '../../../server/rooms/memoryStore.ts'
import { type Claim, hashOf } from '../../../server/rooms/tokens.ts'
import { append, appendForNobody, endOf, type Letter, type Mailbox, newMailbox } from './mailbox.ts'
import type { Reply, Said, Stay, VisitOrder } from './words.ts'

/** server/rooms/roomService.ts over server/rooms/memoryStore.ts as a value: the real room, the real door, mailboxes as values. */
export interface Server {
  room: Room
  /** Null where there is no such room. */
  boxes: Record<SeatName, Mailbox> | null
  /** Mailboxes and visits so far. */
  lives: number
  visits: number
  /** The judge's: which visit has which seat, and which two tokens give a right to it. */
  holders: Record<SeatName, Holder | null>
  /** Which run of the server it is: tokens say by which they were signed. */
  run: number
  /** After a crash strangers wait (server/rooms/startHold.ts). */
  isHeld: boolean
  /** The judge's: a holder from before the crash is back, in a call with one who is not. */
  isPairExpected: boolean
}

interface Holder { serial: number; tokens: string[] }

/** A step of the server: what it is then, and which rules it broke. */
export interface Served { server: Server; broken: string[] }

export const newServer = (machine: typeof realRoom): Server => ({ room: roomWith(machine, 0), boxes: null, lives: 0, visits: 0, holders: { a: null, b: null }, run: 0, isHeld: false, isPairExpected: false })

const roomWith = (machine: typeof realRoom, epoch: number): Room =>
  machine.resolveState({ value: 'empty', context: { seats: { a: null, b: null }, epoch, awaited: null } })

/** Rooms.#apply, one at a time. */
export function apply(machine: typeof realRoom, server: Server, fact: RoomFact, by: Stay | null = null, forgotten = (epoch: number): number => epoch): Served {
  const [room, actions] = transition(machine, server.room, fact)
  if (room === server.room) return { server, broken: [] }
  const effects = (actions as unknown as { type: string; params: { event: RoomEffect } }[]).filter(({ type }) => type === 'xstate.emit').map(({ params }) => params.event)
  const before = server.boxes ? server : { ...server, boxes: { a: newMailbox(server.lives + 1), b: newMailbox(server.lives + 2) }, lives: server.lives + 2 }
  const after = effects.reduce(carryOut, { ...before, room } as Server)
  const isStale = by !== null && server.holders[by.seat]?.serial !== by.serial
  return {
    // A room that is empty is forgotten, but for its epoch.
    server: { ...after, ...(room.value === 'empty' && { room: roomWith(machine, forgotten(room.context.epoch)), boxes: null }), isPairExpected: isPairStillExpected(after, fact) },
    broken: isStale ? ['nothing is taken from an old epoch'] : [],
  }
}

/** Until the other one is back, the wait is over, or the call that vouches for them is. */
function isPairStillExpected({ isPairExpected, room }: Server, fact: RoomFact): boolean {
  if (fact.type === 'holder.restored') return fact.flowing && takenSeats(room.context).length === 1
  return isPairExpected && fact.type !== 'time.passed' && fact.type !== 'media.stopped' && fact.type !== 'holder.left'
}

/** Killed: the rooms are gone, tokens remain signed, and epochs go on (server/rooms/stateDirectory.ts). The caller cuts every socket. */
export const crash = (machine: typeof realRoom, { room, lives, visits, run }: Server): Server =>
  ({ ...newServer(machine), room: roomWith(machine, room.context.epoch + 1), lives, visits, run: run + 1, isHeld: true })

/** Stopped and started: the rooms are saved (MemoryStore.save, restore). The caller cuts every socket. */
export const restart = (machine: typeof realRoom, server: Server): Server =>
  ({ ...server, run: server.run + 1, room: machine.resolveState({ value: server.room.value, context: absentSince(0, server.room.context) }) })

/** What a signed token says of itself. */
function claimOf(token: string, { run }: Server): Claim | null {
  const [, seat, epoch, signedBy] = /^token\d+\.([ab])(\d+)\.(\d+)$/.exec(token) ?? []
  return seat === undefined ? null : { seat: seat as SeatName, epoch: Number(epoch), isOfThisRun: Number(signedBy) === run }
}

/** Whether one who asks has to wait for the end of the hold. */
export const waits = (server: Server, { token }: Pick<VisitOrder, 'token'>): boolean => server.isHeld && (token === null || claimOf(token, server) === null)

function carryOut(server: Server, effect: RoomEffect): Server {
  if (!server.boxes) return server
  const { seat } = effect
  if (effect.type === 'told') return withBox(server, seat, append(server.boxes[seat], effect.event))
  const lives = server.lives + 1
  return { ...withBox(server, seat, newMailbox(lives)), lives, holders: { ...server.holders, [seat]: null } }
}

export const withBox = (server: Server, seat: SeatName, box: Mailbox): Server =>
  ({ ...server, boxes: server.boxes && { ...server.boxes, [seat]: box } })

/** Rooms.enter, and what the visit then begins with (server/api/roomSubscription.ts, mailboxReader.ts). */
export function enter(machine: typeof realRoom, before: Server, { key, token, lastEventId, media, visit }: VisitOrder & { visit: number }): Served & { reply: Reply; stay: Stay | null; isLost: boolean } {
  const serial = before.visits + 1
  let given = ''
  const issue = (seat: SeatName, epoch: number): string => hashOf(given = `token${serial}.${seat}${epoch}.${before.run}`)
  const input = { room: 'den', key, token, lastEventId, media, asked: 0 }
  let fact: ArrivalFact
  try {
    fact = factOf(before.room, input, { isWelcome: true, claim: token === null ? null : claimOf(token, before), isFormer: false, at: 0, issue })
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return { server: before, broken: [], reply: { type: 'refused', visit, code: error.refused }, stay: null, isLost: false }
  }
  const { server, broken } = apply(machine, before, fact)
  const seat = fact.type !== 'visitor.entered' ? fact.seat : before.room.context.seats.a ? 'b' : 'a'
  const box = before.boxes?.[seat] ?? server.boxes?.[seat]
  if (!box) throw new Error('a visitor without a mailbox')
  const mark = { epoch: String(box.life), from: box.from, to: before.boxes ? endOf(box) : box.from, said: box.said }
  const { joined, from, end } = entranceOf(server.room, input, given, fact, mark)
  const { epoch } = joined
  const holder: Holder = { serial, tokens: [given, token ?? key] }
  return {
    server: { ...server, visits: serial, holders: { ...server.holders, [seat]: holder } }, broken, isLost: from === null,
    stay: { seat, epoch, serial, visit, life: box.life, n: (from ?? end).n },
    reply: { type: 'joined', visit, position: from ? `${from.epoch}.${from.n}` : lastEventId ?? `${end.epoch}.${end.n}`, seat: joined },
  }
}

/** Store.say. */
export function say(server: Server, stay: Stay, n: number, said: Said): Served & { answer: number | 'seat-lost' | 'out-of-order' } {
  const { seat, epoch, serial } = stay
  const [own, box, { room }] = [server.boxes?.[seat], server.boxes?.[other(seat)], server]
  if (!own || !box || room.context.seats[seat]?.epoch !== epoch) return { server, broken: [], answer: 'seat-lost' }
  if (n <= own.said) return { server, broken: [], answer: own.said }
  if (n > own.said + 1) return { server, broken: [], answer: 'out-of-order' }
  const told = room.context.seats[other(seat)] ? append(box, { type: 'message', message: said.message }, said) : appendForNobody(box, said)
  const counted = withBox(withBox(server, other(seat), told), seat, { ...own, said: own.said + 1 })
  const broken = server.holders[seat]?.serial === serial ? [] : ['nothing is taken from an old epoch']
  return { server: counted, broken, answer: own.said + 1 }
}

export type Reading = { type: 'letter'; letter: Letter; n: number } | { type: 'lost'; n: number; news: RoomEvent[] } | { type: 'nothing' | 'taken' | 'freed' }

/** Store.read, one letter at a time. */
export function read({ boxes, room }: Server, { seat, epoch, life, n }: Stay): Reading {
  const [box, holder] = [boxes?.[seat], room.context.seats[seat]]
  if (!box || !holder || box.life !== life) return { type: 'freed' }
  if (holder.epoch !== epoch) return { type: 'taken' }
  if (n < box.from || n > endOf(box)) return { type: 'lost', n: n < box.from ? box.from : endOf(box), news: gistAfter(box.dropped, n) }
  const letter = box.log[n - box.from]
  return letter ? { type: 'letter', letter, n: n + 1 } : { type: 'nothing' }
}

export const keyOfServer = ({ room, boxes, lives, visits, holders, run, isHeld, isPairExpected }: Server): string =>
  JSON.stringify([room.value, room.context, boxes, lives, visits, holders, run, isHeld, isPairExpected])

const wanted: Record<string, number> = { empty: 0, created: 1, ready: 2, full: 2 }
const stranger = { type: 'visit', visit: 1, key: 'a stranger’s', token: null, lastEventId: null, media: 'stopped' } as const

/** What holds in every state of the server, whoever asks. */
export function faultsOfServer(door: { machine: typeof realRoom; enter: typeof enter; waits: typeof waits }, server: Server): string[] {
  const { room, holders } = server
  const taken = takenSeats(room.context)
  const faults: string[] = []
  if (taken.length !== wanted[String(room.value)]) faults.push('the room’s state says how many seats are taken')
  if (seatNames.filter((seat) => holders[seat]).join() !== taken.join()) faults.push('who was given a seat has it')
  if (taken.length === 2 && door.enter(door.machine, server, stranger).reply.type !== 'refused') faults.push('at most two seats')
  const isLetIn = !door.waits(server, stranger) && door.enter(door.machine, server, stranger).reply.type !== 'refused'
  if (isLetIn && (server.isHeld || server.isPairExpected)) faults.push('after a crash no stranger is let in before the pair')
  for (const seat of seatNames) {
    const [known, rights] = [room.context.seats[seat], holders[seat]?.tokens.map(hashOf) ?? []]
    if (known && holders[seat] && [known.token, known.previous].sort().join() !== rights.sort().join()) faults.push('the two newest tokens of a seat give a right to it, and no other does')
  }
  return faults
}
