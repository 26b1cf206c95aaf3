import { SimulatedClock, waitFor } from 'xstate'
import { describe, expect, onTestFinished, test } from 'vitest'
import { timeouts } from '../../machines/protocol/timeouts.ts'
import { shortPingTimeouts, SignalingTestClient } from '../client/signaling/signalingTestClient.ts'
import { type MockBehavior, MockServer } from './mockServer.ts'
import { deadlineMs } from '../deadline.ts'

/**
 * The client's signaling machine and socket against a misbehaving server. The machine's delays elapse when the test
 * advances its clock.
 */
async function startClient(manners: MockBehavior) {
  const [mock, clock] = [await MockServer.start(manners), new SimulatedClock()]
  const client = new SignalingTestClient(mock.url, 'den', { pingTimeouts: shortPingTimeouts, clock })
  onTestFinished(() => {
    client.stop()
    mock.close()
  })
  client.requestSeat()
  const waitForState = (state: object | string) =>
    waitFor(client.machine, (snapshot) => snapshot.matches(state as never), { timeout: deadlineMs })
  const effectTypes = () => client.effects.map(({ type }) => type)
  return { mock, clock, client, is: waitForState, effectTypes }
}

type Context = Awaited<ReturnType<typeof startClient>>

/** Expects immediate first and then bounded retries, and no last attempt. */
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

describe('the signaling machine with a faulty server', () => {
  test('HTTP 500 for the upgrade causes retries with backoff and no event for the membership machine', async () => {
    const trial = await startClient({ upgrade: '500 Internal Server Error' })
    await expectRetries(trial)
    expect(trial.effectTypes()).toEqual([])
  })

  test('an unanswered upgrade is abandoned after its timeout and retried', async () => {
    const trial = await startClient({ upgrade: null })
    await expectRetries(trial, async () => {
      expect(trial.client.machine.getSnapshot().value).toBe('connecting')
      trial.clock.increment(timeouts.openTimeoutMs)
    })
    expect(trial.effectTypes()).toEqual([])
  })

  test('a missing first message times out as signaling.lost, and the join is retried with the same key', async () => {
    const trial = await startClient({})
    await expectRetries(trial, async () => {
      await trial.is({ connected: 'joining' })
      await expect.poll(() => trial.mock.joinRequests.length).toBe(trial.client.sockets.length)
      trial.clock.increment(timeouts.openTimeoutMs)
    })
    expect(new Set(trial.mock.joinRequests.map(({ joinKey }) => joinKey)).size).toBe(1)
    expect(new Set(trial.effectTypes())).toEqual(new Set(['signaling.lost']))
  })

  test('a close before the join answer causes a retry with the same key', async () => {
    const trial = await startClient({ onJoin: ({ socket }) => socket.close() })
    await expectRetries(trial)
    expect(new Set(trial.mock.joinRequests.map(({ joinKey }) => joinKey)).size).toBe(1)
    expect(new Set(trial.effectTypes())).toEqual(new Set(['signaling.lost']))
  })

  test('a dropped connection is resumed with its token and position', async () => {
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
    expect(trial.effectTypes().slice(0, 4)).toEqual([
      'join.accepted',
      'signaling.lost',
      'join.accepted',
      'signaling.lost',
    ])
  })

  test.each([
    ['without PONGs', { answersPings: false }],
    ['that is half-open: alive and silent', { answersPings: false }],
  ])('a server %s causes a new socket without waiting for the old one’s close', async (name, manners) => {
    const trial = await startClient({
      ...manners,
      onJoin(line, _, nth) {
        line.sendJoined('e.0', { resumed: nth > 1 })
        if (name.includes('half-open')) line.socket.pause()
      },
    })
    await trial.is({ connected: 'joined' })
    await trial.is('backoff')
    expect(trial.effectTypes()).toEqual(['join.accepted', 'signaling.lost'])
    trial.clock.increment(0)
    await trial.is({ connected: 'joined' })
    expect(trial.mock.joinRequests).toMatchObject([{ token: null }, { lastEventId: 'e.0' }])
  })

  test('a full room rejects the join, and the client does not retry', async () => {
    const { mock, client, clock, is } = await startClient({ onJoin: (line) => line.sendError('full') })
    await is({ connected: { idle: 'visiting' } })
    await expect.poll(() => client.effects).toEqual([{ type: 'join.rejected', code: 'full' }])
    clock.increment(60_000)
    expect([mock.joinRequests.length, mock.upgradeCount]).toEqual([1, 1])
  })

  test('a lost seat causes one new join with another key', async () => {
    const { mock, clock, is, effectTypes } = await startClient({
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
    expect(effectTypes()).toEqual(['join.accepted', 'signaling.lost', 'join.keyRenewed', 'join.accepted'])
  })

  test('after a new mailbox epoch the client receives resync and continues from the new position', async () => {
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
