import type { Role } from '../../machines/protocol/messages.ts'
import { type Bytes, encodeFields, digestSha256, toBase64Url } from './bytes.ts'

/** The scope of a code: one connection in one room. */
export interface CodeContext {
  room: string
  connection: string
}

/** The input of one end: the SHA-256 of its certificate and a nonce of 32 random bytes. */
export interface EndInput {
  fingerprint: Bytes
  nonce: Bytes
}

/** Returns a commitment that binds an end to its input without revealing it: SHA-256 in base64url. */
export async function computeCommitment(
  { room, connection }: CodeContext,
  role: Role,
  { fingerprint, nonce }: EndInput,
): Promise<string> {
  return toBase64Url(await digestSha256(encodeFields('commitment', room, connection, role, fingerprint, nonce)))
}

const emojiCount = 7
const bitsPerEmoji = 6

/**
 * Derives the safety code: 7 numbers from 0 to 63. Both ends get the same code if both saw the same inputs. The code
 * is the first 42 of 48 bits of HKDF output (RFC 5869).
 */
export async function deriveCode(
  { room, connection }: CodeContext,
  { impolite, polite }: Record<Role, EndInput>,
): Promise<number[]> {
  const secret = encodeFields(impolite.nonce, polite.nonce, impolite.fingerprint, polite.fingerprint)
  const key = await crypto.subtle.importKey('raw', secret, 'HKDF', false, ['deriveBits'])
  const derived = await crypto.subtle.deriveBits(
    { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info: encodeFields('code', room, connection) },
    key,
    48,
  )
  const number = new Uint8Array(derived).reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n) >> 6n
  return Array.from({ length: emojiCount }, (_, at) =>
    Number((number >> BigInt(bitsPerEmoji * (emojiCount - 1 - at))) & 63n),
  )
}
