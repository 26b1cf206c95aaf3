import { expect, onTestFinished, test } from 'vitest'
import { allocate, connectTo, nextData, secret, startEchoPeer } from '../../turn/turnFixture.ts'
import { readMetrics, parseMetrics } from '../metricsReader.ts'
import { version } from '../../../package.json'
import { Histogram } from '../../../server/common/histogram.ts'
import { MetricsRegistry } from '../../../server/common/metricsRegistry.ts'
import { measureGarbageCollection } from '../../../server/metrics/garbageCollection.ts'
import { httpGet } from '../httpGet.ts'
import { offer } from '../testClient.ts'
import { startServerFixture, type ServerFixture } from '../serverFixture.ts'

const withTurn = {
  DUET_TURN: 'embedded',
  DUET_TURN_PORT: '0',
  DUET_TURN_RELAY_PORTS: '22300-22399',
  DUET_TURN_SELF_TEST: 'no',
  DUET_TURN_SECRET: secret,
  DUET_TURN_ALLOW_PEERS: '127.0.0.1',
  DUET_TURN_QUOTA_USER: '1',
}
const turnPort = ({ logLines }: ServerFixture): number =>
  logLines
    .map((line) => JSON.parse(line) as { msg: string; turn: number })
    .find(({ msg }) => msg === 'server listening')!.turn

test('metrics count sockets, rooms and API errors, and contain no room names', async () => {
  const fixture = await startServerFixture()
  expect(await readMetrics(fixture)).toMatchObject({ duet_ws_connections: 0, duet_rooms: 0 })
  for (let seat = 0; seat < 2; seat++) await fixture.newClient().join('blue-door').joined()
  await fixture.newClient().join('blue-door').rejected()
  const { text, headers } = await httpGet(fixture.server.adminUrl!, '/metrics')
  expect(parseMetrics(text)).toMatchObject({
    duet_ws_connections: 3,
    duet_rooms: 1,
    'duet_api_errors_total{code="full"}': 1,
  })
  expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8')
  expect(text).not.toMatch(/blue-door|duet_turn|certificate/)
})

test('metrics count TURN allocations, relayed traffic and quota rejections', async () => {
  const fixture = await startServerFixture({}, withTurn)
  const before = await readMetrics(fixture)
  expect(before).toMatchObject({
    duet_turn_allocations: 0,
    duet_turn_allocated_total: 0,
    'duet_turn_over_quota_total{quota="user"}': 0,
  })
  const peer = await startEchoPeer()
  const { client } = await connectTo('127.0.0.1', turnPort(fixture), 'tcp')
  await allocate(client)
  await client.request('createPermission', [['xorPeerAddress', peer]])
  const came = nextData(client)
  client.sendData(peer, Buffer.from('hello'))
  await came
  await client.request('channelBind', [
    ['channelNumber', 0x4000],
    ['xorPeerAddress', peer],
  ])
  const { client: second } = await connectTo('127.0.0.1', turnPort(fixture), 'udp')
  await expect(allocate(second)).rejects.toMatchObject({ code: 486 })
  await expect
    .poll(() => readMetrics(fixture))
    .toMatchObject({
      'duet_turn_engine_info{engine="batch"}': 1,
      duet_turn_allocations: 1,
      duet_turn_permissions: 1,
      duet_turn_channels: 1,
      duet_turn_connections: 1,
      duet_turn_allocated_total: 1,
      'duet_turn_client_allocations_total{transport="tcp",family="ipv4"}': 1,
      'duet_turn_client_allocations_total{transport="udp",family="ipv4"}': 0,
      'duet_turn_relayed_packets_total{to="peers"}': 1,
      'duet_turn_relayed_bytes_total{to="peers"}': 5,
      'duet_turn_relayed_packets_total{to="clients"}': 1,
      'duet_turn_relayed_bytes_total{to="clients"}': 5,
      'duet_turn_error_responses_total{code="401"}': 2,
      'duet_turn_error_responses_total{code="486"}': 1,
      'duet_turn_over_quota_total{quota="user"}': 1,
      duet_turn_responses_rate_limited_total: 0,
      duet_turn_dropped_total: 0,
      duet_turn_send_queue_dropped_total: 0,
      duet_turn_port_conflicts_total: expect.any(Number) as number,
    })
  expect((await httpGet(fixture.server.adminUrl!, '/metrics')).text).not.toContain('anna')
  expect(await readMetrics(fixture), 'the second scrape').toMatchObject({
    duet_turn_allocated_total: 1,
    'duet_turn_error_responses_total{code="486"}': 1,
  })
})

test('metrics count joins, messages, rooms by state and calls by outcome, and measure the setup of a call', async () => {
  const fixture = await startServerFixture()
  expect(await readMetrics(fixture)).toMatchObject({
    'duet_joins_total{kind="new"}': 0,
    'duet_calls_total{outcome="connected"}': 0,
    'duet_rooms_by_state{state="created"}': 0,
    duet_call_setup_seconds_count: 0,
    duet_message_acknowledgement_seconds_count: 0,
  })
  const [anna, ben] = [fixture.newClient().join('blue-door'), fixture.newClient().join('blue-door')]
  for (const person of [anna, ben]) await person.joined()
  await anna.send(offer())
  expect(await readMetrics(fixture)).toMatchObject({
    'duet_joins_total{kind="new"}': 2,
    'duet_messages_total{type="offer"}': 1,
    'duet_rooms_by_state{state="ready"}': 1,
    duet_message_acknowledgement_seconds_count: 1,
    duet_call_setup_seconds_count: 0,
  })
  fixture.clock.advance(1_500)
  for (const person of [anna, ben]) await person.reportMedia('flowing')
  // Media that stops and returns is the same call.
  for (const mediaFlow of ['stopped', 'flowing'] as const) await ben.reportMedia(mediaFlow)
  expect(await readMetrics(fixture)).toMatchObject({
    'duet_rooms_by_state{state="full"}': 1,
    'duet_calls_total{outcome="connected"}': 1,
    duet_call_setup_seconds_count: 1,
    duet_call_setup_seconds_sum: 1.5,
  })
  const [carl, dora] = [fixture.newClient(), fixture.newClient()].map((client) => client.join('red-door'))
  for (const person of [carl!, dora!]) await person.joined()
  const failures = fixture.newClient()
  await failures.join('green-door').joined()
  await failures.trpc.room.reportFailure.mutate({ room: 'green-door', reason: 'lost' })
  await carl!.send({ type: 'hangup', reason: 'unsupported' })
  await dora!.leave()
  expect(await readMetrics(fixture)).toMatchObject({
    'duet_calls_total{outcome="left"}': 1,
    'duet_calls_total{outcome="lost"}': 0,
    'duet_call_failures_total{reason="failed"}': 0,
    'duet_call_failures_total{reason="lost"}': 1,
    'duet_call_failures_total{reason="unsupported"}': 1,
  })
})

test('a call whose second person vanishes before it connects is lost', async () => {
  const fixture = await startServerFixture()
  const vanishing = fixture.newClient()
  for (const client of [fixture.newClient(), vanishing]) await client.join('blue-door').joined()
  await vanishing.terminate()
  await expect
    .poll(() => {
      fixture.clock.advance(10_000)
      return readMetrics(fixture)
    })
    .toMatchObject({ 'duet_calls_total{outcome="lost"}': 1, 'duet_calls_total{outcome="left"}': 0 })
})

test('garbage collections and the heap of the main thread are measured', async () => {
  const fixture = await startServerFixture()
  const { runs, stop } = measureGarbageCollection()
  onTestFinished(stop)
  expect(Object.keys(runs)).toEqual(['minor', 'major', 'incremental', 'weakcb'])
  const keep: number[][] = []
  await expect
    .poll(() => {
      keep.splice(0, keep.length, Array<number>(1_000_000).fill(0))
      return runs.minor! + runs.major!
    })
    .toBeGreaterThan(0)
  const metrics = await readMetrics(fixture)
  expect(metrics.nodejs_heap_size_used_bytes).toBeGreaterThan(1_000_000)
  expect(metrics.nodejs_heap_size_limit_bytes).toBeGreaterThan(metrics.nodejs_heap_size_used_bytes!)
  expect(metrics['duet_gc_runs_total{kind="minor"}']).toBeGreaterThanOrEqual(0)
})

test('two servers in one process have separate metrics and share the process metrics', async () => {
  const [one, other] = [await startServerFixture(), await startServerFixture()]
  await one.newClient().join('blue-door').joined()
  const [ones, others] = [await readMetrics(one), await readMetrics(other)]
  expect([ones.duet_ws_connections, others.duet_ws_connections]).toEqual([1, 0])
  expect(ones.process_resident_memory_bytes).toBeGreaterThan(10_000_000)
  expect(Math.abs(ones.process_start_time_seconds! - Date.now() / 1000)).toBeLessThan(3600)
  for (const name of ['process_cpu_seconds_total', 'duet_event_loop_busy_seconds_total'])
    expect(others[name]).toBeGreaterThanOrEqual(ones[name]!)
})

test('the delay of the event loop is a histogram, and the process reports its descriptors and its version', async () => {
  const fixture = await startServerFixture()
  const before = await readMetrics(fixture)
  expect(before).toMatchObject({ duet_event_loop_lag_seconds_count: 0, [`duet_build_info{version="${version}"}`]: 1 })
  expect(before.process_open_fds).toBeGreaterThan(5)
  expect(before.process_max_fds).toBeGreaterThan(before.process_open_fds ?? 0)
  fixture.clock.advance(500)
  expect(await readMetrics(fixture)).toMatchObject({
    'duet_event_loop_lag_seconds_bucket{le="0.001"}': 1,
    'duet_event_loop_lag_seconds_bucket{le="5"}': 1,
    'duet_event_loop_lag_seconds_bucket{le="+Inf"}': 1,
    duet_event_loop_lag_seconds_count: 1,
    duet_event_loop_lag_seconds_sum: 0,
  })
})

test('buckets are cumulative, and a value at a bound belongs to its bucket', async () => {
  const [registry, source] = [new MetricsRegistry(), new Histogram([1, 2])]
  registry.histogram('a_seconds', 'Help.', source)
  for (const value of [0.5, 1, 1.5, 7]) source.observe(value)
  expect((await registry.render()).trim().split('\n')).toEqual([
    '# HELP a_seconds Help.',
    '# TYPE a_seconds histogram',
    'a_seconds_bucket{le="1"} 2',
    'a_seconds_bucket{le="2"} 3',
    'a_seconds_bucket{le="+Inf"} 4',
    'a_seconds_sum 10',
    'a_seconds_count 4',
  ])
})
