import { describe, expect, test } from 'vitest'
import { roomMachine } from '../../machines/room/roomMachine.ts'
import { couple, crowd, pair } from './flowWalks.ts'
import { openServerRoomAdapter, MachineRoomAdapter } from './room/roomAdapters.ts'
import { followWalk, titled } from './flowSubject.ts'
import { MembershipSubject } from './membershipSubject.ts'
import type { Walks } from './walks.ts'
import { deadlineMs } from '../deadline.ts'

/** The paths of what people do (flow.ts), walked by visitors of a room's machine alone, and of a real server. */

const pollOptions = { timeout: deadlineMs, interval: 2 }

test.each<[string, Walks, object]>([
  ['couple', couple, { states: 33, edges: 96, walked: 96 }],
  ['crowd', crowd, { states: 66, edges: 250, walked: 250 }],
  ['pair', pair, { states: 151, edges: 572, walked: 572 }],
])('of the %s, every edge is walked', (_, { states, edges, walked }, counts) => {
  expect({ states, edges, walked }).toEqual(counts)
})

describe('by visitors of a machine alone', () => {
  test.each(titled({ couple, crowd, pair }))('%s', (_, walk, people) =>
    followWalk(walk, new MembershipSubject(people, async () => new MachineRoomAdapter()), pollOptions),
  )
})

describe('by visitors of a server', () => {
  test.each(titled({ couple, crowd }))('%s', (_, walk, people) =>
    followWalk(walk, new MembershipSubject(people, openServerRoomAdapter), pollOptions),
  )
})

describe('is found not to do what people see:', () => {
  const [[, longWalk]] = titled({ crowd }) as [ReturnType<typeof titled>[number]]
  test.each<[what: string, machine: typeof roomMachine]>([
    ['a room that says nothing of one who comes back', roomMachine.provide({ actions: { notifyPeer: () => {} } })],
    ['a room that is never full', roomMachine.provide({ guards: { hasPeerMedia: () => false } })],
    [
      'a room that keeps the seats of those who left',
      roomMachine.provide({ guards: { isCurrentHolder: () => false } }),
    ],
    [
      'a room that keeps no seat',
      roomMachine.provide({ guards: { hasValidToken: () => false, isReloadedHolder: () => false } }),
    ],
    ['a room that is taken for full when one is in it', roomMachine.provide({ guards: { isNewVisitor: () => false } })],
  ])('%s', async (_, machine) => {
    const subject = new MembershipSubject(['a', 'b', 'c'], async () => new MachineRoomAdapter(machine))
    await expect(followWalk(longWalk, subject, { timeout: 100, interval: 2 })).rejects.toThrow('on the way')
  })
})
