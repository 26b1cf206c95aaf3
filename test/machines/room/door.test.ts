import { expect, test } from 'vitest'
import { serverLimits } from '../../../machines/protocol/limits.ts'
import { addDecline, closedDoor, type DoorContext, stricterPolicy } from '../../../machines/room/door.ts'

test(`a room remembers the newest ${serverLimits.declinedVisitorsPerRoom} declined visitors`, () => {
  let door: DoorContext = { ...closedDoor, policy: 'ask' }
  for (let n = 1; n <= 20; n++)
    door = { ...door, declined: addDecline(door, { keyHash: `key ${n}`, source: `net ${n}` }, n) }
  expect(door.declined).toHaveLength(serverLimits.declinedVisitorsPerRoom)
  expect(door.declined.map(({ keyHash }) => keyHash)).toContain('key 20')
  expect(door.declined.map(({ keyHash }) => keyHash)).not.toContain('key 1')
})

test('a locked room is stricter than a room that asks first, and that one than an open room', () => {
  expect(stricterPolicy('open', 'ask')).toBe('ask')
  expect(stricterPolicy('locked', 'ask')).toBe('locked')
  expect(stricterPolicy('open', 'open')).toBe('open')
})
