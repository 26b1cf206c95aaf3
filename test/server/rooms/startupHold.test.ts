import { expect, test } from 'vitest'
import { serverLimits } from '../../../machines/protocol/limits.ts'
import { StartupHold, startupHoldMs } from '../../../server/rooms/startupHold.ts'
import { ManualClock } from '../manualClock.ts'

test('waiting joins pass when the hold ends, and later joins pass at once', async () => {
  const clock = new ManualClock()
  const hold = new StartupHold(clock)
  let passed = 0
  const waiting = [hold.wait(), hold.wait(new AbortController().signal)].map((each) =>
    each.then(() => {
      passed += 1
    }),
  )
  clock.advance(startupHoldMs - 1)
  await Promise.resolve()
  expect(passed).toBe(0)
  clock.advance(1)
  await Promise.all(waiting)
  await hold.wait()
})

test('an abort before or during the wait rejects as unavailable', async () => {
  const hold = new StartupHold(new ManualClock())
  await expect(hold.wait(AbortSignal.abort())).rejects.toMatchObject({ errorCode: 'unavailable' })
  const visitor = new AbortController()
  const waiting = hold.wait(visitor.signal)
  visitor.abort()
  await expect(waiting).rejects.toMatchObject({ errorCode: 'unavailable' })
})

test('release lets all waiting joins pass', async () => {
  const hold = new StartupHold(new ManualClock())
  const waiting = hold.wait()
  hold.release()
  await waiting
})

test('above waitingJoins a join is rejected as unavailable at once', async () => {
  const hold = new StartupHold(new ManualClock())
  const waiting = Array.from({ length: serverLimits.waitingJoins }, () => hold.wait())
  await expect(hold.wait()).rejects.toMatchObject({ errorCode: 'unavailable' })
  hold.release()
  await Promise.all(waiting)
})

test('an aborted join makes room for another waiting join', async () => {
  const hold = new StartupHold(new ManualClock(), startupHoldMs, 1)
  const visitor = new AbortController()
  const aborted = hold.wait(visitor.signal)
  visitor.abort()
  await expect(aborted).rejects.toMatchObject({ errorCode: 'unavailable' })
  const next = hold.wait()
  hold.release()
  await next
})
