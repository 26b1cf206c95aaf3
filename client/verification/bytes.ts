export type Bytes = Uint8Array<ArrayBuffer>

/** Changed whenever what follows from it is to mean something else: two pages that differ in this find no code. */
const protocolLabel = 'duet safety code 1'

const encoder = new TextEncoder()

/** Fields as bytes, each behind its length, so that no other fields make the same. */
export function encodeFields(...fields: readonly (string | Bytes)[]): Bytes {
  const parts = [protocolLabel, ...fields].map((field) => (typeof field === 'string' ? encoder.encode(field) : field))
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + 2 + length, 0))
  let at = 0
  for (const part of parts) {
    if (part.length > 0xffff) throw new Error('a field is too long')
    bytes.set([part.length >> 8, part.length & 0xff], at)
    bytes.set(part, at + 2)
    at += 2 + part.length
  }
  return bytes
}

export const digestSha256 = async (bytes: Bytes): Promise<Bytes> =>
  new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))

/** Base64url, RFC 4648 §5, without padding. */
export const toBase64Url = (bytes: Bytes): string =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')

/** 32 bytes, written as `textOf` writes them and not otherwise; null: anything else. */
export function parseBytes32(text: string): Bytes | null {
  if (!/^[\w-]{43}$/.test(text)) return null
  const bytes = Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (char) => char.charCodeAt(0))
  return toBase64Url(bytes) === text ? bytes : null
}

export const areEqual = (one: Bytes, other: Bytes): boolean =>
  one.length === other.length && one.every((byte, at) => byte === other[at])
