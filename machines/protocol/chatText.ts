import { contentLimits } from './contentLimits.ts'

/** Every form of a line end (UAX #14 BK, CR, LF, NL). */
const lineEnd = /\r\n|[\r\n\v\f\u0085\u2028\u2029]/g

/**
 * Characters that a text does not need and that change the text around them: control characters, lone surrogates, and
 * formatting that embeds, overrides or isolates a direction (UAX #9 §2). Joiners stay, because emoji and Persian need
 * them.
 */
const unsafe = /[\p{Cs}\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|(?![\n\t])\p{Cc}/gu

/** A pile of combining marks covers the lines above and below it. */
const excessMarks = /(\p{M}{4})\p{M}+/gu

const visibleCharacter = /[^\p{Default_Ignorable_Code_Point}\p{M}\p{Z}\s\u2800]/u

/**
 * Returns a chat text as the peer sees it: plain text with `\n` as line end, at most `contentLimits.chatTextCharacters` long.
 * Empty if nothing visible remains. A clean text stays unchanged.
 */
export function cleanChatText(typed: string): string {
  const text = typed
    .slice(0, contentLimits.chatTextCharacters)
    .replace(lineEnd, '\n')
    .replace(unsafe, '')
    .replace(excessMarks, '$1')
    // A regex that looks for spaces before a line end takes quadratic time.
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
    .replace(/\n{4,}/g, '\n\n\n')
    .replace(/^\n+/, '')
    .trimEnd()
  return visibleCharacter.test(text) ? text : ''
}
