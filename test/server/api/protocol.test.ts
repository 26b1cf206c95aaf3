import { TRPC_ERROR_CODES_BY_KEY } from '@trpc/server/rpc'
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parseChannelMessage } from '../../../machines/protocol/dataChannelMessages.ts'
import * as wire from '../../../machines/protocol/messages.ts'
import type { ProcedurePath } from '../../../server/api/router.ts'
import { ApiError, errorMessage } from '../../../server/common/apiError.ts'
import { parseRequest } from '../../../server/ws/trpcConnection.ts'
import {
  exampleNames,
  type ProtocolExample,
  procedures,
  protocolExamples,
  renderProtocolDocument,
} from './protocolDocument.ts'

const path = new URL('../../../docs/protocol.md', import.meta.url).pathname
const text = readFileSync(path, 'utf8')
const examplesOf = (kind: ProtocolExample['kind']) =>
  protocolExamples.filter((example) => example.kind === kind).map(({ name, value }) => [name, value] as const)

describe('docs/protocol.md', () => {
  test('shows every example of protocolExamples.ts, and no other', () => {
    expect(exampleNames(text).sort()).toEqual(protocolExamples.map(({ kind, name }) => `${kind} ${name}`).sort())
  })

  /** `npx vitest run --config test/vitest.config.ts test/server/api/protocol.test.ts -u` updates the document. */
  test('has the current examples, times and limits; vitest -u updates them', async () => {
    await expect(renderProtocolDocument(text)).toMatchFileSnapshot(path)
  })

  test.each(examplesOf('call'))('has a request of %s that the server accepts', (_, value) => {
    const request = parseRequest(JSON.parse(JSON.stringify(value)))
    expect(request).not.toBeNull()
    if (!request || request.method === 'subscription.stop') return
    const { path: name, input } = request.params
    for (const schema of procedures[name as ProcedurePath]._def.inputs) schema.parse(input)
  })

  test.each(examplesOf('event'))('has an event %s that matches the schema', (_, value) => {
    expect(wire.roomEvent.parse(value)).toEqual(value)
  })

  test.each(examplesOf('message'))('has a message %s that matches the schema', (_, value) => {
    expect(wire.peerMessage.parse(value)).toEqual(value)
  })

  test.each(examplesOf('channel'))('has a data channel message %s that a page accepts', (_, value) => {
    expect(parseChannelMessage(JSON.stringify(value))).toEqual(value)
  })

  test('explains every error code of the protocol, and no other', () => {
    const [, table = ''] = /^\| code \| reason \| action \|\n\|[-|]+\|\n((?:\|.*\n)+)/m.exec(text) ?? []
    const documented = [...table.matchAll(/^\| `(.+?)` \|/gm)].map(([, code]) => code)
    expect(documented.sort()).toEqual([...wire.errorCode.options].sort())
  })

  test('names no error code in its text that the protocol lacks', () => {
    const hyphenated = [...text.matchAll(/`([a-z]+(?:-[a-z]+)+)`/g)].map(([, word]) => word)
    expect(hyphenated.filter((word) => !wire.errorCode.safeParse(word).success)).toEqual([])
  })

  test('has an error response with a code, a number and a message of the server', () => {
    const errors = protocolExamples.flatMap(({ kind, value }) =>
      kind === 'response' && 'error' in value ? [value.error as ErrorResponse] : [],
    )
    expect(errors).not.toEqual([])
    for (const { message, code, data } of errors) {
      const errorCode = wire.errorCode.parse(data.code)
      expect(message).toBe(errorMessage(errorCode))
      expect(code).toBe(TRPC_ERROR_CODES_BY_KEY[new ApiError(errorCode).code])
    }
  })
})

interface ErrorResponse {
  message: string
  code: number
  data: { code: string }
}
