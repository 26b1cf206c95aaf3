import type { DestinationStream } from 'pino'

const levelNames: Readonly<Record<number, string>> = {
  10: 'trace',
  20: 'debug',
  30: 'info',
  40: 'WARN',
  50: 'ERROR',
  60: 'FATAL',
}

/** Formats the lines of the log for a person at a terminal: time, level, message, then its fields. */
export const terminalLog = (destination: DestinationStream): DestinationStream => ({
  write: (line) => destination.write(formatLine(line)),
})

function formatLine(line: string): string {
  try {
    const { level, time, msg, ...fields } = JSON.parse(line) as { level: number; time: number; msg: string }
    const pairs = Object.entries(fields).map(([name, value]) => `${name}=${formatValue(value)}`)
    const clock = new Date(time).toTimeString().slice(0, 8)
    return `${[clock, (levelNames[level] ?? String(level)).padEnd(5), msg, ...pairs].join('  ')}\n`
  } catch {
    return line
  }
}

/** Control characters could be terminal escapes of a client. */
const formatValue = (value: unknown): string =>
  (typeof value === 'string' ? value : JSON.stringify(value)).replaceAll(/\p{Cc}/gu, '?')
