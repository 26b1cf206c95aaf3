import { randomBytes } from 'node:crypto'
import type { ErrorCode } from '../../../machines/protocol/messages.ts'

/** Something that the server refuses, as it is sent. */
export interface Question {
  name: string
  method: 'subscription' | 'mutation'
  path: string
  input(): object
  errorCode: ErrorCode
}

/** Those of one group must not be told apart by their answers. */
export interface Group {
  name: string
  /** How often one may be refused before the address is throttled. */
  failuresAllowed: number
  questions: readonly Question[]
}

/** In `half` there is one person, in `full` there are two, and `none` nobody has ever entered. */
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

export const groups: readonly Group[] = [
  { name: 'a wrong token', failuresAllowed: 1e9, questions: createJoins('seat-lost', () => ({ token: newToken() })) },
  { name: 'one who is throttled', failuresAllowed: 1, questions: createJoins('throttled', () => ({})) },
  {
    name: 'one who is throttled, with a wrong token',
    failuresAllowed: 1,
    questions: createJoins('throttled', () => ({ token: newToken() })),
  },
  {
    name: 'something said without a seat',
    failuresAllowed: 1e9,
    questions: createMutations('room.send', { seq: 1, message: { type: 'hangup' } }),
  },
  {
    name: 'a report without a seat',
    failuresAllowed: 1e9,
    questions: createMutations('room.reportMedia', { mediaFlow: 'flowing' }),
  },
]
