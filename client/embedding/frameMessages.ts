import type { ErrorCode } from '../../machines/protocol/messages.ts'

/** Version of the messages between a page and the room in its frame (docs/embedding.md). */
export const frameProtocolVersion = 1

/** Messages from the embedding page to the room in the frame. */
export type MessageToFrame =
  /** The page listens. The room answers with `ready`, and with `joined` if the user is inside. */
  | { type: 'hello' }
  /** The user hangs up. */
  | { type: 'leave' }

/** The state of the membership machine that ended the visit. */
export type LeftReason = 'byUser' | 'byPeer' | 'rejected' | 'replaced'

/** Messages from the room in the frame to the embedding page. */
export type MessageToHost =
  | { type: 'ready' }
  | { type: 'joined'; room: string }
  | { type: 'left'; reason: LeftReason }
  /** The server rejected the user, or the browser cannot make calls (`unsupported`). */
  | { type: 'error'; code: ErrorCode | 'unsupported' }

/** Adds the version. A receiver ignores other versions. */
export const withVersion = <Message extends object>(message: Message): Message & { duet: number } => ({
  duet: frameProtocolVersion,
  ...message,
})

/** The fields of a message, as another page sent them. */
type Received = Readonly<Partial<Record<'duet' | 'type' | 'room' | 'reason' | 'code', unknown>>>

/** Returns the data of a message event if it is a message of this version; null otherwise. */
function readMessage(data: unknown): Received | null {
  const message: Received | null = typeof data === 'object' ? data : null
  return message?.duet === frameProtocolVersion ? message : null
}

/** Parses a message from the embedding page; null if it is none. */
export function parseMessageToFrame(data: unknown): MessageToFrame | null {
  const { type } = readMessage(data) ?? {}
  return type === 'hello' || type === 'leave' ? { type } : null
}

/** Parses a message from the room; null if it is none. Its texts are not checked further: the server is trusted. */
export function parseMessageToHost(data: unknown): MessageToHost | null {
  const { type, room, reason, code } = readMessage(data) ?? {}
  if (type === 'ready') return { type }
  if (type === 'joined' && typeof room === 'string') return { type, room }
  if (type === 'left' && typeof reason === 'string') return { type, reason: reason as LeftReason }
  return type === 'error' && typeof code === 'string' ? { type, code: code as ErrorCode } : null
}
