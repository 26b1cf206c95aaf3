import type { SentMessage } from './channelTypes.ts'

/**
 * client/signaling/outbox.ts as a value. Its answers come at once: a late one would do nothing but make more repetitions, which happen
 * anyway where a message of a socket that died still arrives.
 */
export interface OutboxModel {
  /** Unacknowledged; the first of them has this number. */
  first: number
  messages: SentMessage[]
  isOpen: boolean
}

export interface PostedMessage {
  n: number
  ghost: SentMessage
}
/** The outbox after a step, and what it sends. */
export type Step = readonly [OutboxModel, PostedMessage[]]

export const emptyOutbox: OutboxModel = { first: 1, messages: [], isOpen: false }

export function sendMessage(outbox: OutboxModel, ghost: SentMessage): Step {
  const messages = [...outbox.messages, ghost]
  return [{ ...outbox, messages }, outbox.isOpen ? [{ n: outbox.first + messages.length - 1, ghost }] : []]
}

export function open(outbox: OutboxModel, { said, resumed }: { said: number; resumed: boolean }): Step {
  const { messages } = resumed ? acknowledge(outbox, said) : emptyOutbox
  const after = { first: said + 1, messages, isOpen: true }
  return [after, resend(after)]
}

export const close = (outbox: OutboxModel): OutboxModel => ({ ...outbox, isOpen: false })

/** The server says how many it has. */
export function acknowledge(outbox: OutboxModel, said: number): OutboxModel {
  const count = Math.min(outbox.messages.length, Math.max(0, said + 1 - outbox.first))
  return { ...outbox, first: outbox.first + count, messages: outbox.messages.slice(count) }
}

/** All that is unacknowledged: after the server missed one, too. */
export const resend = ({ first, messages, isOpen }: OutboxModel): PostedMessage[] =>
  isOpen ? messages.map((ghost, index) => ({ n: first + index, ghost })) : []
