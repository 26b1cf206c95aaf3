/** Returns a tag with its likely script and region (RFC 5646, CLDR); null if it is malformed. */
function parseTag(tag: string): Intl.Locale | null {
  try {
    return new Intl.Locale(tag).maximize()
  } catch {
    return null
  }
}

/**
 * Returns a function that finds the best available language for BCP 47 tags, most wanted first. A tag matches by
 * language and script, so `zh-SG` gets `zh-Hans`. If no tag does, its language suffices: `zh-TW` alone gets it, too.
 * Without a match the first available language is the best.
 */
export function createLanguageMatcher<T extends string>(
  available: readonly [T, ...T[]],
): (wanted: readonly string[]) => T {
  const locales = available.map((language) => ({ language, locale: new Intl.Locale(language).maximize() }))
  return (wanted) => {
    const tags = wanted.map(parseTag).filter((tag) => tag !== null)
    const find = (isMatch: (tag: Intl.Locale, locale: Intl.Locale) => boolean): T | undefined =>
      tags.flatMap((tag) => locales.find(({ locale }) => isMatch(tag, locale))?.language ?? [])[0]
    return (
      find((tag, locale) => tag.language === locale.language && tag.script === locale.script) ??
      find((tag, locale) => tag.language === locale.language) ??
      available[0]
    )
  }
}
