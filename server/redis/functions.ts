import { createHash } from 'node:crypto'
import { limits, serverLimits } from '../../machines/protocol/limits.ts'
import { timeouts } from '../../machines/protocol/timeouts.ts'
import source from './functions.lua?raw'

/** Without a renewal for this long, in ms, a node counts as dead: the other nodes disconnect its seats. */
export const leaseMs = 5_000

/** A node repeats `watch` within this time, in ms. Watches of a dead node end by themselves. */
export const watchLifetimeMs = 60_000

/** How long a deleted room keeps its last epoch and version, in ms. */
const tombstoneMs = 24 * 60 * 60 * 1000

/** The functions of the library. Each one is an atomic step. */
export type FunctionName =
  | 'load'
  | 'send'
  | 'read'
  | 'commit'
  | 'whisper'
  | 'watch'
  | 'unwatch'
  | 'offer'
  | 'trace'
  | 'due'
  | 'count'
  | 'reserve'
  | 'release'
  | 'audit'
  | 'missing'
  | 'trim'
  | 'account'
  | 'beat'
  | 'reap'

const values: Readonly<Record<string, number>> = {
  mailboxMessages: limits.mailboxMessages,
  vacantMessages: limits.mailboxMessages / 2,
  mailboxBytes: serverLimits.mailboxBytesPerSeat,
  mailboxLifetimeMs: timeouts.mailboxLifetimeMs,
  watchLifetimeMs,
  tombstoneMs,
  leaseMs,
  dueRooms: 100,
  auditRooms: 100,
  cutMailboxes: 16,
  auditIntervalMs: 60_000,
}

const body = source.replaceAll(/\$(\w+)/g, (placeholder, name: string) =>
  name in values ? String(values[name]) : placeholder,
)

/** Nodes of different versions use different libraries during a rolling restart. */
const libraryName = `duet_${createHash('sha256').update(body).digest('hex').slice(0, 12)}`

/** The argument of `FUNCTION LOAD`. */
export const libraryCode = `#!lua name=${libraryName}\n${body.replaceAll('$library', libraryName)}`

/** The name of a function for `FCALL`. */
export const functionName = (name: FunctionName): string => `${libraryName}_${name}`
