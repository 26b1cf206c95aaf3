import { expect, test } from 'vitest'
import { serverLimits } from '../../../machines/protocol/limits.ts'
import { Hold, holdMs } from '../../../server/rooms/startHold.ts'
import { ManualClock } from '../clock.ts'

test('all who wait pass when the time is over, and later ones at once', async () => {
  const clock = new ManualClock()
  const hold = new Hold(clock)
  let passed = 0
  const waiting = [hold.passed(), hold.passed(new AbortController().signal)].map((each) => each.then(() => { passed += 1 }))
  clock.pass(holdMs - 1)
  await Promise.resolve()
  expect(passed).toBe(0)
  clock.pass(1)
  await Promise.all(waiting)
  await hold.passed()
})

test('one who gives up, before or while waiting, is refused as unavailable', async () => {
  const hold = new Hold(new ManualClock())
  await expect(hold.passed(AbortSignal.abort())).rejects.toMatchObject({ refused: 'unavailable' })
  const visitor = new AbortController()
  const waiting = hold.passed(visitor.signal)
  visitor.abort()
  await expect(waiting).rejects.toMatchObject({ refused: 'unavailable' })
})

test('its end lets everybody pass', async () => {
  const hold = new Hold(new ManualClock())
  const waiting = hold.passed()
  hold.end()
  await waiting
})

test('above so many who wait one is refused as unavailable at once', async () => {
  const hold = new Hold(new ManualClock())
  const waiting = Array.from({ length: serverLimits.waitingStrangers }, () => hold.passed())
  await expect(hold.passed()).rejects.toMatchObject({ refused: 'unavailable' })
  hold.end()
  await Promise.all(waiting)
})
