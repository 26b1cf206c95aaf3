/**
 * The Latin letter that a key press means, in lower case; null: none.
 * A Latin layout (AZERTY and Dvorak too) counts by the letter that is printed on the key. A layout of another script has no Latin letters,
 * so the place of the key counts, as on a QWERTY keyboard (UI Events KeyboardEvent code values §3.1.1).
 */
export function latinLetterFor({ key, code }: Pick<KeyboardEvent, 'key' | 'code'>): string | null {
  if (/^[a-z]$/i.test(key)) return key.toLowerCase()
  const isOtherScript = /^[\p{L}\p{M}]+$/u.test(key) && !/\p{Script=Latin}/u.test(key)
  return isOtherScript ? (/^Key([A-Z])$/.exec(code)?.[1]?.toLowerCase() ?? null) : null
}
