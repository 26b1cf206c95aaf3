import type { SentMessage } from './channelTypes.ts'

/**
 * client/signaling/outbox.ts as a value. Answers arrive at once. A late answer would only cause more repetitions. Those
 * happen anyway, where a message of a dead socket still arrives.
 */
export interface OutboxModel {
  /** Unacknowledged messages; the first of them has this number. */
  first: number
  messages: SentMessage[]
  isOpen: boolean
  /** Acknowledged messages. A store that lost its last writes gets them again. Undefined without such a store. */
  acked?: PostedMessage[]
}

/** A message that is sent, with its number. */
export interface PostedMessage {
  n: number
  sent: SentMessage
}
/** The outbox after a step, and the messages it sends. */
export type Step = readonly [OutboxModel, PostedMessage[]]

export const emptyOutbox: OutboxModel = { first: 1, messages: [], isOpen: false }

/** Adds a message, and sends it if the outbox is open. */
export function sendMessage(outbox: OutboxModel, sent: SentMessage): Step {
  const messages = [...outbox.messages, sent]
  return [{ ...outbox, messages }, outbox.isOpen ? [{ n: outbox.first + messages.length - 1, sent }] : []]
}

/** Opens the outbox after a join. A resumed seat resends unacknowledged messages; a new seat drops them. */
export function open(outbox: OutboxModel, { acked, resumed }: { acked: number; resumed: boolean }): Step {
  const start: OutboxModel = outbox.acked ? { ...emptyOutbox, acked: [] } : emptyOutbox
  const after = {
    ...(resumed ? acknowledge(restoreAcked(outbox, acked), acked) : start),
    first: acked + 1,
    isOpen: true,
  }
  return [after, resend(after)]
}

/** The store lost messages that it had acknowledged. */
function restoreAcked(outbox: OutboxModel, acked: number): OutboxModel {
  const lost = outbox.acked?.filter(({ n }) => n > acked) ?? []
  if (lost.length === 0) return outbox
  return { ...outbox, first: acked + 1, messages: [...lost.map(({ sent }) => sent), ...outbox.messages], acked: [] }
}

/** Closes the outbox; its messages stay. */
export const close = (outbox: OutboxModel): OutboxModel => ({ ...outbox, isOpen: false })

/** Drops the messages that the server has acknowledged. */
export function acknowledge(outbox: OutboxModel, acked: number): OutboxModel {
  const count = Math.min(outbox.messages.length, Math.max(0, acked + 1 - outbox.first))
  const kept = outbox.acked && [
    ...outbox.acked,
    ...outbox.messages.slice(0, count).map((sent, index) => ({ n: outbox.first + index, sent })),
  ]
  return {
    ...outbox,
    first: outbox.first + count,
    messages: outbox.messages.slice(count),
    ...(kept && { acked: kept }),
  }
}

/** Returns all unacknowledged messages. Also used after the server missed a message. */
export const resend = ({ first, messages, isOpen }: OutboxModel): PostedMessage[] =>
  isOpen ? messages.map((sent, index) => ({ n: first + index, sent })) : []
