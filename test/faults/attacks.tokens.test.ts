import { expect, test } from 'vitest'
import { readMetrics } from '../server/metricsReader.ts'
import { errorCodeOf, newJoinKey, offer, type TestSubscription } from '../server/testClient.ts'
import { FrameClient } from '../server/frameClient.ts'
import { startServerFixture, type ServerFixture } from '../server/serverFixture.ts'

const media = { type: 'media', microphone: true, camera: true, screen: false } as const

async function startCall({ newClient }: ServerFixture) {
  const [ann, bens] = [newClient().join('blue-door'), newClient()]
  await ann.joined()
  const ben = bens.join('blue-door')
  const { token } = await ben.joined()
  for (const one of [ann, ben]) await one.expectEvent('ready')
  for (const one of [ann, ben]) await one.reportMedia('flowing')
  for (const one of [ann, ben]) await one.expectEvent('full')
  return { ann, ben, bens, token }
}

/** Expects that the pair receives the message sent now and no earlier event. */
async function expectUndisturbed(ann: TestSubscription, ben: TestSubscription): Promise<void> {
  await ann.send(media)
  expect(await ben.expectEvent('message')).toMatchObject({ message: media })
  await ben.send(media)
  expect(await ann.expectEvent('message')).toMatchObject({ message: media })
}

test('an old seat token is rejected and counted, and the room receives no event', async () => {
  const fixture = await startServerFixture()
  const { ann, ben, token } = await startCall(fixture)
  const back = (presented: string) => fixture.newClient().join('blue-door', { token: presented })
  const first = back(token)
  const { token: second } = await first.joined()
  await ben.expectEvent('seat.replaced')
  await first.expectEvent('ready')
  const newest = back(second)
  await newest.joined()
  await first.expectEvent('seat.replaced')
  for (const type of ['peer.reconnected', 'ready', 'peer.reconnected'] as const) await ann.expectEvent(type)

  for (let replay = 0; replay < 5; replay++) expect(await back(token).rejected()).toBe('seat-lost')
  expect(await readMetrics(fixture)).toMatchObject({ 'duet_api_errors_total{code="seat-lost"}': 5 })
  await expectUndisturbed(ann, newest)
})

test('one of two concurrent joins with the current token wins; both pages and the peer get the events', async () => {
  const fixture = await startServerFixture({ limits: { messageBurst: 1_000 } })
  const { ann, ben, token } = await startCall(fixture)
  let [holder, current] = [ben, token]
  for (let round = 0; round < 20; round++) {
    const both = [fixture.newClient(), fixture.newClient()].map((one) => one.join('blue-door', { token: current }))
    const entries = await Promise.all(both.map((subscription) => subscription.joined()))
    const [winner, loser] = entries[0]!.epoch > entries[1]!.epoch ? ([0, 1] as const) : ([1, 0] as const)
    await ann.expectEvent('peer.reconnected')
    // Only the first `ready` belongs to a call that the room knew.
    if (round === 0) await ann.expectEvent('ready')
    await ann.expectEvent('peer.reconnected')
    for (const old of [holder, both[loser]!]) {
      expect(await readToEnd(old)).toEqual(['seat.replaced', 'completed'])
      expect(await errorCodeOf(old.send(media))).toBe('not-joined')
    }
    ;[holder, current] = [both[winner]!, entries[winner]!.token]
  }
  expect(ann.unread).toEqual([])
  expect(holder.unread, 'no event about another page for the winner').toEqual([])
})

/** Reads the events of a replaced subscription until it completes. An initial `ready` is left out. */
async function readToEnd(subscription: TestSubscription): Promise<string[]> {
  const events: string[] = []
  while (events.at(-1) !== 'completed') {
    const next = await subscription.next()
    events.push(typeof next === 'object' && 'event' in next ? next.event.type : String(next))
  }
  return events[0] === 'ready' ? events.slice(1) : events
}

test('a page that takes over a seat can offer only a connection with its own epoch', async () => {
  const fixture = await startServerFixture()
  const { ann, token } = await startCall(fixture)
  const thief = fixture.newClient().join('blue-door', { token })
  const { epoch, seat } = await thief.joined()
  expect([seat, epoch]).toEqual(['b', 3])
  await thief.send(offer(`b${epoch}.1`), 1)
  for (const type of ['peer.reconnected', 'ready'] as const) await ann.expectEvent(type)
  expect(await ann.expectEvent('message')).toMatchObject({ message: { connection: 'b3.1' } })
})

test('unknown, old, foreign and expired tokens get the same answer, whether or not the room exists', async () => {
  const { newClient, server } = await startServerFixture()
  const holder = newClient().join('red-door')
  const { token: others } = await holder.joined()
  const gone = newClient().join('green-door')
  const { token: expired } = await gone.joined()
  await gone.leave()
  const present = async (room: string, token: string): Promise<string> => {
    const wire = await FrameClient.open(server.url)
    wire.send(
      JSON.stringify({
        id: 1,
        method: 'subscription',
        params: { path: 'room.join', input: { room, joinKey: newJoinKey(), token } },
      }),
    )
    const answer = `${await wire.next()}\n${await wire.next()}`
    wire.socket.terminate()
    return answer
  }
  const answers = [
    await present('red-door', newJoinKey()),
    await present('blue-door', others),
    await present('green-door', expired),
    await present('green-door', newJoinKey()),
    await present('nowhere', newJoinKey()),
    await present('red-door', expired),
  ]
  expect(answers[0]).toContain('"code":"seat-lost"')
  expect(new Set(answers).size).toBe(1)
})
