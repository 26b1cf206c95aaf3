import { expect, test } from 'vitest'
import type { User } from '../../../turn/core/types.ts'
import { KnownUsers } from '../../../turn/core/knownUsers.ts'
import { reconfigure } from '../../../turn/core/reconfigure.ts'
import { outcome } from '../turnTestClient.ts'
import { CoreHarness } from '../coreHarness.ts'

const udp = ['requestedTransport', 17] as const

test('two allocations with the same credentials share the user and its key', () => {
  const harness = new CoreHarness()
  const credentials = harness.credentials('anna')
  for (let i = 0; i < 2; i++) expect(outcome(harness.client().request('allocate', [udp], credentials))).toBe('success')
  const [one, other] = [...harness.state.allocations.values()]
  expect(one!.user).toBe(other!.user)
})

test('a known user is refused once its secret is gone', () => {
  const harness = new CoreHarness()
  const credentials = harness.credentials('anna')
  expect(outcome(harness.client().request('allocate', [udp], credentials))).toBe('success')
  reconfigure(harness.state, { ...harness.state.rules, secrets: ['the next secret of this test'] })
  expect(outcome(harness.client().request('allocate', [udp], credentials))).toBe(401)
})

test('a known name with another password is refused', () => {
  const harness = new CoreHarness()
  const credentials = harness.credentials('anna')
  expect(outcome(harness.client().request('allocate', [udp], credentials))).toBe('success')
  expect(outcome(harness.client().request('allocate', [udp], { ...credentials, credential: 'a guess' }))).toBe(401)
})

test('a user that failed to show its credentials is not known', () => {
  const harness = new CoreHarness()
  const credentials = harness.credentials('anna')
  expect(outcome(harness.client().request('allocate', [udp], { ...credentials, credential: 'a guess' }))).toBe(401)
  expect(harness.state.knownUsers.get(credentials.username)).toBeUndefined()
})

test('the last 1,000 users are known', () => {
  const known = new KnownUsers()
  const names = Array.from({ length: 1001 }, (_, i) => `user ${i}`)
  for (const name of names) known.set({ name } as User)
  expect(names.filter((name) => known.get(name))).toEqual(names.slice(1))
})
