import { limits } from './limits.ts'

/** Control, format (with bidi and zero-width), surrogate, private and unassigned characters, and line separators. */
const unsafe = /[\p{C}\p{Zl}\p{Zp}]/gu

/**
 * Returns a visitor's name as the other person sees it: one line of visible characters, at most
 * `limits.visitorNameCharacters` long. Empty if nothing remains. A clean name stays unchanged.
 */
export const cleanVisitorName = (typed: string): string => {
  const visible = typed.replaceAll(/\s+/gu, ' ').replaceAll(unsafe, '').normalize('NFC').replaceAll(/ +/g, ' ').trim()
  return [...visible].slice(0, limits.visitorNameCharacters).join('').trim()
}
