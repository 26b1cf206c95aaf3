import type { z } from 'zod'
import { timeouts } from '../../../machines/protocol/timeouts.ts'
import { appRouter, type ProcedurePath } from '../../../server/api/router.ts'
import { replaceGeneratedParts } from '../../generatedParts.ts'
import { limitsTable } from '../limits/limitRows.ts'
import { channelExamples, clientTimes, eventExamples, messageExamples, procedureExamples } from './protocolExamples.ts'

/** An example of docs/protocol.md. Its code block has the language `json kind name`. */
export interface ProtocolExample {
  kind: 'call' | 'response' | 'event' | 'message' | 'channel'
  /** The path of the procedure, or the type of the message. */
  name: string
  value: Record<string, unknown>
}

const listExamples = (kind: ProtocolExample['kind'], table: Record<string, readonly object[]>): ProtocolExample[] =>
  Object.entries(table).flatMap(([name, values]) =>
    values.map((value) => ({ kind, name, value: value as ProtocolExample['value'] })),
  )

interface Procedure {
  _def: { type: 'subscription' | 'mutation' | 'query'; inputs: readonly z.ZodType[] }
}
/** The procedures of the router, by path. */
export const procedures = appRouter._def.procedures as unknown as Readonly<Record<ProcedurePath, Procedure>>

const paths = Object.keys(procedureExamples) as ProcedurePath[]

/** Every example, in the order of the tables. */
export const protocolExamples: ProtocolExample[] = [
  ...paths.flatMap((path, index) =>
    procedureExamples[path].inputs.map((input): ProtocolExample => ({
      kind: 'call',
      name: path,
      value: createCall(index + 1, path, input ?? undefined),
    })),
  ),
  { kind: 'call', name: 'subscription.stop', value: { id: 1, method: 'subscription.stop' } },
  ...paths.map((path, index): ProtocolExample => ({
    kind: 'response',
    name: path,
    value: createResponse(index, path),
  })),
  { kind: 'response', name: 'started', value: { id: 1, result: { type: 'started' } } },
  { kind: 'response', name: 'stopped', value: { id: 1, result: { type: 'stopped' } } },
  {
    kind: 'response',
    name: 'error',
    value: {
      id: 2,
      error: { message: 'Join the room first.', code: -32_012, data: { code: 'not-joined', path: 'room.send' } },
    },
  },
  ...listExamples('event', eventExamples),
  ...listExamples('message', messageExamples),
  ...listExamples('channel', channelExamples),
]

/** A tRPC client sends `lastEventId` beside the input. */
function createCall(id: number, path: ProcedurePath, given?: object): ProtocolExample['value'] {
  const { lastEventId, ...rest } = (given ?? {}) as { lastEventId?: string | null }
  const method = procedures[path]._def.type
  return { id, method, params: { path, ...(lastEventId && { lastEventId }), ...(given && { input: rest }) } }
}

function createResponse(index: number, path: ProcedurePath): ProtocolExample['value'] {
  const { result: data } = procedureExamples[path]
  const isTracked = typeof data === 'object' && 'data' in data
  return {
    id: index + 1,
    result: { type: 'data', ...(isTracked && { id: data.id }), ...(data !== undefined && { data }) },
  }
}

const block = /^```json (\w+ [\w.]+)\n[\s\S]*?\n```$/gm

/** The kind and name of each example in the document, such as `event joined`, in its order. */
export const exampleNames = (document: string): string[] => [...document.matchAll(block)].map(([, name = '']) => name)

/**
 * Replaces every example and every table of the document with the current one. The examples of one name keep their
 * order.
 * @throws {Error} if the document has a block without an example
 */
export function renderProtocolDocument(document: string): string {
  const remaining = [...protocolExamples]
  const withExamples = document.replace(block, (_, name: string) => {
    const index = remaining.findIndex((example) => `${example.kind} ${example.name}` === name)
    const [example] = index < 0 ? [] : remaining.splice(index, 1)
    if (!example) throw new Error(`protocolExamples.ts has no further example of ${name}`)
    return `\`\`\`json ${name}\n${formatJson(example.value)}\n\`\`\``
  })
  return replaceGeneratedParts(withExamples, { times: timesTable(), limits: limitsTable() })
}

/** Formats JSON on one line, with a space inside braces. */
function formatJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(formatJson).join(', ')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const members = Object.entries(value).flatMap(([key, each]) =>
    each === undefined ? [] : `${JSON.stringify(key)}: ${formatJson(each)}`,
  )
  return members.length > 0 ? `{ ${members.join(', ')} }` : '{}'
}

const formatNumber = (value: number): string => value.toLocaleString('en')

function timesTable(): string {
  const rows = Object.entries(clientTimes).flatMap(([name, meaning]) =>
    meaning === null ? [] : `| \`${name}\` | ${formatNumber(timeouts[name as 'seatGraceMs'])} | ${meaning} |`,
  )
  return ['| time | value | meaning |', '|---|---|---|', ...rows].join('\n')
}
