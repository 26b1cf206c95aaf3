import { describe, expect, test } from 'vitest'
import { room } from '../../machines/room/roomMachine.ts'
import { couple, crowd, pair } from './flows.ts'
import { openInn, PureInn } from './room/inns.ts'
import { follow, titled } from './subject.ts'
import { Visitors } from './visitors.ts'
import type { Walks } from './walks.ts'
import { deadlineMs } from '../deadline.ts'

/** The paths of what people do (flow.ts), walked by visitors of a room's machine alone, and of a real server. */

const patience = { timeout: deadlineMs, interval: 2 }

test.each<[string, Walks, object]>([
  ['couple', couple, { states: 33, edges: 96, walked: 96 }],
  ['crowd', crowd, { states: 66, edges: 250, walked: 250 }],
  ['pair', pair, { states: 151, edges: 572, walked: 572 }],
])('of the %s, every edge is walked', (_, { states, edges, walked }, counts) => {
  expect({ states, edges, walked }).toEqual(counts)
})

describe('by visitors of a machine alone', () => {
  test.each(titled({ couple, crowd, pair }))('%s', (_, walk, people) => follow(walk, new Visitors(people, async () => new PureInn()), patience))
})

describe('by visitors of a server', () => {
  test.each(titled({ couple, crowd }))('%s', (_, walk, people) => follow(walk, new Visitors(people, openInn), patience))
})

describe('is found not to do what people see:', () => {
  const [[, longWalk]] = titled({ crowd }) as [ReturnType<typeof titled>[number]]
  test.each<[what: string, machine: typeof room]>([
    ['a room that says nothing of one who comes back', room.provide({ actions: { tellOther: () => {} } })],
    ['a room that is never full', room.provide({ guards: { isLastToFlow: () => false } })],
    ['a room that keeps the seats of those who left', room.provide({ guards: { isHolder: () => false } })],
    ['a room that keeps no seat', room.provide({ guards: { hasToken: () => false, hasTokenButNoCall: () => false } })],
    ['a room that is taken for full when one is in it', room.provide({ guards: { isStranger: () => false } })],
  ])('%s', async (_, machine) => {
    const subject = new Visitors(['a', 'b', 'c'], async () => new PureInn(machine))
    await expect(follow(longWalk, subject, { timeout: 100, interval: 2 })).rejects.toThrow('on the way')
  })
})
