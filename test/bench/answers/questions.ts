import { randomBytes } from 'node:crypto'
import type { ErrorCode } from '../../../machines/protocol/messages.ts'

/** A request that the server rejects. */
export interface Question {
  name: string
  method: 'subscription' | 'mutation'
  path: string
  input(): object
  errorCode: ErrorCode
}

/** Questions whose responses must be indistinguishable. */
export interface Group {
  name: string
  /** Failed joins before the address is throttled. */
  failuresAllowed: number
  questions: readonly Question[]
}

/** `half` has one visitor, `full` has two, and `none` never had any. */
const rooms = ['half', 'full', 'none']
const newToken = (): string => randomBytes(32).toString('base64url')

const createJoins = (errorCode: ErrorCode, more: () => object): Question[] =>
  rooms.map((room) => ({
    name: `join ${room}`,
    method: 'subscription',
    path: 'room.join',
    errorCode,
    input: () => ({ room, joinKey: newToken(), requestedAt: 0, ...more() }),
  }))
const createMutations = (path: string, more: object): Question[] =>
  rooms.map((room) => ({
    name: `${path} in ${room}`,
    method: 'mutation',
    path,
    errorCode: 'not-joined',
    input: () => ({ room, ...more }),
  }))

/** The groups of the benchmark. `--only` filters by name. */
export const groups: readonly Group[] = [
  { name: 'a wrong token', failuresAllowed: 1e9, questions: createJoins('seat-lost', () => ({ token: newToken() })) },
  { name: 'throttled', failuresAllowed: 1, questions: createJoins('throttled', () => ({})) },
  {
    name: 'throttled, with a wrong token',
    failuresAllowed: 1,
    questions: createJoins('throttled', () => ({ token: newToken() })),
  },
  {
    name: 'room.send without a seat',
    failuresAllowed: 1e9,
    questions: createMutations('room.send', { seq: 1, message: { type: 'hangup' } }),
  },
  {
    name: 'room.reportMedia without a seat',
    failuresAllowed: 1e9,
    questions: createMutations('room.reportMedia', { mediaFlow: 'flowing' }),
  },
]
