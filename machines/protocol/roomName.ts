import { limits } from './limits.ts'

/**
 * Room names. A name is a capability: its holder may enter, so the names that we make hold 80 bits (client/ui/roomNameGenerator.ts).
 * People type, dictate and paste names. Case, spaces, kinds of dash, invisible characters and the punctuation around a name do not matter.
 */
const name = new RegExp(`^[\\p{L}\\p{N}][\\p{L}\\p{M}\\p{N}_.-]{0,${limits.roomNameCharacters - 1}}$`, 'u')

/** Zero-width spaces, soft hyphens, direction marks and variation selectors (UAX #44, Default_Ignorable_Code_Point). */
const invisibleCharacters = /[\p{Default_Ignorable_Code_Point}\p{Cf}]+/gu
/** Quotes and brackets before a pasted link; the full stop or bracket that ends the sentence around it. */
const surroundingPunctuation = /^[^\p{L}\p{N}]+|[^\p{L}\p{M}\p{N}]+$/gu

/**
 * The one spelling of a name as typed: NFKC, lower case, words joined by single dashes, nothing invisible, and a letter or digit at both ends.
 * Idempotent. Server and browser both use it, so two people who type one name differently meet in one room.
 */
export function canonicalRoomName(typed: string): string {
  const visible = typed.normalize('NFKC').replace(invisibleCharacters, '').toLowerCase()
  return visible
    .replace(/[\s\p{Pd}]+/gu, '-')
    .replace(surroundingPunctuation, '')
    .normalize('NFC')
}

/** True for a canonical name: 1 to 64 letters, digits, `-`, `_` or `.`, the first a letter or a digit. */
export function isRoomName(canonical: string): boolean {
  return name.test(canonical)
}
