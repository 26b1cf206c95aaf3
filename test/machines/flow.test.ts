import { describe, expect, test } from 'vitest'
import { roomMachine } from '../../machines/room/roomMachine.ts'
import { couple, crowd, pair } from './flowWalks.ts'
import { openServerRoomAdapter, MachineRoomAdapter } from './room/roomAdapters.ts'
import { followWalk, titled } from './flowSubject.ts'
import { MembershipSubject } from './membershipSubject.ts'
import type { Walks } from './walks.ts'
import { deadlineMs } from '../deadline.ts'

/** Follows the walks of flow.ts with the room's machine alone, and with a real server. */

const pollOptions = { timeout: deadlineMs, interval: 2 }

test.each<[string, Walks, object]>([
  ['couple', couple, { states: 29, edges: 84, walked: 84 }],
  ['crowd', crowd, { states: 59, edges: 222, walked: 222 }],
  ['pair', pair, { states: 135, edges: 506, walked: 506 }],
])('the walks of %s take every edge', (_, { states, edges, walked }, counts) => {
  expect({ states, edges, walked }).toEqual(counts)
})

describe('the room machine follows', () => {
  test.each(titled({ couple, crowd, pair }))('%s', (_, walk, people) =>
    followWalk(walk, new MembershipSubject(people, async () => new MachineRoomAdapter()), pollOptions),
  )
})

describe('the server follows', () => {
  test.each(titled({ couple, crowd }))('%s', (_, walk, people) =>
    followWalk(walk, new MembershipSubject(people, openServerRoomAdapter), pollOptions),
  )
})

describe('followWalk detects', () => {
  const [[, longWalk]] = titled({ crowd }) as [ReturnType<typeof titled>[number]]
  test.each<[what: string, machine: typeof roomMachine]>([
    ['a room that sends no event when a visitor returns', roomMachine.provide({ actions: { notifyPeer: () => {} } })],
    ['a room that is never full', roomMachine.provide({ guards: { hasPeerMedia: () => false } })],
    [
      'a room that keeps the seats of people who left',
      roomMachine.provide({ guards: { isCurrentHolder: () => false } }),
    ],
    [
      'a room that keeps no seat',
      roomMachine.provide({ guards: { hasValidToken: () => false, isReloadedHolder: () => false } }),
    ],
    ['a room that is full with one visitor', roomMachine.provide({ guards: { isNewVisitor: () => false } })],
  ])('%s', async (_, machine) => {
    const subject = new MembershipSubject(['a', 'b', 'c'], async () => new MachineRoomAdapter(machine))
    await expect(followWalk(longWalk, subject, { timeout: 100, interval: 2 })).rejects.toThrow('after these steps')
  })
})
