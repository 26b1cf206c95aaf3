import { limits } from './limits.ts'

/** Control, format (with bidi and zero-width), surrogate, private and unassigned characters, and line separators. */
const unsafe = /[\p{C}\p{Zl}\p{Zp}]/gu

/**
 * Most combining marks on one letter. Thai, Tibetan and pointed Hebrew use up to four. A pile of forty covers the lines
 * above and below it.
 */
const excessMarks = /(\p{M}{4})\p{M}+/gu

/** Fillers of Hangul, blank braille, variation selectors and lone marks show nothing by themselves. */
const visibleCharacter = /[^\p{Default_Ignorable_Code_Point}\p{M}\p{Z}\u2800]/u

/**
 * Returns a visitor's name as the other person sees it: one line of visible characters, at most
 * `limits.visitorNameCharacters` long. Empty if nothing remains. A clean name stays unchanged.
 */
export const cleanVisitorName = (typed: string): string => {
  const visible = typed.replaceAll(/\s+/gu, ' ').replaceAll(unsafe, '').normalize('NFC').replaceAll(/ +/g, ' ').trim()
  const name = [...visible.replaceAll(excessMarks, '$1')].slice(0, limits.visitorNameCharacters).join('').trim()
  return visibleCharacter.test(name) ? name : ''
}
