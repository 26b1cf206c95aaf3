import { expect, test } from 'vitest'
import { type DoorEvent, type DoorSnapshot, doorWalks, followDoorWalk } from '../../machines/doorFlow.ts'
import { DoorSessions } from './doorSessions.ts'

const walks = doorWalks()

test('the walks at the door take every action in every state', () => {
  const steps = walks.flat().map(({ before, event }) => `${JSON.stringify(before.context)} ${event.type}`)
  const states = new Set(walks.flat().map(({ after }) => JSON.stringify(after.context)))
  expect({ states: states.size, edges: new Set(steps).size }).toEqual({ states: 28, edges: 140 })
})

test.each(walks.map((walk, n) => [n + 1, walk] as const))('two sessions follow walk %i at the door', (_, walk) =>
  followDoorWalk(walk, new DoorSessions()),
)

test('a page that admits the visitor it declines fails the walk', async () => {
  class KindSessions extends DoorSessions {
    override take(event: DoorEvent, before: DoorSnapshot): Promise<void> {
      return super.take(event.type === 'ann.declines' ? { type: 'ann.admits' } : event, before)
    }
  }
  const walk = walks.find((steps) => steps.some(({ event }) => event.type === 'ann.declines'))!
  await expect(followDoorWalk(walk, new KindSessions(), 500)).rejects.toThrow('after these steps')
})
