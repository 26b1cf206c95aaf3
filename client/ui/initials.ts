/**
 * Returns the initials of a name: the first letters of its first and last word, in upper case. A letter is a grapheme
 * cluster (UAX #29), so an emoji stays whole.
 */
export function initialsOf(name: string): string {
  const words = name.replaceAll(/[\u2066-\u2069]/g, '').split(' ')
  const letters = new Intl.Segmenter(undefined, { granularity: 'grapheme' })
  return [...new Set([words.at(0), words.at(-1)])]
    .map((word) => [...letters.segment(word ?? '')][0]?.segment ?? '')
    .join('')
    .toUpperCase()
}
