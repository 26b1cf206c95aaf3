import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { z } from 'zod'
import { parseChannelMessage } from '../../../machines/protocol/dataChannelMessages.ts'
import * as wire from '../../../machines/protocol/messages.ts'
import { parseRequest } from '../../../server/ws/trpcConnection.ts'
import { replaceGeneratedParts } from '../../generatedParts.ts'
import { limitsTable } from '../limits/limitRows.ts'

const path = new URL('../../../docs/protocol.md', import.meta.url).pathname
const text = readFileSync(path, 'utf8')
type Kind = 'call' | 'answer' | 'event' | 'message' | 'channel'
interface Example {
  kind: Kind
  json: string
  value: Record<string, unknown>
}

const examples: Example[] = [...text.matchAll(/```json (\w+)\n([\s\S]*?)\n```/g)].map(([, kind, json = '']) => ({
  kind: kind as Kind,
  json,
  value: JSON.parse(json) as Record<string, unknown>,
}))
const inputs: Record<string, z.ZodType> = {
  'room.join': wire.joinInput,
  'room.send': wire.sendInput,
  'room.reportMedia': wire.reportMediaInput,
  'room.leave': wire.leaveInput,
}
const of = (kind: Kind): Example[] => examples.filter((example) => example.kind === kind)
const typesOf = (schema: { options: readonly { shape: { type: { value: string } } }[] }): string[] =>
  schema.options.map(({ shape }) => shape.type.value).sort()
const shown = (kind: Kind): string[] => [...new Set(of(kind).map(({ value }) => String(value.type)))].sort()

describe('docs/protocol.md', () => {
  test.each(of('call').map(({ json, value }) => [json, value] as const))(
    'has a request that the server accepts: %s',
    (_, value) => {
      const request = parseRequest(value)
      expect(request).not.toBeNull()
      if (!request || request.method === 'subscription.stop') return
      const schema = inputs[request.params.path]
      if (schema) schema.parse(request.params.input)
      else expect([request.params.path, request.params.input]).toEqual(['ice.servers', undefined])
    },
  )

  test('shows every procedure of the public port', () => {
    const paths = of('call').flatMap(({ value }) => (value.params as { path?: string } | undefined)?.path ?? [])
    expect([...new Set(paths)].sort()).toEqual(['ice.servers', ...Object.keys(inputs)].sort())
  })

  test.each(of('event').map(({ json, value }) => [json, value] as const))(
    'has an event that matches the schema: %s',
    (_, value) => {
      expect(wire.roomEvent.parse(value)).toEqual(value)
    },
  )

  test.each(of('message').map(({ json, value }) => [json, value] as const))(
    'has a message that matches the schema: %s',
    (_, value) => {
      expect(wire.peerMessage.parse(value)).toEqual(value)
    },
  )

  test.each(of('channel').map(({ json, value }) => [json, value] as const))(
    'has a data channel message that matches the schema: %s',
    (json, value) => {
      expect(parseChannelMessage(json)).toEqual(value)
    },
  )

  test.each(of('answer').map(({ json, value }) => [json, value] as const))(
    'has a response with a known error code or event: %s',
    (_, value) => {
      const { result, error } = value as {
        result?: { type: string; id?: string; data?: { data?: unknown } }
        error?: { data: { code: string } }
      }
      if (error) wire.errorCode.parse(error.data.code)
      else if (result?.id !== undefined) wire.roomEvent.parse(result.data?.data)
      else expect(['data', 'started', 'stopped']).toContain(result?.type)
    },
  )

  test('shows every event, every message and every data channel message', () => {
    expect(shown('event')).toEqual(typesOf(wire.roomEvent as never))
    expect(shown('message')).toEqual(typesOf(wire.peerMessage as never))
    expect(shown('channel')).toEqual(['commit', 'hangup', 'heartbeat', 'reveal', 'secret'])
  })

  test('explains every error code', () => {
    for (const code of wire.errorCode.options) expect(text).toContain(`| \`${code}\` |`)
  })

  /** `npx vitest run --config test/vitest.config.ts test/server/api/protocol.test.ts -u` updates the table. */
  test('lists the current limits; vitest -u updates the table', async () => {
    await expect(replaceGeneratedParts(text, { limits: limitsTable() })).toMatchFileSnapshot(path)
  })
})
