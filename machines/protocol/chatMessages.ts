import { cleanChatText } from './chatText.ts'
import { contentLimits } from './contentLimits.ts'

/** The position in the texts of one stay that the sender has received and stored. */
export interface ReceivedPosition {
  stay: string
  seq: number
}

/**
 * The messages of the chat channel. A stay is the time from a join to its end; a reload continues it. Each page numbers
 * its texts from 1 in its stay.
 */
export type ChatMessage =
  /** The first message of each side. `received`: the peer's stay and its newest received text; null without one. */
  | { type: 'hello'; stay: string; received: ReceivedPosition | null }
  /** `ageMs`: the time since the person sent it. A text that waited for a connection is older. */
  | { type: 'text'; seq: number; text: string; ageMs: number }
  /** All texts up to `seq` are received and stored. */
  | { type: 'ack'; seq: number }

/** The chat message with this `type`. */
export type ChatMessageOf<T extends ChatMessage['type']> = Extract<ChatMessage, { type: T }>

type Fields = Record<string, unknown>

/** The id of a stay: 256 random bits in base64url. */
const stayPattern = /^[A-Za-z0-9_-]{43}$/
/** A text may wait for as long as a page is open. */
const maxAgeMs = 7 * 24 * 60 * 60 * 1000

/** Parses a received message; returns null if it is invalid. The text is cleaned (chatText.ts). */
export function parseChatMessage(data: unknown): ChatMessage | null {
  if (typeof data !== 'string' || data.length > contentLimits.chatMessageCharacters) return null
  try {
    const fields: unknown = JSON.parse(data)
    return isObject(fields) && isKnownType(fields.type) ? parsers[fields.type](fields) : null
  } catch {
    return null
  }
}

/** The parser of each type. It returns null for invalid fields and drops unknown ones. */
const parsers: { readonly [T in ChatMessage['type']]: (fields: Fields) => ChatMessageOf<T> | null } = {
  hello: ({ stay, received = null }) =>
    isStay(stay) && (received === null || isPosition(received))
      ? { type: 'hello', stay, received: received && { stay: received.stay, seq: received.seq } }
      : null,
  text: ({ seq, text, ageMs }) => {
    if (!isSeq(seq) || typeof text !== 'string' || !isAge(ageMs)) return null
    if (text.length > contentLimits.chatTextCharacters) return null
    const clean = cleanChatText(text)
    return clean ? { type: 'text', seq, text: clean, ageMs } : null
  },
  ack: ({ seq }) => (isSeq(seq) ? { type: 'ack', seq } : null),
}

const isObject = (value: unknown): value is Fields => typeof value === 'object' && value !== null
const isKnownType = (type: unknown): type is ChatMessage['type'] =>
  typeof type === 'string' && Object.hasOwn(parsers, type)
const isStay = (value: unknown): value is string => typeof value === 'string' && stayPattern.test(value)
/** 32 bits are more texts than a person types. */
const isSeq = (value: unknown): value is number => isWithin(value, 1, 2 ** 32)
const isAge = (value: unknown): value is number => isWithin(value, 0, maxAgeMs)
const isPosition = (value: unknown): value is ReceivedPosition =>
  isObject(value) && isStay(value.stay) && isSeq(value.seq)
const isWithin = (value: unknown, least: number, most: number): value is number =>
  Number.isSafeInteger(value) && Number(value) >= least && Number(value) <= most
