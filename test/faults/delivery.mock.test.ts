import { SimulatedClock, waitFor } from 'xstate'
import { describe, expect, onTestFinished, test } from 'vitest'
import { makeKey } from '../../client/common/randomKey.ts'
import { timers } from '../../machines/protocol/timeouts.ts'
import { Client } from './client.ts'
import { type Manners, MockServer } from './mock.ts'
import { deadlineMs } from '../deadline.ts'

/** The product's link and socket before a server without manners. The waits of the link pass when the test says so. */
async function startTrial(manners: Manners) {
  const [mock, clock] = [await MockServer.start(manners), new SimulatedClock()]
  const client = new Client(mock.url, 'den', undefined, clock)
  onTestFinished(() => {
    client.dispose()
    mock.close()
  })
  client.link.send({ type: 'entry.asked', key: makeKey(), token: null })
  const is = (state: object | string) => waitFor(client.link, (snapshot) => snapshot.matches(state as never), { timeout: deadlineMs })
  const told = () => client.told.map(({ type }) => type)
  return { mock, clock, client, is, told }
}

type Trial = Awaited<ReturnType<typeof startTrial>>

/** Each wait within its bound, the first none; and there is no last attempt. */
async function expectRetries({ clock, client, is }: Trial, fails: () => Promise<void> = async () => undefined): Promise<void> {
  for (const longest of [...timers.reconnect, timers.reconnect.at(-1)!]) {
    await fails()
    const { context } = await is('waiting')
    expect(context.pause).toBeLessThanOrEqual(longest)
    const before = client.sockets.length
    clock.increment(Math.ceil(context.pause))
    expect(client.sockets).toHaveLength(before + 1)
  }
}

describe('a link before a server', () => {
  test('that answers the upgrade with HTTP 500 tries again, later and later, and the visit hears nothing: it is still at the door', async () => {
    const trial = await startTrial({ upgrade: '500 Internal Server Error' })
    await expectRetries(trial)
    expect(trial.told()).toEqual([])
  })

  test('that never answers the upgrade gives that socket up after its patience, and tries again', async () => {
    const trial = await startTrial({ upgrade: null })
    await expectRetries(trial, async () => {
      expect(trial.client.link.getSnapshot().value).toBe('connecting')
      trial.clock.increment(timers.openPatience)
    })
    expect(trial.told()).toEqual([])
  })

  test('that says no first message gives it up after its patience, asks again with the same key, and tells of the loss', async () => {
    const trial = await startTrial({})
    await expectRetries(trial, async () => {
      await trial.is({ online: 'entering' })
      await expect.poll(() => trial.mock.asked.length).toBe(trial.client.sockets.length)
      trial.clock.increment(timers.openPatience)
    })
    expect(new Set(trial.mock.asked.map(({ key }) => key)).size).toBe(1)
    expect(new Set(trial.told())).toEqual(new Set(['link.lost']))
  })

  test('that closes before the join asks again with the same key', async () => {
    const trial = await startTrial({ visit: ({ socket }) => socket.close() })
    await expectRetries(trial)
    expect(new Set(trial.mock.asked.map(({ key }) => key)).size).toBe(1)
    expect(new Set(trial.told())).toEqual(new Set(['link.lost']))
  })

  test('that drops it when it is connected comes back with its token and position', async () => {
    const trial = await startTrial({
      visit(line, _, nth) {
        line.joins(`e.${nth}`, { resumed: nth > 1 })
        line.socket.terminate()
      },
    })
    await expectRetries(trial)
    expect(trial.mock.asked.slice(1).every(({ token, lastEventId }, index) => token !== null && lastEventId === `e.${index + 1}`)).toBe(true)
    expect(trial.told().slice(0, 4)).toEqual(['seat.given', 'link.lost', 'seat.given', 'link.lost'])
  })

  test.each([['that says no PONG', { pongs: false }], ['that is half-open: alive, and silent', { pongs: false }]])('%s gives the socket up without waiting for its close', async (name, manners) => {
    const trial = await startTrial({
      ...manners,
      visit(line, _, nth) {
        line.joins('e.0', { resumed: nth > 1 })
        if (name.includes('half-open')) line.socket.pause()
      },
    })
    await trial.is({ online: 'seated' })
    await trial.is('waiting')
    expect(trial.told()).toEqual(['seat.given', 'link.lost'])
    trial.clock.increment(0)
    await trial.is({ online: 'seated' })
    expect(trial.mock.asked).toMatchObject([{ token: null }, { lastEventId: 'e.0' }])
  })

  test('that is full is told to the visit, and asked no more', async () => {
    const { mock, client, clock, is } = await startTrial({ visit: (line) => line.refuses('full') })
    await is({ online: 'free' })
    await expect.poll(() => client.told).toEqual([{ type: 'seat.refused', code: 'full' }])
    clock.increment(60_000)
    expect([mock.asked.length, mock.upgrades]).toEqual([1, 1])
  })

  test('where its seat is lost enters anew, once, with another key', async () => {
    const { mock, clock, is, told } = await startTrial({
      visit(line, { token }, nth) {
        if (token) return line.refuses('seat-lost')
        line.joins()
        if (nth === 1) line.socket.close()
      },
    })
    await is('waiting')
    clock.increment(0)
    await is({ online: 'seated' })
    expect(mock.asked.map(({ token }) => token !== null)).toEqual([false, true, false])
    expect(new Set(mock.asked.map(({ key }) => key)).size).toBe(2)
    expect(told()).toEqual(['seat.given', 'link.lost', 'entry.renewed', 'seat.given'])
  })

  test('whose mailbox began anew says resync, and reads on from the new position', async () => {
    const { mock, client, clock, is } = await startTrial({
      visit(line, { lastEventId }, nth) {
        if (nth === 1) line.joins('old.7')
        else if (nth === 2) {
          line.joins(lastEventId ?? '', { resumed: true })
          line.yields('new.0', { type: 'resync' })
        } else return line.joins(lastEventId ?? '', { resumed: true })
        line.socket.close()
      },
    })
    for (let time = 0; time < 2; time++) clock.increment(Math.ceil((await is('waiting')).context.pause))
    await is({ online: 'seated' })
    expect(mock.asked.map(({ lastEventId }) => lastEventId)).toEqual([null, 'old.7', 'new.0'])
    expect(client.news('resync')).toBe(1)
  })
})
