import { limits } from './limits.ts'

/**
 * Room names. A name is a capability: whoever knows it may enter, so the ones we make hold 80 bits (client/name.ts).
 * Names are typed, dictated and pasted: case, blanks around them and kinds of dash must not matter.
 */
const name = new RegExp(`^[\\p{L}\\p{N}][\\p{L}\\p{M}\\p{N}_.-]{0,${limits.nameCharacters - 1}}$`, 'u')

/** The one spelling of a name as typed: NFKC, lower case, words joined by dashes. Idempotent. */
export function canonicalName(typed: string): string {
  return typed.normalize('NFKC').trim().toLowerCase().replace(/[\s\p{Pd}]+/gu, '-').normalize('NFC')
}

/** True for a canonical name: 1 to 64 letters, digits, `-`, `_` or `.`, the first a letter or a digit. */
export function isRoomName(canonical: string): boolean {
  return name.test(canonical)
}
