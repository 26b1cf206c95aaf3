import { describe, expect, test, vi } from 'vitest'
import type { TestClient } from '../testClient.ts'
import { candidate, offer } from '../testClient.ts'
import { startServerFixture } from '../serverFixture.ts'
import { deadlineMs } from '../../deadline.ts'

type InspectedLine = { room: number; entry: { event: string; state: string } }

/** Subscribes to `server.rooms`: the entries received, and the error code that ended the subscription. */
function inspect({ trpc }: TestClient) {
  const received: InspectedLine[] = []
  const started = vi.fn()
  let refuse: (code: unknown) => void = () => undefined
  const refused = new Promise((resolve) => {
    refuse = resolve
  })
  const { unsubscribe } = trpc.server.rooms.subscribe(undefined, {
    onStarted: started,
    onData: (each) => received.push(each),
    onError: (error) => refuse(error.data?.code),
  })
  return {
    received,
    refused,
    unsubscribe,
    hasStarted: () => vi.waitFor(() => expect(started).toHaveBeenCalled(), { timeout: deadlineMs }),
  }
}

describe('the inspect subscription', () => {
  test('receives the trace of every room without names, tokens, addresses or SDP', async () => {
    const fixture = await startServerFixture({ hasInspector: true })
    const { received, hasStarted } = inspect(fixture.newAdminClient())
    await hasStarted()
    const ann = fixture.newClient().join('canary-door')
    const { token } = await ann.joined()
    await ann.send(offer('a1.1'))
    await ann.send(candidate('a1.1', 9))
    const ben = fixture.newClient().join('canary-gate')
    await ben.joined()
    await ben.leave()
    const again = fixture.newClient().join('canary-gate')
    await again.joined()
    await vi.waitFor(
      () =>
        expect(received.map(({ room, entry }) => `${room} ${entry.event} → ${entry.state}`)).toEqual([
          '1 visitor.joined → created',
          '1 offer.relayed → created',
          '1 candidate.relayed → created',
          '2 visitor.joined → created',
          '2 holder.left → empty',
          '3 visitor.joined → created',
        ]),
      { timeout: deadlineMs },
    )
    expect(JSON.stringify(received)).not.toMatch(
      /canary|v=0|192\.0\.2|127\.0\.0|candidate:|ice-|[A-Za-z0-9_-]{43}|[0-9a-f]{64}/,
    )
    expect(JSON.stringify(received)).not.toContain(token)
  })

  test.each([
    ['without --inspect', {}, {}],
    ['from loopback', { hasInspector: true }, {}],
    ['with the Host localhost', { hasInspector: true }, { Host: 'localhost' }],
    [
      'through a proxy that adds no forwarding header',
      { hasInspector: true },
      { Host: 'localhost:8000', Origin: 'http://localhost:8000' },
    ],
    ['through a proxy that adds X-Forwarded-For', { hasInspector: true }, { 'X-Forwarded-For': '127.0.0.1' }],
  ])('the public port rejects it as not-found: %s', async (_, overrides, headers) => {
    const fixture = await startServerFixture(overrides)
    const { received, refused } = inspect(fixture.newClient({ headers }))
    expect(await refused).toBe('not-found')
    expect(received).toEqual([])
  })

  test('--inspect without the admin listener stops the start', async () => {
    await expect(startServerFixture({ hasInspector: true }, { DUET_ADMIN: 'off' })).rejects.toThrow(
      /^--inspect needs .*DUET_ADMIN/,
    )
  })
})
