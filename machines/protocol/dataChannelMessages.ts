import type { MediaState } from './messages.ts'

/**
 * The messages of the data channel, which bypasses the server. The channel is ordered and reliable while the connection
 * lives. So a hangup and the mute state arrive even when the server is unreachable.
 */
export type ChannelMessage =
  /** Sent once a second and at each change of `media`. `seq` counts from 1. */
  | { type: 'heartbeat'; seq: number; media: MediaState }
  /** The sender hangs up. */
  | { type: 'hangup' }
  /** The exchange that derives a safety code (verificationMachine.ts): 32 bytes each, base64url. */
  | { type: 'commit'; commitment: string }
  | { type: 'reveal'; nonce: string }
  /** The key of the sender's later continuity proofs: 32 bytes, base64url (client/verification/continuity.ts). */
  | { type: 'secret'; secret: string }

/** Limit of one message. The longest valid message has about 80 characters. */
const maxMessageCharacters = 1_000

/**
 * Rate limits for received messages; exceeding one closes the channel. A page sends one heartbeat a second and one at
 * each device change, about 80 bytes each. After 90 s without a transport (`timeouts.callLostTimeoutMs`) up to a
 * hundred arrive at once.
 */
export const channelLimits = {
  messages: { burst: 256, perSecond: 20 },
  bytes: { burst: 64 * 1024, perSecond: 8 * 1024 },
} as const

type Fields = Record<string, unknown>

/** Parses a received message; returns null if it is invalid. Written by hand, because the browser does not load zod. */
export function parseChannelMessage(text: unknown): ChannelMessage | null {
  if (typeof text !== 'string' || text.length > maxMessageCharacters) return null
  try {
    return parseMessage(JSON.parse(text))
  } catch {
    return null
  }
}

function parseMessage(value: unknown): ChannelMessage | null {
  if (!isObject(value)) return null
  const { type, seq, media, commitment, nonce, secret } = value
  if (type === 'hangup') return { type }
  if (type === 'commit' && is32Bytes(commitment)) return { type, commitment }
  if (type === 'reveal' && is32Bytes(nonce)) return { type, nonce }
  if (type === 'secret' && is32Bytes(secret)) return { type, secret }
  if (type === 'heartbeat' && isCount(seq) && isMedia(media)) return { type, seq, media: pickMediaState(media) }
  return null
}

const isObject = (value: unknown): value is Fields => typeof value === 'object' && value !== null
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) > 0
const is32Bytes = (value: unknown): value is string => typeof value === 'string' && /^[A-Za-z0-9_-]{43}$/.test(value)
const isMedia = (value: unknown): value is MediaState =>
  isObject(value) && [value.microphone, value.camera, value.screen].every((each) => typeof each === 'boolean')

const pickMediaState = ({ microphone, camera, screen }: MediaState): MediaState => ({ microphone, camera, screen })
