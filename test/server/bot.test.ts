import { expect, test } from 'vitest'
import { Bot } from '../faults/bot.ts'
import { offer } from './testClient.ts'
import { startServerFixture } from './serverFixture.ts'
import { toApiUrl } from './testSockets.ts'

test('the bot of docs/protocol.md joins, answers an offer and hangs up', async () => {
  const fixture = await startServerFixture()
  const ann = fixture.newClient().join('blue-door')
  await ann.joined()
  await ann.send(offer('a1.1'))
  const bot = new Bot({
    url: toApiUrl(fixture.server.url),
    room: 'blue-door',
    answer: (sdp) => `${sdp}a=setup:active\r\n`,
  })
  await bot.waitForEvent('message')
  expect(bot.seat).toMatchObject({ protocol: 1, seat: 'b', role: 'polite', peer: 'connected', resumed: false })
  await ann.expectEvent('ready')
  expect(await ann.expectEvent('message')).toMatchObject({
    message: { type: 'answer', connection: 'a1.1', negotiation: 1 },
  })
  expect(await ann.expectEvent('message')).toMatchObject({ message: { type: 'media', microphone: false } })
  bot.hangUp()
  await bot.waitForEvent('closed')
  expect(await ann.expectEvent('message')).toMatchObject({ message: { type: 'hangup' } })
  expect(await ann.expectEvent('peer.left')).toMatchObject({ reason: 'left' })
  expect(bot.errorCodes).toEqual([])
})
