import { createHmac, randomBytes } from 'node:crypto'
import { pino, type DestinationStream, type Level } from 'pino'
import { standardOutput } from '../../turn/index.ts'

export type Log = ReturnType<typeof createLog>

/** Random per run: a tag cannot be matched with guessed room names or with tags of another run. */
const tagKey = randomBytes(32)

/** A tag for log lines in place of the room name, which is a capability. A name has one tag per run. */
export const roomTag = (room: string): string =>
  `#${createHmac('sha256', tagKey).update(room).digest('hex').slice(0, 8)}`

/** Secrets that are recognizable by form. They are redacted anywhere in a line, also in errors of libraries. */
const secretPatterns: readonly [form: RegExp, name: string][] = [
  [/v=0(?:\\r)?\\n(?:[^"\\]|\\.)*/g, '[description]'],
  [/candidate:(?:[^"\\]|\\[^rn"])*/g, '[candidate]'],
  [/ice-(?:pwd|ufrag):[^"\\\s]+/g, '[ice]'],
  [/(?<![A-Za-z0-9_-])[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])/g, '[token]'],
  [/(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{27}=/g, '[credential]'],
]

const redactSecrets = (text: string): string =>
  secretPatterns.reduce((clean, [form, name]) => clean.replace(form, name), text)

/** A log that writes one JSON object per line. A slow, full or closed standard output does not block the server. */
export function createLog(level: Level | 'silent', destination: DestinationStream = standardOutput) {
  return pino({ level, base: undefined, hooks: { streamWrite: redactSecrets } }, destination)
}
