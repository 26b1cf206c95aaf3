import type { MediaState } from './messages.ts'

/**
 * What the two say to each other past the server, over the data channel of their connection: ordered, and never lost while
 * the connection lives. So a good-bye, and who is muted, reach the other side though the server cannot be reached.
 */
export type ChannelMessage =
  /** Once a second, and at each change: I am here, and this is what I send. `n` counts them. */
  | { type: 'beat'; n: number; media: MediaState }
  /** The speaker hangs up. */
  | { type: 'bye' }
  /** The two halves of agreeing on a safety code (verificationMachine.ts); 32 bytes each, base64url. */
  | { type: 'commit'; commitment: string }
  | { type: 'reveal'; nonce: string }
  /** The secret by which the sender proves on later connections that it is the same page: 32 bytes, base64url (client/verification/continuity.ts). */
  | { type: 'secret'; secret: string }

/** The most characters of one message: the longest has about 80. */
const longest = 1_000

/**
 * What one side reads of the other's messages; more closes the channel. An honest page sends one beat a second and one for each change of
 * its devices, about 80 bytes each. After 90 s without a path (`timers.lossPatience`) up to a hundred of them arrive at once.
 */
export const channelLimits = {
  messages: { burst: 256, perSecond: 20 },
  bytes: { burst: 64 * 1024, perSecond: 8 * 1024 },
} as const

type Fields = Record<string, unknown>

/** The message that a text is, or null. By hand, for it runs in the browser, where zod is not. */
export function readChannelMessage(text: unknown): ChannelMessage | null {
  if (typeof text !== 'string' || text.length > longest) return null
  try {
    return messageOf(JSON.parse(text))
  } catch {
    return null
  }
}

function messageOf(value: unknown): ChannelMessage | null {
  if (!isObject(value)) return null
  const { type, n, media, commitment, nonce, secret } = value
  if (type === 'bye') return { type }
  if (type === 'commit' && is32Bytes(commitment)) return { type, commitment }
  if (type === 'reveal' && is32Bytes(nonce)) return { type, nonce }
  if (type === 'secret' && is32Bytes(secret)) return { type, secret }
  if (type === 'beat' && isCount(n) && isMedia(media)) return { type, n, media: pick(media) }
  return null
}

const isObject = (value: unknown): value is Fields => typeof value === 'object' && value !== null
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) > 0
const is32Bytes = (value: unknown): value is string => typeof value === 'string' && /^[A-Za-z0-9_-]{43}$/.test(value)
const isMedia = (value: unknown): value is MediaState =>
  isObject(value) && [value.microphone, value.camera, value.screen].every((each) => typeof each === 'boolean')

const pick = ({ microphone, camera, screen }: MediaState): MediaState => ({ microphone, camera, screen })
