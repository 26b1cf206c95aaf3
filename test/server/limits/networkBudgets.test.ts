import { expect, onTestFinished, test } from 'vitest'
import { FrameClient, upgradeStatus } from '../frameClient.ts'
import { startServerFixture } from '../serverFixture.ts'
import { newJoinKey } from '../testClient.ts'

const proxied = { DUET_TRUSTED_PROXIES: '127.0.0.1' }
const from = (address: string) => ({ headers: { 'X-Forwarded-For': address } })
/** An address of the attacker; each number is in a different /64 of one /48. */
const near = (n: number) => `2001:db8:a:${n.toString(16)}::1`
const elsewhere = '2001:db8:b::1'

test('the /64s of one /48 create as many rooms a minute as two of them; another /48 can create more', async () => {
  const { newClient } = await startServerFixture({ limits: { newRoomsPerAddressPerMinute: 2 } }, proxied)
  const answers = []
  for (let n = 0; n < 6; n++)
    answers.push(
      await newClient(from(near(n)))
        .join(`room-${n}`)
        .joined()
        .catch(() => 'rejected'),
    )
  expect(answers.map((each) => each === 'rejected')).toEqual([false, false, false, false, true, true])
  expect(await newClient(from(elsewhere)).join('room-9').joined()).toMatchObject({ state: 'created' })
})

test('the /64s of one /48 guess as often a minute as two of them; another /48 can join', async () => {
  const limits = { failedJoinsPerAddressPerMinute: 3, failedJoinsPerSocketPerMinute: 1 }
  const { newClient } = await startServerFixture({ limits }, proxied)
  const answers = []
  for (let n = 0; n < 8; n++)
    answers.push(
      await newClient(from(near(n)))
        .join('blue-door', { token: newJoinKey() })
        .rejected(),
    )
  expect(answers).toEqual([...Array<string>(6).fill('seat-lost'), 'throttled', 'throttled'])
  expect(await newClient(from(elsewhere)).join('blue-door').joined()).toMatchObject({ seat: 'a' })
})

test('the /64s of one /48 open as many sockets as two of them; each close makes room for another', async () => {
  const { server } = await startServerFixture({ limits: { socketsPerAddress: 2 } }, proxied)
  const open: FrameClient[] = []
  for (let n = 0; n < 4; n++) open.push(await FrameClient.open(server.url, from(near(n))))
  onTestFinished(() => {
    for (const { socket } of open) socket.terminate()
  })
  const status = (address: string) => upgradeStatus(server.url, '/trpc', from(address).headers)
  expect([await status(near(5)), await status(elsewhere)]).toEqual([429, 101])
  const closed = open[0]!.waitForClose()
  open[0]!.socket.close()
  await closed
  await expect.poll(() => status(near(5))).toBe(101)
})

test('the /64s of one /48 share a frame budget; frames above it wait', async () => {
  const { server, clock } = await startServerFixture(
    { limits: { messageBurst: 2, messagesPerSecond: 1, socketBudgetsPerAddress: 1 } },
    proxied,
  )
  const open = await Promise.all([0, 1, 2, 3].map((n) => FrameClient.open(server.url, from(near(n)))))
  const other = await FrameClient.open(server.url, from(elsewhere))
  let answered = 0
  const sendAll = (client: FrameClient, count: number): void => {
    for (let n = 0; n < count; n++) {
      client.send('PING')
      void client.next().then(
        () => (answered += 1),
        () => undefined,
      )
    }
  }
  // A socket, and its address, have ten tokens.
  for (const client of open) sendAll(client, 8)
  await expect.poll(() => answered).toBe(20)
  other.send('PING')
  expect(await other.next()).toBe('PONG')
  expect(answered).toBe(20)
  clock.advance(1_000)
  await expect.poll(() => answered).toBe(30)
  for (const { socket } of [...open, other]) socket.terminate()
})

test('80 pages of one /48, each in its own /64, join 40 rooms and come back', async () => {
  const { newClient } = await startServerFixture({}, proxied)
  for (let pair = 0; pair < 40; pair++) {
    const [ann, ben] = [newClient(from(near(2 * pair))), newClient(from(near(2 * pair + 1)))]
    await ann.join(`room-${pair}`).joined()
    const { token, seat } = await ben.join(`room-${pair}`).joined()
    expect(seat).toBe('b')
    await ben.terminate()
    const again = newClient(from(near(2 * pair + 1))).join(`room-${pair}`, { token })
    expect(await again.joined()).toMatchObject({ resumed: true })
  }
})
