import type { Said } from './words.ts'

/**
 * client/signaling/outbox.ts as a value. Its answers come at once: a late one would do nothing but make more repetitions, which happen
 * anyway where a message of a socket that died still arrives.
 */
export interface Outbox {
  /** Unacknowledged; the first of them has this number. */
  first: number
  messages: Said[]
  isOpen: boolean
}

export interface Posted { n: number; ghost: Said }
/** The outbox after a step, and what it sends. */
export type Step = readonly [Outbox, Posted[]]

export const emptyOutbox: Outbox = { first: 1, messages: [], isOpen: false }

export function say(outbox: Outbox, ghost: Said): Step {
  const messages = [...outbox.messages, ghost]
  return [{ ...outbox, messages }, outbox.isOpen ? [{ n: outbox.first + messages.length - 1, ghost }] : []]
}

export function open(outbox: Outbox, { said, resumed }: { said: number; resumed: boolean }): Step {
  const { messages } = resumed ? acknowledge(outbox, said) : emptyOutbox
  const after = { first: said + 1, messages, isOpen: true }
  return [after, resend(after)]
}

export const close = (outbox: Outbox): Outbox => ({ ...outbox, isOpen: false })

/** The server says how many it has. */
export function acknowledge(outbox: Outbox, said: number): Outbox {
  const count = Math.min(outbox.messages.length, Math.max(0, said + 1 - outbox.first))
  return { ...outbox, first: outbox.first + count, messages: outbox.messages.slice(count) }
}

/** All that is unacknowledged: after the server missed one, too. */
export const resend = ({ first, messages, isOpen }: Outbox): Posted[] =>
  isOpen ? messages.map((ghost, index) => ({ n: first + index, ghost })) : []
