import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createActor, fromCallback } from 'xstate'
import { signalingMachine } from '../../../machines/signaling/signalingMachine.ts'
import type { SocketEvent, SocketCommand } from '../../../machines/signaling/signalingEvents.ts'

vi.stubGlobal('$state', (value: unknown) => value)
const {
  findUnreachableCause,
  ServerReachability,
  reachabilityCheckDelayMs: checkDelayMs,
} = await import('../../../client/signaling/serverReachability.svelte.ts')
type Answers = Record<string, { status: number; text?: string } | 'nothing'>

function createFetch(answers: Answers) {
  return async (path: string, { method = 'GET' }: RequestInit) => {
    const answer = answers[`${method} ${path}`] ?? 'nothing'
    if (answer === 'nothing') throw new TypeError('Failed to fetch')
    return { status: answer.status, text: async () => answer.text ?? '' }
  }
}

const well = { 'GET /healthz': { status: 200, text: 'ok\n' } } as const

describe('findUnreachableCause', () => {
  test.each<[cause: string, answers: Answers]>([
    ['silent', {}],
    ['host', { 'GET /healthz': { status: 421 } }],
    ['gateway', { 'GET /healthz': { status: 502 } }],
    ['gateway', { 'GET /healthz': { status: 504 } }],
    ['elsewhere', { 'GET /healthz': { status: 200, text: '<h1>Sign in</h1>' } }],
    ['elsewhere', { 'GET /healthz': { status: 0 } }],
    ['origin', { ...well, 'POST /trpc': { status: 403 } }],
    ['host', { ...well, 'POST /trpc': { status: 421 } }],
    ['busy', { ...well, 'POST /trpc': { status: 429 } }],
    ['busy', { ...well, 'POST /trpc': { status: 503 } }],
    ['websocket', { ...well, 'POST /trpc': { status: 426 } }],
    ['websocket', { ...well, 'POST /trpc': { status: 405 } }],
    ['websocket', { ...well }],
  ])('is %s for %j', async (cause, answers) => {
    expect(await findUnreachableCause(createFetch(answers), true)).toBe(cause)
  })

  test('a response that never ends is silent', async () => {
    const fetch = async () => ({
      status: 200,
      text: () => Promise.reject(new DOMException('signal timed out', 'TimeoutError')),
    })
    expect(await findUnreachableCause(fetch, true)).toBe('silent')
  })

  test('a browser that is offline sends no request', async () => {
    expect(await findUnreachableCause(() => Promise.reject(new Error('asked')), false)).toBe('offline')
  })
})

describe('ServerReachability', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  function start() {
    let tell: (fact: SocketEvent) => void = () => undefined
    const socket = fromCallback<SocketCommand, { room: string }, SocketEvent>(({ sendBack }) => {
      tell = sendBack
    })
    const actor = createActor(signalingMachine.provide({ actors: { socket } }), { input: { room: 'den' } }).start()
    const found: (() => void)[] = []
    const reachability = new ServerReachability({
      signaling: actor,
      findCause: () => new Promise((resolve) => found.push(() => resolve('websocket'))),
    })
    actor.send({ type: 'page.opened' })
    return {
      reachability,
      actor,
      found,
      open: () => tell({ type: 'socket.opened' }),
      close: () => tell({ type: 'socket.closed', random: 0 }),
    }
  }

  test('the check runs after 5 s without a socket and repeats while it is down', async () => {
    const { reachability, found, close } = start()
    close()
    await vi.advanceTimersByTimeAsync(checkDelayMs - 1)
    expect(found).toHaveLength(0)
    await vi.advanceTimersByTimeAsync(1)
    found[0]!()
    await vi.advanceTimersByTimeAsync(checkDelayMs)
    expect([reachability.cause, found.length]).toEqual(['websocket', 2])
  })

  test('a reconnect clears the cause and discards a late result', async () => {
    const { reachability, found, open } = start()
    await vi.advanceTimersByTimeAsync(checkDelayMs)
    open()
    found[0]!()
    await vi.advanceTimersByTimeAsync(0)
    expect(reachability.cause).toBeNull()
    await vi.advanceTimersByTimeAsync(10 * checkDelayMs)
    expect(found).toHaveLength(1)
  })

  test('dispose stops the checks', async () => {
    const { reachability, found } = start()
    reachability.dispose()
    await vi.advanceTimersByTimeAsync(10 * checkDelayMs)
    expect(found).toHaveLength(0)
  })
})
