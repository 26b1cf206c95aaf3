/** A byte array that WebCrypto accepts. */
export type Bytes = Uint8Array<ArrayBuffer>

/**
 * Version label of the protocol. Change it when the meaning of the encoded fields changes: pages with different labels
 * derive no code.
 */
const protocolLabel = 'duet safety code 1'

const encoder = new TextEncoder()

/**
 * Encodes the label and the fields. Each has a 2-byte length prefix, so that different fields never give the same
 * bytes.
 * @throws Error if a field is longer than 65,535 bytes
 */
export function encodeFields(...fields: readonly (string | Bytes)[]): Bytes {
  const parts = [protocolLabel, ...fields].map((field) => (typeof field === 'string' ? encoder.encode(field) : field))
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + 2 + length, 0))
  let at = 0
  for (const part of parts) {
    if (part.length > 0xffff) throw new Error('field is longer than 65535 bytes')
    bytes.set([part.length >> 8, part.length & 0xff], at)
    bytes.set(part, at + 2)
    at += 2 + part.length
  }
  return bytes
}

/** Returns the SHA-256 digest, 32 bytes. */
export const digestSha256 = async (bytes: Bytes): Promise<Bytes> =>
  new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))

/** Encodes bytes as base64url without padding (RFC 4648 §5). */
export const toBase64Url = (bytes: Bytes): string =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')

/** Decodes 32 bytes from base64url; null unless the text is exactly the output of `toBase64Url`. */
export function parseBytes32(text: string): Bytes | null {
  if (!/^[\w-]{43}$/.test(text)) return null
  const bytes = Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (char) => char.charCodeAt(0))
  return toBase64Url(bytes) === text ? bytes : null
}

/** True if both arrays hold the same bytes. The comparison is not constant-time. */
export const areEqual = (one: Bytes, other: Bytes): boolean =>
  one.length === other.length && one.every((byte, at) => byte === other[at])
