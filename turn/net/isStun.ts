import { magicCookie } from '../stun/message.ts'

/**
 * Returns whether a stream with these first bytes is STUN or TURN (RFC 8489 §5, §6.2.2).
 * A TURN stream starts with a STUN message, because a channel needs a request first.
 * HTTP starts with a letter, so one byte rules it out.
 * @returns undefined while the bytes are too few
 */
export function isStun(first: Uint8Array): boolean | undefined {
  if (first.length === 0) return undefined
  if (first[0]! & 0xc0) return false
  const cookie = Math.min(first.length - 4, 4)
  for (let i = 0; i < cookie; i++) if (first[4 + i] !== ((magicCookie >>> (24 - 8 * i)) & 0xff)) return false
  return first.length < 8 ? undefined : true
}
