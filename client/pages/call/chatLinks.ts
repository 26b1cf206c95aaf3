/** A piece of a chat text. `href`: the URL that it shows; null for other text. */
export interface ChatPiece {
  text: string
  href: string | null
}

const urlPattern = /\bhttps?:\/\/[^\s<>"'`]+/giu
/** A sentence continues or ends after a URL. */
const closingPunctuation = new Set<string | undefined>('.,;:!?…»”’」』。，、；：！？*_~')
const brackets = new Map<string | undefined, string>(Object.entries({ ')': '(', ']': '[', '}': '{', '）': '（' }))

/**
 * Splits a text into links and other text. Only `http` and `https` become links, and none with a user name, because
 * `https://bank.example@evil.example` looks like another host.
 */
export function splitLinks(text: string): ChatPiece[] {
  const pieces: ChatPiece[] = []
  let endOfLast = 0
  const addText = (end: number): void => {
    if (end > endOfLast) pieces.push({ text: text.slice(endOfLast, end), href: null })
  }
  for (const { 0: found, index } of text.matchAll(urlPattern)) {
    const shown = trimUrl(found)
    const href = parseUrl(shown)
    if (href === null) continue
    addText(index)
    pieces.push({ text: shown, href })
    endOfLast = index + shown.length
  }
  addText(text.length)
  return pieces
}

/** Removes what belongs to the sentence: punctuation, and a bracket that was opened before the URL. Takes linear time. */
function trimUrl(found: string): string {
  const counts = new Map<string | undefined, number>()
  const count = (character: string | undefined): number => counts.get(character) ?? 0
  for (const character of found) counts.set(character, count(character) + 1)
  for (let end = found.length; ; end--) {
    const last = found[end - 1]
    const opening = brackets.get(last)
    if (!closingPunctuation.has(last) && !(opening && count(opening) < count(last))) return found.slice(0, end)
    counts.set(last, count(last) - 1)
  }
}

function parseUrl(shown: string): string | null {
  if (!URL.canParse(shown)) return null
  const url = new URL(shown)
  return /^https?:$/.test(url.protocol) && url.username === '' && url.password === '' ? url.href : null
}
