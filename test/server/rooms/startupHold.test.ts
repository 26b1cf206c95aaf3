import { setImmediate as nextTurn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { serverLimits } from '../../../machines/protocol/limits.ts'
import { type HoldLimits, StartupHold, startupHoldMs } from '../../../server/rooms/startupHold.ts'
import { ManualClock } from '../manualClock.ts'

test('waiting joins pass when the hold ends, and later joins pass at once', async () => {
  const clock = new ManualClock()
  const hold = new StartupHold(clock)
  let passed = 0
  const waiting = [hold.wait('192.0.2.1'), hold.wait('192.0.2.1', new AbortController().signal)].map((each) =>
    each.then(() => {
      passed += 1
    }),
  )
  clock.advance(startupHoldMs - 1)
  await Promise.resolve()
  expect(passed).toBe(0)
  clock.advance(1)
  await Promise.all(waiting)
  await hold.wait('192.0.2.1')
})

test('an abort before or during the wait rejects as unavailable', async () => {
  const hold = new StartupHold(new ManualClock())
  await expect(hold.wait('192.0.2.1', AbortSignal.abort())).rejects.toMatchObject({ errorCode: 'unavailable' })
  const visitor = new AbortController()
  const waiting = hold.wait('192.0.2.1', visitor.signal)
  visitor.abort()
  await expect(waiting).rejects.toMatchObject({ errorCode: 'unavailable' })
})

test('release lets all waiting joins pass', async () => {
  const hold = new StartupHold(new ManualClock())
  const waiting = hold.wait('192.0.2.1')
  hold.release()
  await waiting
})

/** Records each waiting join that is rejected, by its name. */
function createHold(limits: HoldLimits) {
  const hold = new StartupHold(new ManualClock(), startupHoldMs, limits)
  const rejected: string[] = []
  const passed: string[] = []
  const wait = (network: string, name = network): void =>
    void hold.wait(network).then(
      () => passed.push(name),
      () => rejected.push(name),
    )
  return { hold, wait, rejected, passed }
}

test('above waitingJoinsPerNetwork a join of that network is rejected as unavailable; others wait', async () => {
  const { hold, wait, rejected, passed } = createHold({ waitingJoins: 10, waitingJoinsPerNetwork: 2 })
  for (const name of ['first', 'second', 'third']) wait('192.0.2.1', name)
  wait('192.0.2.2')
  await nextTurn()
  expect(rejected).toEqual(['third'])
  hold.release()
  await nextTurn()
  expect(passed).toEqual(['first', 'second', '192.0.2.2'])
})

test('above waitingJoins the oldest join of the largest network is rejected, however many networks fill the hold', async () => {
  const { wait, rejected } = createHold({ waitingJoins: 9, waitingJoinsPerNetwork: 4 })
  wait('192.0.2.1')
  for (let n = 0; n < 4; n++) for (const network of ['a', 'b']) wait(network, `${network}${n}`)
  for (const network of ['192.0.2.2', '192.0.2.3', '192.0.2.4']) wait(network)
  await nextTurn()
  expect(rejected).toEqual(['a0', 'b0', 'a1'])
})

test('two networks at their limit leave most places of the hold to others', () => {
  expect(2 * serverLimits.waitingJoinsPerNetwork).toBeLessThan(serverLimits.waitingJoins / 2)
  expect(serverLimits.waitingJoinsPerNetwork).toBe(serverLimits.socketsPerAddress * serverLimits.addressBudgetsPerSite)
})

test('an ended hold lets ten joins continue in each turn of the event loop', async () => {
  const { hold, wait, passed } = createHold({ waitingJoins: 30, waitingJoinsPerNetwork: 30 })
  for (let n = 0; n < 25; n++) wait('192.0.2.1')
  hold.release()
  await Promise.resolve()
  expect(passed).toHaveLength(10)
  while (passed.length < 25) await nextTurn()
})

test('an aborted join makes room for another waiting join', async () => {
  const hold = new StartupHold(new ManualClock(), startupHoldMs, { waitingJoins: 1, waitingJoinsPerNetwork: 1 })
  const visitor = new AbortController()
  const aborted = hold.wait('192.0.2.1', visitor.signal)
  visitor.abort()
  await expect(aborted).rejects.toMatchObject({ errorCode: 'unavailable' })
  const next = hold.wait('192.0.2.1')
  hold.release()
  await next
})
