import { expect, test } from 'vitest'
import { Bot } from '../faults/bot.ts'
import { offer } from './people.ts'
import { startWorld } from './world.ts'

test('the bot of docs/protocol.md enters, answers an offer and hangs up', async () => {
  const world = await startWorld()
  const ann = world.person().visit('blue-door')
  await ann.joined()
  await ann.say(offer('a1.1'))
  const bot = new Bot({ url: `${world.server.url.replace(/^http/, 'ws')}/trpc`, room: 'blue-door', answer: (sdp) => `${sdp}a=setup:active\r\n` })
  await bot.received('message')
  expect(bot.seat).toMatchObject({ protocol: 1, seat: 'b', role: 'polite', peer: 'here', resumed: false })
  await ann.hears('ready')
  expect(await ann.hears('message')).toMatchObject({ message: { type: 'answer', connection: 'a1.1', negotiation: 1 } })
  expect(await ann.hears('message')).toMatchObject({ message: { type: 'media', microphone: false } })
  bot.hangUp()
  await bot.received('closed')
  expect(await ann.hears('message')).toMatchObject({ message: { type: 'bye' } })
  expect(await ann.hears('peer.left')).toMatchObject({ reason: 'left' })
  expect(bot.refusals).toEqual([])
})
