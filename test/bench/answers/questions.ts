import { randomBytes } from 'node:crypto'
import type { Code } from '../../../machines/protocol/messages.ts'

/** Something that the server refuses, as it is sent. */
export interface Question {
  name: string
  method: 'subscription' | 'mutation'
  path: string
  input(): object
  refusal: Code
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

const visits = (refusal: Code, more: () => object): Question[] => rooms.map((room) => ({
  name: `visit ${room}`, method: 'subscription', path: 'room.visit', refusal, input: () => ({ room, key: newToken(), asked: 0, ...more() }),
}))
const commands = (path: string, more: object): Question[] => rooms.map((room) => ({
  name: `${path} in ${room}`, method: 'mutation', path, refusal: 'not-ready', input: () => ({ room, ...more }),
}))

export const groups: readonly Group[] = [
  { name: 'a wrong token', failuresAllowed: 1e9, questions: visits('seat-lost', () => ({ token: newToken() })) },
  { name: 'one who is throttled', failuresAllowed: 1, questions: visits('throttled', () => ({})) },
  { name: 'one who is throttled, with a wrong token', failuresAllowed: 1, questions: visits('throttled', () => ({ token: newToken() })) },
  { name: 'something said without a seat', failuresAllowed: 1e9, questions: commands('room.say', { n: 1, message: { type: 'bye' } }) },
  { name: 'a report without a seat', failuresAllowed: 1e9, questions: commands('room.report', { media: 'flowing' }) },
]
