import { expect, test } from 'vitest'
import { allocate, callAt, nextData, secret, startEcho } from '../../turn/line.ts'
import { numbersOf, parse } from '../figures.ts'
import { get } from '../get.ts'
import { startWorld, type World } from '../world.ts'

const withTurn = {
  DUET_TURN: 'embedded', DUET_TURN_PORT: '0', DUET_TURN_RELAY_PORTS: '22300-22399', DUET_TURN_SELF_TEST: 'no',
  DUET_TURN_SECRET: secret, DUET_TURN_ALLOW_PEERS: '127.0.0.1', DUET_TURN_QUOTA_USER: '1',
}
const turnPort = ({ log }: World): number =>
  log.map((line) => JSON.parse(line) as { msg: string; turn: number }).find(({ msg }) => msg === 'server listens')!.turn

test('what people do is counted, and nobody is named', async () => {
  const world = await startWorld()
  expect(await numbersOf(world)).toMatchObject({ duet_sockets: 0, duet_rooms: 0 })
  for (let seat = 0; seat < 2; seat++) await world.person().visit('blue-door').joined()
  await world.person().visit('blue-door').refused()
  const { text, headers } = await get(world.server.adminUrl!, '/metrics')
  expect(parse(text)).toMatchObject({ duet_sockets: 3, duet_rooms: 1, 'duet_refused_total{code="full"}': 1 })
  expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8')
  expect(text).not.toMatch(/blue-door|duet_turn|certificate/)
})

test('what is relayed is counted, and what a quota stops', async () => {
  const world = await startWorld({}, withTurn)
  const before = await numbersOf(world)
  expect(before).toMatchObject({ duet_turn_allocations: 0, duet_turn_allocated_total: 0, 'duet_turn_over_quota_total{quota="user"}': 0 })
  const peer = await startEcho()
  const { client } = await callAt('127.0.0.1', turnPort(world), 'tcp')
  await allocate(client)
  await client.request('createPermission', [['xorPeerAddress', peer]])
  const came = nextData(client)
  client.sendData(peer, Buffer.from('hello'))
  await came
  await client.request('channelBind', [['channelNumber', 0x4000], ['xorPeerAddress', peer]])
  const { client: second } = await callAt('127.0.0.1', turnPort(world), 'udp')
  await expect(allocate(second)).rejects.toMatchObject({ code: 486 })
  const { text } = await get(world.server.adminUrl!, '/metrics')
  expect(parse(text)).toMatchObject({
    duet_turn_allocations: 1, duet_turn_permissions: 1, duet_turn_channels: 1, duet_turn_connections: 1, duet_turn_allocated_total: 1,
    'duet_turn_relayed_packets_total{to="peers"}': 1, 'duet_turn_relayed_bytes_total{to="peers"}': 5,
    'duet_turn_relayed_packets_total{to="clients"}': 1, 'duet_turn_relayed_bytes_total{to="clients"}': 5,
    'duet_turn_refused_total{code="401"}': 2, 'duet_turn_refused_total{code="486"}': 1, 'duet_turn_over_quota_total{quota="user"}': 1,
    duet_turn_withheld_total: 0, duet_turn_dropped_total: 0, duet_turn_send_queue_dropped_total: 0, duet_turn_ports_taken_total: expect.any(Number) as number,
  })
  expect(text).not.toContain('anna')
  expect(await numbersOf(world), 'asked again').toMatchObject({ duet_turn_allocated_total: 1, 'duet_turn_refused_total{code="486"}': 1 })
})

test('the process is measured, and two servers in it have their own numbers', async () => {
  const [one, other] = [await startWorld(), await startWorld()]
  await one.person().visit('blue-door').joined()
  const [ones, others] = [await numbersOf(one), await numbersOf(other)]
  expect([ones.duet_sockets, others.duet_sockets]).toEqual([1, 0])
  expect(ones.process_resident_memory_bytes).toBeGreaterThan(10_000_000)
  expect(Math.abs(ones.process_start_time_seconds! - Date.now() / 1000)).toBeLessThan(3600)
  for (const name of ['process_cpu_seconds_total', 'duet_busy_seconds_total']) expect(others[name]).toBeGreaterThanOrEqual(ones[name]!)
})
