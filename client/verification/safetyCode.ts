import type { Role } from '../../machines/protocol/messages.ts'
import { type Bytes, encodeFields, digestSha256, toBase64Url } from './bytes.ts'

/** Where two compare: a code counts for one connection in one room. */
export interface CodeContext {
  room: string
  connection: string
}

/** What one end puts in: its certificate's SHA-256, and 32 random bytes. */
export interface EndInput {
  fingerprint: Bytes
  nonce: Bytes
}

/** Binds an end to what it puts in, and shows nothing of it. */
export async function computeCommitment(
  { room, connection }: CodeContext,
  role: Role,
  { fingerprint, nonce }: EndInput,
): Promise<string> {
  return toBase64Url(await digestSha256(encodeFields('commitment', room, connection, role, fingerprint, nonce)))
}

const emojiCount = 7
const bitsPerEmoji = 6

/** The same at both ends if both saw the same. HKDF, RFC 5869: the code is cut from its output, 42 of 48 bits. */
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
