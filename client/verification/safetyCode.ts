import type { Role } from '../../machines/protocol/messages.ts'
import { type Bytes, frame, hash, textOf } from './bytes.ts'

/** Where two compare: a code counts for one connection in one room. */
export interface Place { room: string; connection: string }

/** What one end puts in: its certificate's SHA-256, and 32 random bytes. */
export interface End { fingerprint: Bytes; nonce: Bytes }

/** Binds an end to what it puts in, and shows nothing of it. */
export async function commitmentOf({ room, connection }: Place, role: Role, { fingerprint, nonce }: End): Promise<string> {
  return textOf(await hash(frame('commitment', room, connection, role, fingerprint, nonce)))
}

const pictures = 7
const bits = 6

/** The same at both ends if both saw the same. HKDF, RFC 5869: the code is cut from its output, 42 of 48 bits. */
export async function codeOf({ room, connection }: Place, { impolite, polite }: Record<Role, End>): Promise<number[]> {
  const secret = frame(impolite.nonce, polite.nonce, impolite.fingerprint, polite.fingerprint)
  const key = await crypto.subtle.importKey('raw', secret, 'HKDF', false, ['deriveBits'])
  const derived = await crypto.subtle.deriveBits({ name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info: frame('code', room, connection) }, key, 48)
  const number = new Uint8Array(derived).reduce((sum, byte) => sum << 8n | BigInt(byte), 0n) >> 6n
  return Array.from({ length: pictures }, (_, at) => Number(number >> BigInt(bits * (pictures - 1 - at)) & 63n))
}
