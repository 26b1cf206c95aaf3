/** Browsers list at most four codings, six languages and one entity tag. Further entries of such a header are ignored. */
export const maxListEntries = 16

/**
 * Parses a list with quality values, such as `br;q=0.9, gzip` (RFC 9110 §12.4.2).
 * @returns the quality of each value in lower case, from 0 to 1. A malformed quality counts as 0.
 */
export const parseQualities = (header = ''): ReadonlyMap<string, number> =>
  new Map(
    header.split(',', maxListEntries).map((part) => {
      // A pattern with spaces around the semicolon took 324 ms for 16 KB of spaces.
      const [value = '', ...parameters] = part
        .toLowerCase()
        .split(';', maxListEntries)
        .map((piece) => piece.trim())
      const quality = parameters.find((each) => each.startsWith('q='))
      return [value, quality === undefined ? 1 : Number(quality.slice(2)) || 0]
    }),
  )

/** Longest language tag (RFC 5646 §4.4.1). Sixteen tags of 900 characters took 2.7 ms in `Intl.Locale`. */
const maxTagCharacters = 35

/** Returns the languages of an `Accept-Language` header, most wanted first (RFC 9110 §12.5.4). Skips overlong tags. */
export const parseAcceptLanguage = (header: string | undefined): string[] =>
  [...parseQualities(header)]
    .filter(([tag, quality]) => tag !== '' && tag !== '*' && tag.length <= maxTagCharacters && quality > 0)
    .toSorted(([, one], [, other]) => other - one)
    .map(([tag]) => tag)
