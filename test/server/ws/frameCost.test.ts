import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { limits, serverLimits } from '../../../machines/protocol/limits.ts'
import { worstCaseFrames } from './worstCaseFrames.ts'
import { createConnectionHarness } from './trpcConnectionHarness.ts'

const mostMs = 10
/** The number of measurements. The minimum excludes JIT compilation and garbage collection. */
const tries = 7

async function leastCpuOf(frame: string, enough = mostMs / 2): Promise<number> {
  let least = Infinity
  for (let n = 0; n < tries && least > enough; n++)
    least = Math.min(least, await createConnectionHarness().measureCpuMs(frame))
  return least
}

test.each(Object.entries(worstCaseFrames))('%s: the frame costs less than 10 ms of CPU time', async (_, frame) => {
  expect(Buffer.byteLength(frame)).toBeLessThanOrEqual(limits.frameBytes)
  expect(await leastCpuOf(frame)).toBeLessThan(mostMs)
})

test.each(Object.entries(worstCaseFrames))(
  '%s: each request gets an error response of less than 1 kB',
  async (_, frame) => {
    const harness = createConnectionHarness()
    await harness.measureCpuMs(frame)
    expect(harness.responses.length).toBeLessThanOrEqual(
      limits.requestsPerFrame + serverLimits.throttledRequestsPerFrame,
    )
    for (const answer of harness.responses) expect(answer.length).toBeLessThan(1_000)
    for (const code of harness.errorCodes())
      expect(['invalid-room-name', 'invalid-input', 'too-large', 'throttled', 'not-found', 'not-joined']).toContain(
        code,
      )
    expect(harness.responses.length).toBeGreaterThan(0)
  },
)

describe('random frames', () => {
  const paths = [
    'room.join',
    'room.send',
    'room.reportMedia',
    'room.reportFailure',
    'room.leave',
    'ice.servers',
    'server.rooms',
    'server.nothing',
    '',
    'room',
  ]
  const long = (piece: string) =>
    fc.integer({ min: 0, max: 60_000 }).map((length) => piece.repeat(Math.ceil(length / piece.length)))
  const value: fc.Arbitrary<string> = fc.letrec<{ value: string }>((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      fc.constantFrom(
        '0',
        'null',
        '""',
        '[]',
        '{}',
        'true',
        '1e308',
        '"v=0"',
        '"a1.1"',
        '"offer"',
        '"trace.entries"',
        '"here"',
      ),
      long('x').map((text) => `"${text}"`),
      long('\\n').map((text) => `"${text}"`),
      long('0,').map((text) => `[${text}0]`),
      long('{},').map((text) => `[${text}{}]`),
      fc.nat(8_000).map((count) => `{${Array.from({ length: count }, (_, n) => `"${n.toString(36)}":0`).join(',')}}`),
      fc.array(tie('value'), { maxLength: 5 }).map((parts) => `[${parts.join(',')}]`),
      fc
        .array(
          fc.tuple(
            fc.constantFrom(
              'room',
              'joinKey',
              'token',
              'seq',
              'message',
              'type',
              'sdp',
              'entries',
              'candidate',
              'media',
              'x',
            ),
            tie('value'),
          ),
          { maxLength: 6 },
        )
        .map((parts) => `{${parts.map(([name, part]) => `"${name}":${part}`).join(',')}}`),
    ),
  })).value
  const request = fc
    .record({
      path: fc.constantFrom(...paths),
      method: fc.constantFrom('query', 'mutation', 'subscription', 'subscription.stop'),
      input: value,
      last: fc.boolean(),
    })
    .map(
      ({ path, method, input, last }) =>
        `{"id":1,"method":"${method}","params":{"path":"${path}","input":${input}${last ? ',"lastEventId":"a.1"' : ''}}}`,
    )
  const frame = fc.oneof(
    request,
    fc.array(request, { maxLength: 12 }).map((all) => `[${all.join(',')}]`),
    value,
  )

  test('cost less than 10 ms of CPU time each', async () => {
    await fc.assert(
      fc.asyncProperty(frame, async (text) => {
        expect(await leastCpuOf(text.slice(0, limits.frameBytes))).toBeLessThan(mostMs)
      }),
      { numRuns: 100 },
    )
  })
})

describe('the requests of one frame', () => {
  const ice = (id: number) => ({ id, method: 'query', params: { path: 'ice.servers' } })
  const idsOf = (answers: string[]) =>
    answers.map((text) => JSON.parse(text) as { id: number; error?: { data: { code: string } } })

  test('succeed up to the tenth, and each further one is throttled', async () => {
    const harness = createConnectionHarness()
    await harness.measureCpuMs(JSON.stringify(Array.from({ length: 25 }, (_, id) => ice(id))))
    const answers = idsOf(harness.responses).sort((one, other) => one.id - other.id)
    expect(answers.map(({ id, error }) => [id, error?.data.code])).toEqual(
      Array.from({ length: 25 }, (_, id) => [id, id < limits.requestsPerFrame ? undefined : 'throttled']),
    )
  })

  test('close the socket with 1008 above throttledRequestsPerFrame, so that no request hangs', async () => {
    const harness = createConnectionHarness()
    const count = limits.requestsPerFrame + serverLimits.throttledRequestsPerFrame + 1
    await harness.measureCpuMs(JSON.stringify(Array.from({ length: count - 1 }, (_, id) => ice(id))))
    expect([harness.responses.length, harness.closeCodes]).toEqual([count - 1, []])
    await harness.measureCpuMs(JSON.stringify(Array.from({ length: count }, (_, id) => ice(id))))
    expect([harness.responses.length, harness.closeCodes]).toEqual([2 * (count - 1), [1008]])
  })
})
