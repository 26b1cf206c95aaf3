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

test('a known user gets a 401 after its secret is removed', () => {
  const harness = new CoreHarness()
  const credentials = harness.credentials('anna')
  expect(outcome(harness.client().request('allocate', [udp], credentials))).toBe('success')
  reconfigure(harness.state, { ...harness.state.rules, secrets: ['the next secret of this test'] })
  expect(outcome(harness.client().request('allocate', [udp], credentials))).toBe(401)
})

test('a known name with another password gets a 401', () => {
  const harness = new CoreHarness()
  const credentials = harness.credentials('anna')
  expect(outcome(harness.client().request('allocate', [udp], credentials))).toBe('success')
  expect(outcome(harness.client().request('allocate', [udp], { ...credentials, credential: 'a guess' }))).toBe(401)
})

test('a user with wrong credentials is not cached', () => {
  const harness = new CoreHarness()
  const credentials = harness.credentials('anna')
  expect(outcome(harness.client().request('allocate', [udp], { ...credentials, credential: 'a guess' }))).toBe(401)
  expect(harness.state.knownUsers.get(credentials.username)).toBeUndefined()
})

test('the cache keeps the last 1,000 users', () => {
  const known = new KnownUsers()
  const names = Array.from({ length: 1001 }, (_, i) => `user ${i}`)
  for (const name of names) known.set({ name } as User)
  expect(names.filter((name) => known.get(name))).toEqual(names.slice(1))
})
