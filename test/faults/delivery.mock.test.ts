import { SimulatedClock, waitFor } from 'xstate'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createRandomKey } from '../../client/common/randomKey.ts'
import { timeouts } from '../../machines/protocol/timeouts.ts'
import { FaultSignalingClient } from './faultSignalingClient.ts'
import { type MockBehavior, MockServer } from './mockServer.ts'
import { deadlineMs } from '../deadline.ts'

/** The product's link and socket before a server without manners. The waits of the link pass when the test says so. */
async function startClient(manners: MockBehavior) {
  const [mock, clock] = [await MockServer.start(manners), new SimulatedClock()]
  const client = new FaultSignalingClient(mock.url, 'den', undefined, clock)
  onTestFinished(() => {
    client.dispose()
    mock.close()
  })
  client.signaling.send({ type: 'join.requested', joinKey: createRandomKey(), token: null })
  const waitForState = (state: object | string) =>
    waitFor(client.signaling, (snapshot) => snapshot.matches(state as never), { timeout: deadlineMs })
  const effectTypes = () => client.effects.map(({ type }) => type)
  return { mock, clock, client, is: waitForState, told: effectTypes }
}

type Context = Awaited<ReturnType<typeof startClient>>

/** Each wait within its bound, the first none; and there is no last attempt. */
async function expectRetries(
  { clock, client, is }: Context,
  causeFailure: () => Promise<void> = async () => undefined,
): Promise<void> {
  for (const maxDelayMs of [...timeouts.reconnectDelaysMs, timeouts.reconnectDelaysMs.at(-1)!]) {
    await causeFailure()
    const { context } = await is('backoff')
    expect(context.backoffMs).toBeLessThanOrEqual(maxDelayMs)
    const before = client.sockets.length
    clock.increment(Math.ceil(context.backoffMs))
    expect(client.sockets).toHaveLength(before + 1)
  }
}

describe('a link before a server', () => {
  test('that answers the upgrade with HTTP 500 tries again, later and later, and the visit hears nothing: it is still at the door', async () => {
    const trial = await startClient({ upgrade: '500 Internal Server Error' })
    await expectRetries(trial)
    expect(trial.told()).toEqual([])
  })

  test('that never answers the upgrade gives that socket up after its timeout, and tries again', async () => {
    const trial = await startClient({ upgrade: null })
    await expectRetries(trial, async () => {
      expect(trial.client.signaling.getSnapshot().value).toBe('connecting')
      trial.clock.increment(timeouts.openTimeoutMs)
    })
    expect(trial.told()).toEqual([])
  })

  test('that says no first message gives it up after its timeout, asks again with the same key, and tells of the loss', async () => {
    const trial = await startClient({})
    await expectRetries(trial, async () => {
      await trial.is({ connected: 'joining' })
      await expect.poll(() => trial.mock.joinRequests.length).toBe(trial.client.sockets.length)
      trial.clock.increment(timeouts.openTimeoutMs)
    })
    expect(new Set(trial.mock.joinRequests.map(({ joinKey }) => joinKey)).size).toBe(1)
    expect(new Set(trial.told())).toEqual(new Set(['signaling.lost']))
  })

  test('that closes before the join asks again with the same key', async () => {
    const trial = await startClient({ onJoin: ({ socket }) => socket.close() })
    await expectRetries(trial)
    expect(new Set(trial.mock.joinRequests.map(({ joinKey }) => joinKey)).size).toBe(1)
    expect(new Set(trial.told())).toEqual(new Set(['signaling.lost']))
  })

  test('that drops it when it is connected comes back with its token and position', async () => {
    const trial = await startClient({
      onJoin(line, _, nth) {
        line.sendJoined(`e.${nth}`, { resumed: nth > 1 })
        line.socket.terminate()
      },
    })
    await expectRetries(trial)
    expect(
      trial.mock.joinRequests
        .slice(1)
        .every(({ token, lastEventId }, index) => token !== null && lastEventId === `e.${index + 1}`),
    ).toBe(true)
    expect(trial.told().slice(0, 4)).toEqual(['join.accepted', 'signaling.lost', 'join.accepted', 'signaling.lost'])
  })

  test.each([
    ['that says no PONG', { pongs: false }],
    ['that is half-open: alive, and silent', { pongs: false }],
  ])('%s gives the socket up without waiting for its close', async (name, manners) => {
    const trial = await startClient({
      ...manners,
      onJoin(line, _, nth) {
        line.sendJoined('e.0', { resumed: nth > 1 })
        if (name.includes('half-open')) line.socket.pause()
      },
    })
    await trial.is({ connected: 'joined' })
    await trial.is('backoff')
    expect(trial.told()).toEqual(['join.accepted', 'signaling.lost'])
    trial.clock.increment(0)
    await trial.is({ connected: 'joined' })
    expect(trial.mock.joinRequests).toMatchObject([{ token: null }, { lastEventId: 'e.0' }])
  })

  test('that is full is told to the visit, and asked no more', async () => {
    const { mock, client, clock, is } = await startClient({ onJoin: (line) => line.sendError('full') })
    await is({ connected: 'idle' })
    await expect.poll(() => client.effects).toEqual([{ type: 'join.rejected', code: 'full' }])
    clock.increment(60_000)
    expect([mock.joinRequests.length, mock.upgradeCount]).toEqual([1, 1])
  })

  test('where its seat is lost enters anew, once, with another key', async () => {
    const { mock, clock, is, told } = await startClient({
      onJoin(line, { token }, nth) {
        if (token) return line.sendError('seat-lost')
        line.sendJoined()
        if (nth === 1) line.socket.close()
      },
    })
    await is('backoff')
    clock.increment(0)
    await is({ connected: 'joined' })
    expect(mock.joinRequests.map(({ token }) => token !== null)).toEqual([false, true, false])
    expect(new Set(mock.joinRequests.map(({ joinKey }) => joinKey)).size).toBe(2)
    expect(told()).toEqual(['join.accepted', 'signaling.lost', 'join.keyRenewed', 'join.accepted'])
  })

  test('whose mailbox began anew says resync, and reads on from the new position', async () => {
    const { mock, client, clock, is } = await startClient({
      onJoin(line, { lastEventId }, nth) {
        if (nth === 1) line.sendJoined('old.7')
        else if (nth === 2) {
          line.sendJoined(lastEventId ?? '', { resumed: true })
          line.sendEvent('new.0', { type: 'resync' })
        } else return line.sendJoined(lastEventId ?? '', { resumed: true })
        line.socket.close()
      },
    })
    for (let time = 0; time < 2; time++) clock.increment(Math.ceil((await is('backoff')).context.backoffMs))
    await is({ connected: 'joined' })
    expect(mock.joinRequests.map(({ lastEventId }) => lastEventId)).toEqual([null, 'old.7', 'new.0'])
    expect(client.countEvents('resync')).toBe(1)
  })
})
