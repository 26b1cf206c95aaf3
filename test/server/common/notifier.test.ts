import { expect, test } from 'vitest'
import { Notifier } from '../../../server/common/notifier.ts'

test('notify resolves a pending wait; an earlier notify resolves the next wait once', async () => {
  const notifier = new Notifier()
  notifier.notify()
  await notifier.wait()
  let isAwake = false
  const waiting = notifier.wait().then(() => {
    isAwake = true
  })
  await Promise.resolve()
  expect(isAwake).toBe(false)
  notifier.notify()
  await waiting
})
