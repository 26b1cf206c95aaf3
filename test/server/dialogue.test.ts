import { expect, test } from 'vitest'
import { answer, candidate, offer } from './people.ts'
import { startWorld } from './world.ts'

test('the first visitor waits, the second gets the offer that was left, and both are ready', async () => {
  const { person } = await startWorld()
  const ann = person().visit('Blue Door')
  expect(await ann.joined()).toMatchObject({
    room: 'blue-door', seat: 'a', role: 'impolite', epoch: 1, resumed: false, peer: 'absent', state: 'created', said: 0, iceServers: [],
  })
  expect(await ann.say(offer('a1.1'))).toBe(1)
  expect(await ann.say(candidate('a1.1', 5000))).toBe(2)

  const ben = person().visit('blue-door')
  expect(await ben.joined()).toMatchObject({ seat: 'b', role: 'polite', epoch: 2, resumed: false, peer: 'here', state: 'ready', said: 0 })
  expect(await ben.hears('message')).toMatchObject({ message: offer('a1.1') })
  expect(await ben.hears('message')).toMatchObject({ message: candidate('a1.1', 5000) })
  await ben.hears('ready')
  await ann.hears('ready')

  await ben.say(answer('a1.1'))
  expect(await ann.hears('message')).toMatchObject({ message: answer('a1.1') })
})
