/** A piece of a chat text. `href`: the URL that it shows; null for other text. */
export interface ChatPiece {
  text: string
  href: string | null
}

const urlPattern = /\bhttps?:\/\/[^\s<>"'`]+/giu
/** A sentence continues or ends after a URL. */
const closingPunctuation = /[.,;:!?…»”’」』。，、；：！？*_~]+$/u
const brackets = { ')': '(', ']': '[', '}': '{', '）': '（' } as const

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

/** Removes what belongs to the sentence: punctuation, and a bracket that was opened before the URL. */
function trimUrl(found: string): string {
  const url = found.replace(closingPunctuation, '')
  const last = url.at(-1) ?? ''
  if (!(last in brackets)) return url
  const opening = brackets[last as keyof typeof brackets]
  return url.split(opening).length < url.split(last).length ? trimUrl(url.slice(0, -1)) : url
}

function parseUrl(shown: string): string | null {
  if (!URL.canParse(shown)) return null
  const url = new URL(shown)
  return /^https?:$/.test(url.protocol) && url.username === '' && url.password === '' ? url.href : null
}
