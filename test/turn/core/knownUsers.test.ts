import { expect, test } from 'vitest'
import type { User } from '../../../turn/core/types.ts'
import { KnownUsers } from '../../../turn/core/knownUsers.ts'
import { reconfigure } from '../../../turn/core/reconfigure.ts'
import { outcome } from '../asker.ts'
import { Desk } from '../desk.ts'

const udp = ['requestedTransport', 17] as const

test('two allocations of one login share the user and its key', () => {
  const desk = new Desk()
  const login = desk.credentials('anna')
  for (let i = 0; i < 2; i++) expect(outcome(desk.client().ask('allocate', [udp], login))).toBe('success')
  const [one, other] = [...desk.core.allocations.values()]
  expect(one!.user).toBe(other!.user)
})

test('a known user is refused once its secret is gone', () => {
  const desk = new Desk()
  const login = desk.credentials('anna')
  expect(outcome(desk.client().ask('allocate', [udp], login))).toBe('success')
  reconfigure(desk.core, { ...desk.core.rules, secrets: ['the next secret of this test'] })
  expect(outcome(desk.client().ask('allocate', [udp], login))).toBe(401)
})

test('a known name with another password is refused', () => {
  const desk = new Desk()
  const login = desk.credentials('anna')
  expect(outcome(desk.client().ask('allocate', [udp], login))).toBe('success')
  expect(outcome(desk.client().ask('allocate', [udp], { ...login, credential: 'a guess' }))).toBe(401)
})

test('a user that failed to show its credentials is not known', () => {
  const desk = new Desk()
  const login = desk.credentials('anna')
  expect(outcome(desk.client().ask('allocate', [udp], { ...login, credential: 'a guess' }))).toBe(401)
  expect(desk.core.knownUsers.get(login.username)).toBeUndefined()
})

test('the last 1,000 users are known', () => {
  const known = new KnownUsers()
  const names = Array.from({ length: 1001 }, (_, i) => `user ${i}`)
  for (const name of names) known.set({ name } as User)
  expect(names.filter((name) => known.get(name))).toEqual(names.slice(1))
})
