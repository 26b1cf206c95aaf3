import { limits } from '../../../machines/protocol/limits.ts'
import type { RoomEvent } from '../../../machines/protocol/messages.ts'
import { type MailboxDigest, addDropped } from '../../../server/rooms/mailboxDigest.ts'
import type { SentMessage } from './channelTypes.ts'

/** server/rooms/mailbox.ts as a value. */
export interface MailboxModel {
  /** Which life of a mailbox: the product draws a name for each, here they are counted. */
  life: number
  from: number
  log: MailboxEntry[]
  /** What still counts of what was dropped unread. */
  dropped: MailboxDigest
  /** How many messages of the seat's holder were taken. */
  said: number
  /** The judge's: how many letters were put in. */
  put: number
}

/** `at`: the judge's number of it. */
export interface MailboxEntry {
  event: RoomEvent
  said: SentMessage | null
  at: number
}

export const newMailboxModel = (life: number): MailboxModel => ({
  life,
  from: 0,
  log: [],
  dropped: [],
  said: 0,
  put: 0,
})

export const endOf = ({ from, log }: MailboxModel): number => from + log.length

export function append(box: MailboxModel, event: RoomEvent, said: SentMessage | null = null): MailboxModel {
  const put = box.put + 1
  const longer = { ...box, put, log: [...box.log, { event, said, at: put }] }
  return drop(longer, longer.log.length - limits.mailboxMessages)
}

/** For a seat that nobody has: the newest negotiation only. */
export function appendWhileVacant(box: MailboxModel, said: SentMessage): MailboxModel {
  const { message } = said
  const event = { type: 'message', message } as const
  if (message.type === 'offer') return append(dropAll(box), event, said)
  const [first] = box.log
  const waiting =
    first?.event.type === 'message' && first.event.message.type === 'offer' ? first.event.message.connection : null
  return message.type === 'candidate' && message.connection === waiting && box.log.length < limits.mailboxMessages / 2
    ? append(box, event, said)
    : box
}

/** What is older than it is kept. */
export const dropAll = (box: MailboxModel): MailboxModel => drop(box, box.log.length)

const drop = (box: MailboxModel, count: number): MailboxModel =>
  box.log
    .slice(0, Math.max(0, count))
    .reduce(
      (rest, { event }) => ({
        ...rest,
        log: rest.log.slice(1),
        from: rest.from + 1,
        dropped: addDropped(rest.dropped, rest.from + 1, event),
      }),
      box,
    )

/** What everybody who may still read has read. */
export const dropUntil = (box: MailboxModel, n: number): MailboxModel => ({
  ...box,
  log: box.log.slice(Math.max(0, n - box.from)),
  from: Math.max(box.from, Math.min(n, endOf(box))),
  dropped: box.dropped.filter((each) => each.seq > n),
})
