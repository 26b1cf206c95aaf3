import { limits } from './limits.ts'
import type { MediaState } from './messages.ts'
import { cleanVisitorName } from './visitorName.ts'

/**
 * The messages of the control channel, which bypasses the server, by the part of the page that receives them. The channel
 * is ordered and reliable while the connection lives. So a hangup and the mute state arrive even when the server is
 * unreachable.
 */
interface ChannelMessages {
  /** client/webrtc/heartbeat.ts. Sent once a second and at each change of `media`. `seq` counts from 1. */
  heartbeat: { type: 'heartbeat'; seq: number; media: MediaState }
  /** client/webrtc/peerConnection.ts. The sender hangs up. */
  call: { type: 'hangup' }
  /** client/preparation/preparedConnection.ts. The visitor joins, or the holder admits it; the server is asked, too. */
  preparation: { type: 'join' } | { type: 'admitted' }
  /** client/verification/exchangeActor.ts. The exchange that derives a safety code: 32 bytes each, base64url. */
  exchange: { type: 'commit'; commitment: string } | { type: 'reveal'; nonce: string }
  /** client/verification/continuity.ts. The key of the sender's later continuity proofs: 32 bytes, base64url. */
  continuity: { type: 'secret'; secret: string }
  /** client/session/names.svelte.ts. The name that the sender typed, cleaned (visitorName.ts). Empty without one. */
  names: { type: 'name'; name: string }
  /**
   * client/content/lazyContent.ts. At each opening: the versions of the content protocols that the sender has. A missing
   * one is 0: the sender has none.
   */
  content: { type: 'features'; chat: number; files: number }
}

/** A part of the page that receives messages of the data channel. */
export type ChannelReceiver = keyof ChannelMessages
export type ChannelMessage = ChannelMessages[ChannelReceiver]
/** The data channel message with this `type`. */
export type ChannelMessageOf<T extends ChannelMessage['type']> = Extract<ChannelMessage, { type: T }>
/** The handler of each message that a receiver handles. */
export type ChannelHandlers<R extends ChannelReceiver> = {
  readonly [T in ChannelMessages[R]['type']]: (message: ChannelMessageOf<T>) => void
}

type Fields = Record<string, unknown>

/** Parses a received message; returns null if it is invalid. Written by hand, because the browser does not load zod. */
export function parseChannelMessage(text: unknown): ChannelMessage | null {
  if (typeof text !== 'string' || text.length > limits.channelMessageCharacters) return null
  try {
    const fields: unknown = JSON.parse(text)
    return isObject(fields) && isKnownType(fields.type) ? parsers[fields.type](fields) : null
  } catch {
    return null
  }
}

/** The parser of each type. It returns null for invalid fields and drops unknown ones. */
const parsers: { readonly [T in ChannelMessage['type']]: (fields: Fields) => ChannelMessageOf<T> | null } = {
  heartbeat: ({ seq, media }) =>
    isCount(seq) && isMedia(media) ? { type: 'heartbeat', seq, media: pickMediaState(media) } : null,
  hangup: () => ({ type: 'hangup' }),
  join: () => ({ type: 'join' }),
  admitted: () => ({ type: 'admitted' }),
  commit: ({ commitment }) => (is32Bytes(commitment) ? { type: 'commit', commitment } : null),
  reveal: ({ nonce }) => (is32Bytes(nonce) ? { type: 'reveal', nonce } : null),
  secret: ({ secret }) => (is32Bytes(secret) ? { type: 'secret', secret } : null),
  features: ({ chat = 0, files = 0 }) =>
    isVersion(chat) && isVersion(files) ? { type: 'features', chat, files } : null,
  name: ({ name }) => (typeof name === 'string' ? { type: 'name', name: cleanVisitorName(name) } : null),
}

const isObject = (value: unknown): value is Fields => typeof value === 'object' && value !== null
const isKnownType = (type: unknown): type is ChannelMessage['type'] =>
  typeof type === 'string' && Object.hasOwn(parsers, type)
const isVersion = (value: unknown): value is number =>
  Number.isSafeInteger(value) && Number(value) >= 0 && Number(value) <= 99
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) > 0
const is32Bytes = (value: unknown): value is string => typeof value === 'string' && /^[A-Za-z0-9_-]{43}$/.test(value)
const isMedia = (value: unknown): value is MediaState =>
  isObject(value) && [value.microphone, value.camera, value.screen].every((each) => typeof each === 'boolean')

const pickMediaState = ({ microphone, camera, screen }: MediaState): MediaState => ({ microphone, camera, screen })
