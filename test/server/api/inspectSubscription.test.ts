import { describe, expect, test, vi } from 'vitest'
import { readArguments } from '../../../server/cli.ts'
import type { Person } from '../people.ts'
import { candidate, offer } from '../people.ts'
import { startWorld } from '../world.ts'
import { deadlineMs } from '../../deadline.ts'

type Told = { room: number; line: { event: string; state: string } }

/** What somebody is told who asks for the rooms, and with which code that ended. */
function onlook({ trpc }: Person) {
  const told: Told[] = []
  const started = vi.fn()
  let refuse: (code: unknown) => void = () => undefined
  const refused = new Promise((resolve) => { refuse = resolve })
  const { unsubscribe } = trpc.server.rooms.subscribe(undefined, {
    onStarted: started, onData: (each) => told.push(each), onError: (error) => refuse(error.data?.code),
  })
  return { told, refused, unsubscribe, hasStarted: () => vi.waitFor(() => expect(started).toHaveBeenCalled(), { timeout: deadlineMs }) }
}

describe('who looks on', () => {
  test('is told what happens in every room, and neither its name nor anything that could be used', async () => {
    const world = await startWorld({ inspects: true })
    const { told, hasStarted } = onlook(world.owner())
    await hasStarted()
    const ann = world.person().visit('canary-door')
    const { token } = await ann.joined()
    await ann.say(offer('a1.1'))
    await ann.say(candidate('a1.1', 9))
    const ben = world.person().visit('canary-gate')
    await ben.joined()
    await ben.leave()
    const again = world.person().visit('canary-gate')
    await again.joined()
    await vi.waitFor(() => expect(told.map(({ room, line }) => `${room} ${line.event} → ${line.state}`)).toEqual([
      '1 visitor.entered → created', '1 offer.relayed → created', '1 candidate.relayed → created',
      '2 visitor.entered → created', '2 holder.left → empty', '3 visitor.entered → created',
    ]), { timeout: deadlineMs })
    expect(JSON.stringify(told)).not.toMatch(/canary|v=0|192\.0\.2|127\.0\.0|candidate:|ice-|[A-Za-z0-9_-]{43}|[0-9a-f]{64}/)
    expect(JSON.stringify(told)).not.toContain(token)
  })

  test.each([
    ['where the server was not started for that', {}, {}], ['from this machine', { inspects: true }, {}], ['by a name of this machine', { inspects: true }, { Host: 'localhost' }],
    ['through a proxy that says nothing of whom it stands for', { inspects: true }, { Host: 'localhost:8000', Origin: 'http://localhost:8000' }],
    ['through a proxy', { inspects: true }, { 'X-Forwarded-For': '127.0.0.1' }],
  ])('at the public port there is no such thing: %s', async (_, overrides, headers) => {
    const world = await startWorld(overrides)
    const { told, refused } = onlook(world.person({ headers }))
    expect(await refused).toBe('not-found')
    expect(told).toEqual([])
  })

  test('needs the admin listener', async () => {
    await expect(startWorld({ inspects: true }, { DUET_ADMIN: 'off' })).rejects.toThrow(/^--inspect needs .*DUET_ADMIN/)
  })
})

describe('the arguments', () => {
  test('are none, or one', () => {
    expect(readArguments([])).toEqual({ inspects: false })
    expect(readArguments(['--inspect'])).toEqual({ inspects: true })
  })

  test.each([['--inspekt'], ['--inspect', '8000'], ['--help']])('that nobody knows are answered with the one that there is: %s', (...given) => {
    expect(() => readArguments(given)).toThrow(/npm start -- --inspect/)
  })
})
