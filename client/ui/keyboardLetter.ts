/**
 * Returns the Latin letter of a key press in lower case; null if there is none.
 * A Latin layout (including AZERTY and Dvorak) uses the letter on the key. A layout of another script has no Latin
 * letters, so the QWERTY position counts (UI Events code values §3.1.1).
 */
export function latinLetterFor({ key, code }: Pick<KeyboardEvent, 'key' | 'code'>): string | null {
  if (/^[a-z]$/i.test(key)) return key.toLowerCase()
  const isOtherScript = /^[\p{L}\p{M}]+$/u.test(key) && !/\p{Script=Latin}/u.test(key)
  return isOtherScript ? (/^Key([A-Z])$/.exec(code)?.[1]?.toLowerCase() ?? null) : null
}
