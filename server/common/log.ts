import { createHmac, randomBytes } from 'node:crypto'
import { pino, type DestinationStream, type Level } from 'pino'
import { standardOutput } from '../../turn/index.ts'

export type Log = ReturnType<typeof createLog>

/** Of this run: a tag of one log cannot be compared with the names that somebody guesses, nor with the tags of another run. */
const tagKey = randomBytes(32)

/** A room's name is a capability, so lines carry this instead; in one run the same name gives the same tag. */
export const roomTag = (room: string): string =>
  `#${createHmac('sha256', tagKey).update(room).digest('hex').slice(0, 8)}`

/** Secrets known by their form, wherever in a line of JSON they turn up: in an error's message, in what a library logs. */
const secretPatterns: readonly [form: RegExp, name: string][] = [
  [/v=0(?:\\r)?\\n(?:[^"\\]|\\.)*/g, '[description]'],
  [/candidate:(?:[^"\\]|\\[^rn"])*/g, '[candidate]'],
  [/ice-(?:pwd|ufrag):[^"\\\s]+/g, '[ice]'],
  [/(?<![A-Za-z0-9_-])[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])/g, '[token]'],
  [/(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{27}=/g, '[credential]'],
]

const redactSecrets = (text: string): string =>
  secretPatterns.reduce((clean, [form, name]) => clean.replace(form, name), text)

/** One JSON object a line. By default to standard output, which may be slow, full or closed without anything waiting for it. */
export function createLog(level: Level | 'silent', destination: DestinationStream = standardOutput) {
  return pino({ level, base: undefined, hooks: { streamWrite: redactSecrets } }, destination)
}
