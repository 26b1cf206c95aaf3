import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { flushTasks } from './interleavingProperty.ts'
import { immediateScheduler } from '../common/taskScheduler.ts'
import { type Step, SignalingHarness } from './signalingHarness.ts'
import { realSignaling } from './signalingProperty.ts'

/** Regressions that random schedules found, each in its shortest form. */

let harness: SignalingHarness

beforeEach(() => {
  vi.useFakeTimers()
  harness = new SignalingHarness(immediateScheduler, realSignaling)
})
afterEach(() => {
  harness.actor.stop()
  harness.server.close()
  vi.useRealTimers()
})

async function runSteps(...steps: Step[]): Promise<void> {
  for (const step of steps) {
    await flushTasks()
    await harness.carryOut(step)
    await flushTasks()
  }
}

const join: Step = { do: 'join', isBack: false }
const second: Step = { do: 'pass time', milliseconds: 1_000 }
const flowing: Step = { do: 'report media', mediaFlow: 'flowing' }
const reportedMedia = () => harness.server.seatRecords.get('a')?.mediaFlow

describe('media report', () => {
  test.each(['throttle', 'fail store'] as const)(
    'a report rejected by the server is sent again (%s)',
    async (trouble) => {
      await runSteps(join, { do: 'send remotely' }, { do: trouble, calls: 1 }, flowing)
      expect(reportedMedia()).toBe('stopped')
      await runSteps(second)
      expect(reportedMedia()).toBe('flowing')
    },
  )

  test('a rejected report is not retried after a newer report', async () => {
    await runSteps(
      join,
      { do: 'send remotely' },
      { do: 'throttle', calls: 1 },
      flowing,
      { do: 'report media', mediaFlow: 'stopped' },
      second,
    )
    expect(reportedMedia()).toBe('stopped')
  })

  test('a rejected report is not retried for the next seat', async () => {
    await runSteps(join, { do: 'send remotely' }, { do: 'throttle', calls: 1 }, flowing, { do: 'rejoin' }, second)
    expect(reportedMedia()).toBe('stopped')
  })

  test('media that stopped during a socket loss is reported after the reconnect', async () => {
    await runSteps(join, { do: 'send remotely' }, flowing)
    expect(reportedMedia()).toBe('flowing')
    await runSteps({ do: 'cut' }, { do: 'report media', mediaFlow: 'stopped' }, second)
    expect(harness.actor.getSnapshot().value).toEqual({ connected: 'joined' })
    expect(reportedMedia()).toBe('stopped')
  })
})

test('a socket with an unanswered leave closes without effect on the next socket', async () => {
  const eight = Array<Step>(8).fill(second)
  await runSteps(join, { do: 'freeze' }, { do: 'rejoin' }, ...eight, { do: 'pass time', milliseconds: 1 })
  expect(harness.server.sockets.map(({ isLive }) => isLive)).toEqual([true, true])
  await runSteps(second, { do: 'send' }, second)
  expect(harness.server.sockets.map(({ isLive }) => isLive)).toEqual([false, true])
  expect(harness.outbox.size).toBe(0)
})
