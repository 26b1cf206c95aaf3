import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { expect, onTestFinished, test } from 'vitest'
import { systemClock } from '../../../server/common/clock.ts'
import type { IceServer } from '../../../machines/protocol/messages.ts'
import { TurnClient, TurnResponseError } from '../../../turn/client/client.ts'
import { readMetrics } from '../metricsReader.ts'
import { startServerFixture, type ServerFixture } from '../serverFixture.ts'

/** Relay quotas: one address with many sockets cannot exhaust the relay ports. */

const ports = 100
const env = {
  DUET_TURN: 'embedded',
  DUET_TURN_PORT: '0',
  DUET_TURN_RELAY_PORTS: `22400-${22_399 + ports}`,
  DUET_TURN_SELF_TEST: 'no',
  DUET_TRUSTED_PROXIES: '127.0.0.1',
}

/** @param address the client address in X-Forwarded-For @param ip the source address of its TURN requests */
const somebody = (fixture: ServerFixture, address: string, ip: string) => {
  const client = fixture.newClient({ headers: { 'X-Forwarded-For': address } })
  return {
    asGuest: async () => allocator(await client.trpc.ice.servers.query(), ip),
    asHolder: async (room: string) => allocator(await client.join(room).joined(), ip),
  }
}

/** Sends Allocate requests with these credentials, each from its own socket: `relay` or the error code of each. */
function allocator(
  { iceServers }: { iceServers: IceServer[] },
  ip: string,
): (count: number) => Promise<(number | 'relay')[]> {
  const { urls, username, credential } = iceServers.find(({ credential: password }) => password !== undefined)!
  const [, host = '', port = ''] = /^turn:([\d.]+):(\d+)\?transport=udp$/.exec(urls[0]!)!
  return async (count) => {
    const outcomes: (number | 'relay')[] = []
    for (let i = 0; i < count; i++) {
      const client = await clientFrom(ip, host, Number(port), { username: username!, credential: credential! })
      outcomes.push(
        await client.request('allocate', [['requestedTransport', 17]]).then(
          () => 'relay' as const,
          (error: unknown) => (error as TurnResponseError).code,
        ),
      )
    }
    return outcomes
  }
}

/** @param ip the loopback address that the socket is bound to */
async function clientFrom(
  ip: string,
  host: string,
  port: number,
  login: { username: string; credential: string },
): Promise<TurnClient> {
  const client = new TurnClient(login, 10_000)
  const socket = createSocket('udp4')
  socket.bind(0, ip)
  await once(socket, 'listening')
  socket.on('message', (packet) => client.receive(packet)).on('error', (error) => client.fail(error))
  client.transport = {
    isReliable: false,
    send: (packet) => socket.send(packet, port, host),
    close: () => socket.close(),
  }
  onTestFinished(() => client.close())
  return client
}

const relays = (outcomes: readonly (number | 'relay')[]): number =>
  outcomes.filter((outcome) => outcome === 'relay').length

test('one address gets at most a quarter of the relay ports, and other seat holders get theirs', async () => {
  const fixture = await startServerFixture({ clock: systemClock }, env)
  const taken = { guests: 0, holders: 0 }
  for (let i = 0; i < 12; i++) {
    const attacker = somebody(fixture, '203.0.113.9', '127.0.0.2')
    taken.guests += relays(await (await attacker.asGuest())(4))
    taken.holders += relays(await (await attacker.asHolder(`grabbed-${i}`))(4))
  }
  expect(taken.guests).toBeLessThanOrEqual(ports / 16)
  expect(taken.guests + taken.holders).toBe(ports / 4)

  const friend = somebody(fixture, '203.0.113.8', '127.0.0.3')
  expect(await (await friend.asHolder('blue-door'))(12)).toEqual(Array(12).fill('relay'))
  await expect
    .poll(() => readMetrics(fixture))
    .toMatchObject({
      duet_turn_allocations: ports / 4 + 12,
      duet_turn_guest_allocations: taken.guests,
      'duet_turn_over_quota_total{quota="guestSource"}': 48 - taken.guests,
    })
})

test('a client without a seat gets four relay ports in total, and more after it joins', async () => {
  const fixture = await startServerFixture({ clock: systemClock }, env)
  const ann = somebody(fixture, '203.0.113.9', '127.0.0.2')
  const before = await (await ann.asGuest())(3)
  expect([...before, ...(await (await ann.asGuest())(3))]).toEqual(['relay', 'relay', 'relay', 'relay', 486, 486])
  expect(await (await ann.asHolder('blue-door'))(6)).toEqual(Array(6).fill('relay'))
  expect(await (await ann.asGuest())(1), 'a repeated request after the join').toEqual(['relay'])
})
