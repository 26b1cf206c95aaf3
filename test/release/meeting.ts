import { expect } from 'vitest'
import type { ClientOptions } from 'ws'
import { Bot } from '../faults/bot.ts'
import { offer, TestClient } from '../server/testClient.ts'
import { toApiUrl } from '../server/testSockets.ts'

/**
 * Two clients without media meet in a room: an offer, its answer, and a hang-up pass through the server.
 * @param url of the server, as a browser opens it
 */
export async function expectMeeting(url: string, socketOptions: ClientOptions = {}): Promise<void> {
  const client = new TestClient(url, socketOptions)
  try {
    const ann = client.join('blue-door')
    await ann.joined()
    await ann.send(offer('a1.1'))
    const bot = new Bot({ url: toApiUrl(url), room: 'blue-door', answer: (sdp) => sdp, socketOptions })
    await bot.waitForEvent('message')
    expect(bot.seat).toMatchObject({ seat: 'b', peer: 'connected' })
    await ann.expectEvent('ready')
    expect(await ann.expectEvent('message')).toMatchObject({ message: { type: 'answer', connection: 'a1.1' } })
    bot.hangUp()
    await bot.waitForEvent('closed')
    expect(bot.errorCodes).toEqual([])
  } finally {
    await client.close()
  }
}
