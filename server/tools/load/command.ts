import { parseArgs } from 'node:util'
import { limits } from '../../../machines/protocol/limits.ts'
import { isLoopbackHost, isPackagedCommand, UsageError } from '../../../turn/index.ts'
import { formatPublicUrl, parsePublicUrl } from '../../config/publicUrl.ts'
import { printable } from '../printable.ts'
import { generateLoad, type LoadPlan } from './generateLoad.ts'
import type { Latency } from './latencyHistogram.ts'
import type { LoadReport } from './loadResults.ts'

/** A seat may send this many messages a second for a long time, and a room has two. */
const maxMessagesPerRoom = 2 * limits.messagesPerSecond

const usage = (command: string): string => `Usage:
  ${command} load [OPTION...]

Measures a server of your own: light clients join rooms and send each other messages.
The exit code is 1 if an operation failed, and 0 otherwise.

Options:
  --url URL                URL of the start page (default: http://127.0.0.1:8000)
  --rooms COUNT            rooms, with two visitors each (default: 50)
  --rate COUNT             messages of all rooms a second, at most ${maxMessagesPerRoom} a room (default: 2 a room)
  --duration SECONDS       how long messages are sent (default: 30)
  --addresses COUNT        claim this many client addresses in X-Forwarded-For. Duet limits each address to 500
                           rooms and 480 new rooms a minute. Needs DUET_TRUSTED_PROXIES with this machine's address.
  --this-server-is-mine    allow a URL that is not loopback
  --json                   print JSON at a terminal, too
  -h, --help               print this text`

/** Where the command writes. */
export interface LoadOutput {
  print(line: string): void
  /** Replaces the last line of a terminal; null without a terminal. */
  showProgress: ((line: string) => void) | null
  /** Ends the run early. */
  signal: AbortSignal
}

/**
 * Runs `duet load`. Resolves to the exit code.
 * @throws {UsageError} for a wrong argument
 */
export async function runLoad(args: readonly string[], { print, showProgress, signal }: LoadOutput): Promise<number> {
  const { help, json, ...values } = parseLoadArguments(args)
  if (help) {
    print(usage(isPackagedCommand() ? 'duet' : 'npm start --'))
    return 0
  }
  const isText = showProgress !== null && !json
  const report = await generateLoad(createPlan(values), {
    signal,
    onProgress: (progress) => {
      if (isText) showProgress(formatProgress(progress))
    },
  })
  if (isText) showProgress('')
  print(isText ? formatReport(report) : JSON.stringify(report))
  const hasFailed = Object.keys(report.failures).length + report.unacknowledged + report.undelivered > 0
  return hasFailed || report.joins === 0 ? 1 : 0
}

function parseLoadArguments(args: readonly string[]) {
  const text = { type: 'string' } as const
  const flag = { type: 'boolean' } as const
  try {
    return parseArgs({
      args: [...args],
      options: {
        url: text,
        rooms: text,
        rate: text,
        duration: text,
        addresses: text,
        'this-server-is-mine': flag,
        json: flag,
        help: { ...flag, short: 'h' },
      },
    }).values
  } catch (error) {
    throw new UsageError((error as Error).message.split(/[.\n]/, 1)[0]!)
  }
}

type Values = Omit<ReturnType<typeof parseLoadArguments>, 'help' | 'json'>

/** @throws {UsageError} for a wrong value, and for the server of somebody else */
function createPlan(values: Values): LoadPlan {
  const url = parseUrl(values.url ?? 'http://127.0.0.1:8000')
  if (!isLoopbackHost(new URL(url).hostname) && !values['this-server-is-mine'])
    throw new UsageError(`${url} is not on this machine. Add --this-server-is-mine if you run that server`)
  const rooms = parseCount('--rooms', values.rooms ?? '50', 1, 100_000)
  const messagesPerSecond = parseCount('--rate', values.rate ?? String(2 * rooms), 1, 1_000_000)
  if (messagesPerSecond > maxMessagesPerRoom * rooms)
    throw new UsageError(`--rate: a room may send at most ${maxMessagesPerRoom} messages a second`)
  return {
    url,
    rooms,
    messagesPerSecond,
    durationMs: 1_000 * parseCount('--duration', values.duration ?? '30', 1, 86_400),
    addresses: parseCount('--addresses', values.addresses ?? '0', 0, 65_536),
  }
}

function parseUrl(text: string): string {
  try {
    return formatPublicUrl(parsePublicUrl(text))
  } catch (error) {
    throw new UsageError(`--url: ${(error as Error).message}`)
  }
}

function parseCount(name: string, text: string, min: number, max: number): number {
  const count = /^\d{1,7}$/.test(text) ? Number(text) : NaN
  if (!(count >= min && count <= max))
    throw new UsageError(`${name}: ${JSON.stringify(text)} is not a whole number from ${min} to ${max}`)
  return count
}

const formatLatency = ({ p50, p99 }: Latency): string => (p50 === null ? '–' : `p50 ${p50} ms, p99 ${p99} ms`)

const formatProgress = ({ joins, messages, acknowledgementMs, failures }: LoadReport): string =>
  `${joins} joins, ${messages} messages, acknowledgement ${formatLatency(acknowledgementMs)}, ` +
  `${Object.values(failures).reduce((sum, count) => sum + count, 0)} failures`

/** Formats a report for a terminal. */
export function formatReport(report: LoadReport): string {
  const rows: [label: string, value: string][] = [
    ['Rooms', String(report.rooms)],
    ['Joins', `${report.joins}, ${report.joinsPerSecond} a second, ${formatLatency(report.joinMs)}`],
    ['Messages', `${report.messages}, ${report.messagesPerSecond} a second`],
    ['Acknowledgement', formatLatency(report.acknowledgementMs)],
    ['Delivery', formatLatency(report.deliveryMs)],
    ['Unacknowledged', String(report.unacknowledged)],
    ['Undelivered', String(report.undelivered)],
    ...Object.entries(report.failures).map(([name, count]): [string, string] => ['Failure', `${name}: ${count}`]),
  ]
  return rows.map(([label, value]) => printable(`${label.padEnd(16)} ${value}`)).join('\n')
}
