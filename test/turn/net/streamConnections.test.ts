import { once } from 'node:events'
import { createServer, connect, type AddressInfo, type Socket } from 'node:net'
import { randomBytes } from 'node:crypto'
import { expect, onTestFinished, test } from 'vitest'
import { usualQuotas } from '../../../turn/core/quotas.ts'
import { systemClock } from '../../../turn/common/clock.ts'
import { Shell } from '../../../turn/net/turnRuntime.ts'
import { Streams } from '../../../turn/net/streamConnections.ts'
import type { Path } from '../../../turn/core/fiveTuple.ts'
import { methods } from '../../../turn/stun/message.ts'
import { encode } from '../../../turn/stun/encode.ts'
import { call, allocate, startForTest } from '../line.ts'

const silent = { debug() {}, info() {}, warn() {}, error() {} }
const binding = encode({ kind: 'request', method: methods.binding, transaction: Buffer.from('twelve bytes') }, [])

/** Streams without their clock, and one connection to them. */
async function connected(): Promise<{ shell: Shell; streams: Streams; socket: Socket }> {
  const shell = new Shell({
    realm: 'test', secrets: ['s'], users: new Map(), isStrict: false, relayPorts: [50_000, 50_999], quotas: usualQuotas, peers: { isOurs: () => false },
    relayAddress: () => ({ local: '127.0.0.1', advertised: '127.0.0.1' }), random: randomBytes, unixTime: Date.now,
  }, { log: silent, clock: systemClock() })
  const streams = new Streams(shell)
  const server = createServer((accepted) => streams.serve(accepted)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void (streams.close(), server.close()))
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  socket.write(binding)
  await once(socket, 'data')
  return { shell, streams, socket }
}

test('a connection that has not finished its TLS handshake after 15 seconds is closed', async () => {
  const { shell, streams } = await connected()
  const server = createServer((accepted) => void streams.hold(accepted)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  onTestFinished(() => void (socket.destroy(), server.close()))
  await expect.poll(() => shell.core.counters.connections).toBe(2)
  await pass(streams, 15)
  expect(shell.core.counters.connections).toBe(2)
  await pass(streams, 1)
  await once(socket.resume(), 'close')
  await expect.poll(() => shell.core.counters.connections).toBe(0)
})

/** The clock of a loop that reads: a sweep each second. */
async function pass(streams: Streams, seconds: number): Promise<void> {
  for (let i = 0; i < seconds; i++) {
    streams.expire((now += 1000))
    await new Promise((resolve) => setImmediate(resolve))
  }
}
let now = 1_000_000

test('a connection without an allocation is closed after 15 seconds', async () => {
  const { shell, streams, socket } = await connected()
  await pass(streams, 1)
  await pass(streams, 14)
  expect(shell.core.counters.connections).toBe(1)
  const closed = once(socket, 'close')
  await pass(streams, 1)
  await closed
  expect(shell.core.counters.connections).toBe(0)
})

test('time in which the loop did not read closes no connection, and does not count', async () => {
  const { shell, streams, socket } = await connected()
  await pass(streams, 15)
  for (const stall of [3_600_000, 2_000, -60_000]) {
    now += stall
    await pass(streams, 1)
  }
  expect(shell.core.counters.connections).toBe(1)
  const closed = once(socket, 'close')
  await pass(streams, 2)
  await closed
})

test('a connection whose Allocate is read in the turn of the sweep stays', async () => {
  const { shell, streams } = await connected()
  await pass(streams, 15)
  streams.expire((now += 1000))
  // What the loop reads between the sweep and its judgement.
  shell.holds = () => true
  await pass(streams, 20)
  expect(shell.core.counters.connections).toBe(1)
})

test('a connection with an allocation stays, and has 15 seconds after it', async () => {
  const { shell, streams, socket } = await connected()
  shell.holds = () => true
  await pass(streams, 100)
  shell.holds = () => false
  await pass(streams, 14)
  expect(shell.core.counters.connections).toBe(1)
  const closed = once(socket, 'close')
  await pass(streams, 1)
  await closed
})

test('for a reader that does not read, packets are dropped and not heaped up', async () => {
  const { shell, socket } = await connected()
  let path: Path | undefined
  shell.handle = (_packet, from) => void (path = from)
  socket.write(binding)
  while (!path) await new Promise((resolve) => setImmediate(resolve))
  socket.pause()
  const packet = Buffer.alloc(60_000)
  // What the kernel takes before it says no is not ours to bound.
  for (let i = 0; i < 1000; i++) path.send(packet)
  await new Promise((resolve) => setImmediate(resolve))
  const { dropped } = shell.core.counters
  for (let i = 0; i < 1000; i++) path.send(packet)
  expect(dropped).toBeGreaterThan(900)
  expect(shell.core.counters.dropped - dropped).toBe(1000)
})

test('connections of one source are limited, and free again when one ends', async () => {
  const turn = await startForTest({ quotas: { connections: 1 } })
  const { client, ended } = await call(turn, 'tcp')
  await client.request('binding', [])
  await (await call(turn, 'tcp')).ended
  expect(turn.counters()).toMatchObject({ connections: 1, overQuota: { connections: 1 } })
  client.close()
  await ended
  while (turn.counters().connections > 0) await new Promise((resolve) => setImmediate(resolve))
  await (await call(turn, 'tcp')).client.request('binding', [])
})

test('over a real connection, an allocation is what keeps it', async () => {
  const turn = await startForTest()
  const { client } = await call(turn, 'tcp')
  await allocate(client)
  expect(turn.counters()).toMatchObject({ connections: 1, allocations: 1 })
})
