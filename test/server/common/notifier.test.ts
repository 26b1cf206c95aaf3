import { expect, test } from 'vitest'
import { Bell } from '../../../server/common/notifier.ts'

test('a ring wakes who waits; one that came before counts, once', async () => {
  const bell = new Bell()
  bell.ring()
  await bell.rung()
  let isAwake = false
  const waiting = bell.rung().then(() => { isAwake = true })
  await Promise.resolve()
  expect(isAwake).toBe(false)
  bell.ring()
  await waiting
})
