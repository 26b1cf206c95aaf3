import { limits } from '../../../machines/limits.ts'
import type { RoomEvent } from '../../../machines/wire.ts'
import type { Said } from './words.ts'

/** server/mailbox.ts as a value. */
export interface Mailbox {
  /** Which life of a mailbox: the product draws a name for each, here they are counted. */
  life: number
  from: number
  log: Letter[]
  /** How many messages of the seat's holder were taken. */
  said: number
  /** The judge's: how many letters were put in. */
  put: number
}

/** `at`: the judge's number of it. */
export interface Letter { event: RoomEvent; said: Said | null; at: number }

export const newMailbox = (life: number): Mailbox => ({ life, from: 0, log: [], said: 0, put: 0 })

export const endOf = ({ from, log }: Mailbox): number => from + log.length

export function append(box: Mailbox, event: RoomEvent, said: Said | null = null): Mailbox {
  const put = box.put + 1
  const log = [...box.log, { event, said, at: put }]
  const dropped = Math.max(0, log.length - limits.mailboxMessages)
  return { ...box, put, log: log.slice(dropped), from: box.from + dropped }
}

/** For a seat that nobody has: the newest negotiation only. */
export function appendForNobody(box: Mailbox, said: Said): Mailbox {
  const { message } = said
  const event = { type: 'message', message } as const
  if (message.type === 'offer') return append(dropAll(box), event, said)
  const [first] = box.log
  const waiting = first?.event.type === 'message' && first.event.message.type === 'offer' ? first.event.message.connection : null
  return message.type === 'candidate' && message.connection === waiting && box.log.length < limits.mailboxMessages / 2 ? append(box, event, said) : box
}

/** What is older than it is kept. */
export const dropAll = (box: Mailbox): Mailbox => ({ ...box, log: [], from: endOf(box) })

/** What everybody who may still read has read. */
export const dropUntil = (box: Mailbox, n: number): Mailbox =>
  n <= box.from ? box : { ...box, log: box.log.slice(n - box.from), from: Math.min(n, endOf(box)) }
