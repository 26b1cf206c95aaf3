import { limits } from '../../../machines/protocol/limits.ts'
import type { RoomEvent } from '../../../machines/protocol/messages.ts'
import { type MailboxDigest, addDropped } from '../../../server/rooms/mailboxDigest.ts'
import type { SentMessage } from './channelTypes.ts'

/** server/rooms/mailbox.ts as a value. */
export interface MailboxModel {
  /** The life of the mailbox. The product draws a random id for each; the model counts them. */
  life: number
  from: number
  log: MailboxEntry[]
  /** Digest of the dropped entries. */
  dropped: MailboxDigest
  /** Number of messages accepted from the seat's holder. */
  acked: number
  /** Number of entries appended so far; used by the checks only. */
  put: number
}

/** `at`: number of the entry; used by the checks only. */
export interface MailboxEntry {
  event: RoomEvent
  sent: SentMessage | null
  at: number
}

/** Returns an empty mailbox. */
export const newMailboxModel = (life: number): MailboxModel => ({
  life,
  from: 0,
  log: [],
  dropped: [],
  acked: 0,
  put: 0,
})

/** Returns the sequence number of the last entry. */
export const endOf = ({ from, log }: MailboxModel): number => from + log.length

/** Adds an entry; drops the oldest one when the mailbox is full. */
export function append(box: MailboxModel, event: RoomEvent, sent: SentMessage | null = null): MailboxModel {
  const put = box.put + 1
  const longer = { ...box, put, log: [...box.log, { event, sent, at: put }] }
  return drop(longer, longer.log.length - limits.mailboxMessages)
}

/** A free seat stores the newest negotiation only. */
export function appendWhileVacant(box: MailboxModel, sent: SentMessage): MailboxModel {
  const { message } = sent
  const event = { type: 'message', message } as const
  switch (message.type) {
    case 'offer':
      return append(dropAll(box), event, sent)
    case 'candidate': {
      const [first] = box.log
      const waiting =
        first?.event.type === 'message' && first.event.message.type === 'offer' ? first.event.message.connection : null
      return message.connection === waiting && box.log.length < limits.mailboxMessages / 2
        ? append(box, event, sent)
        : box
    }
    case 'answer':
    case 'media':
    case 'hangup':
    case 'trace.subscribe':
    case 'trace.entries':
      return box
    default:
      return message satisfies never
  }
}

/** Drops all entries into the digest. */
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

/** Drops the entries that every possible reader has read. */
export const dropUntil = (box: MailboxModel, n: number): MailboxModel => ({
  ...box,
  log: box.log.slice(Math.max(0, n - box.from)),
  from: Math.max(box.from, Math.min(n, endOf(box))),
  dropped: box.dropped.filter((each) => each.seq > n),
})
