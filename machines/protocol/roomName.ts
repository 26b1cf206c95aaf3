import { limits } from './limits.ts'

/**
 * A room name is a capability: anyone with the name may join. Generated names hold 80 bits
 * (client/ui/roomNameGenerator.ts). Users type, dictate and paste names. So case, spaces, kinds of dash, invisible
 * characters and surrounding punctuation are ignored.
 */
const name = new RegExp(`^[\\p{L}\\p{N}][\\p{L}\\p{M}\\p{N}_.-]{0,${limits.roomNameCharacters - 1}}$`, 'u')

/** Zero-width spaces, soft hyphens, direction marks and variation selectors (UAX #44, Default_Ignorable_Code_Point). */
const invisibleCharacters = /[\p{Default_Ignorable_Code_Point}\p{Cf}]+/gu
/** Quotes and brackets before a pasted link, and the full stop or bracket after it. */
const surroundingPunctuation = /^[^\p{L}\p{N}]+|[^\p{L}\p{M}\p{N}]+$/gu

/**
 * Returns the canonical form of a typed name: NFKC, lower case, words joined by single dashes, no invisible characters,
 * and a letter or digit at both ends. Idempotent. Server and browser both use it, so different spellings of a name lead
 * to one room.
 */
export function canonicalRoomName(typed: string): string {
  const visible = typed.normalize('NFKC').replace(invisibleCharacters, '').toLowerCase()
  return visible
    .replace(/[\s\p{Pd}]+/gu, '-')
    .replace(surroundingPunctuation, '')
    .normalize('NFC')
}

/** Returns true for a canonical name: 1 to 64 letters, digits, `-`, `_` or `.`, starting with a letter or digit. */
export function isRoomName(canonical: string): boolean {
  return name.test(canonical)
}
