import { once } from 'node:events'
import { createServer, connect, type AddressInfo, type Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import type { TurnRuntime } from '../../../turn/net/turnRuntime.ts'
import { StreamConnections } from '../../../turn/net/streamConnections.ts'
import type { FiveTuple } from '../../../turn/core/fiveTuple.ts'
import { methods } from '../../../turn/stun/message.ts'
import { encode } from '../../../turn/stun/encode.ts'
import { describeEngines } from '../engines.ts'
import { connectClient, allocate, startTestServer } from '../turnFixture.ts'
import { createRuntime } from './createRuntime.ts'

const binding = encode(
  { messageClass: 'request', method: methods.binding, transactionId: Buffer.from('twelve bytes') },
  [],
)

/** Creates StreamConnections without a sweep timer, and one connection. */
async function connected(): Promise<{ runtime: TurnRuntime; streams: StreamConnections; socket: Socket }> {
  const runtime = createRuntime()
  const streams = new StreamConnections(runtime)
  const server = createServer((accepted) => streams.accept(accepted)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void (streams.close(), server.close()))
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  socket.write(binding)
  await once(socket, 'data')
  return { runtime, streams, socket }
}

test('a connection that has not finished its TLS handshake after 15 seconds is closed', async () => {
  const { runtime, streams } = await connected()
  const server = createServer((accepted) => void streams.register(accepted)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  onTestFinished(() => void (socket.destroy(), server.close()))
  await expect.poll(() => runtime.state.counters.connections).toBe(2)
  await pass(streams, 15)
  expect(runtime.state.counters.connections).toBe(2)
  await pass(streams, 1)
  await once(socket.resume(), 'close')
  await expect.poll(() => runtime.state.counters.connections).toBe(0)
})

/** Runs a sweep each second, like a responsive event loop. */
async function pass(streams: StreamConnections, seconds: number): Promise<void> {
  for (let i = 0; i < seconds; i++) {
    streams.sweepIdle((now += 1000))
    await new Promise((resolve) => setImmediate(resolve))
  }
}
let now = 1_000_000

test('a connection without an allocation is closed after 15 seconds', async () => {
  const { runtime, streams, socket } = await connected()
  await pass(streams, 1)
  await pass(streams, 14)
  expect(runtime.state.counters.connections).toBe(1)
  const closed = once(socket, 'close')
  await pass(streams, 1)
  await closed
  expect(runtime.state.counters.connections).toBe(0)
})

test('time in which the event loop was blocked does not count as idle time', async () => {
  const { runtime, streams, socket } = await connected()
  await pass(streams, 15)
  for (const stall of [3_600_000, 2_000, -60_000]) {
    now += stall
    await pass(streams, 1)
  }
  expect(runtime.state.counters.connections).toBe(1)
  const closed = once(socket, 'close')
  await pass(streams, 2)
  await closed
})

test('a connection whose Allocate is read in the turn of the sweep stays open', async () => {
  const { runtime, streams } = await connected()
  await pass(streams, 15)
  streams.sweepIdle((now += 1000))
  // This data is read between the sweep and `#closeIdle`.
  runtime.hasAllocation = () => true
  await pass(streams, 20)
  expect(runtime.state.counters.connections).toBe(1)
})

test('a connection with an allocation stays open, and closes 15 seconds after the allocation ends', async () => {
  const { runtime, streams, socket } = await connected()
  runtime.hasAllocation = () => true
  await pass(streams, 100)
  runtime.hasAllocation = () => false
  await pass(streams, 14)
  expect(runtime.state.counters.connections).toBe(1)
  const closed = once(socket, 'close')
  await pass(streams, 1)
  await closed
})

test('packets for a client that does not read are dropped and do not accumulate', async () => {
  const { runtime, socket } = await connected()
  let fiveTuple: FiveTuple | undefined
  runtime.handlePacket = (_packet, from) => void (fiveTuple = from)
  socket.write(binding)
  while (!fiveTuple) await new Promise((resolve) => setImmediate(resolve))
  socket.pause()
  const packet = Buffer.alloc(60_000)
  // The kernel's buffer takes some packets first, and its size varies.
  for (let i = 0; i < 1000; i++) fiveTuple.send(packet)
  await new Promise((resolve) => setImmediate(resolve))
  const { dropped } = runtime.state.counters
  for (let i = 0; i < 1000; i++) fiveTuple.send(packet)
  expect(dropped).toBeGreaterThan(900)
  expect(runtime.state.counters.dropped - dropped).toBe(1000)
})

describeEngines((engine) => {
  test('connections of one source are limited, and a closed one frees its place', async () => {
    const turn = await startTestServer({ engine, quotas: { connections: 1 } })
    const { client, closed } = await connectClient(turn, 'tcp')
    await client.request('binding', [])
    await (
      await connectClient(turn, 'tcp')
    ).closed
    await expect.poll(() => turn.counters()).toMatchObject({ connections: 1, overQuota: { connections: 1 } })
    client.close()
    await closed
    await expect.poll(() => turn.counters().connections).toBe(0)
    await (await connectClient(turn, 'tcp')).client.request('binding', [])
  })

  test('a real connection stays open only with an allocation', async () => {
    const turn = await startTestServer({ engine })
    const { client } = await connectClient(turn, 'tcp')
    await allocate(client)
    await expect.poll(() => turn.counters()).toMatchObject({ connections: 1, allocations: 1 })
  })
})

test('one read with 3,000 requests is handled in many turns of the event loop', async () => {
  const { runtime, socket } = await connected()
  let handled = 0
  runtime.handlePacket = () => {
    handled++
    const endsAt = performance.now() + 0.1
    while (performance.now() < endsAt);
  }
  const countPerTurn: number[] = []
  socket.write(Buffer.concat(Array.from({ length: 3_000 }, () => binding)))
  for (let before = handled; handled < 3_000; before = handled) {
    await new Promise((resolve) => setImmediate(resolve))
    countPerTurn.push(handled - before)
  }
  expect(Math.max(...countPerTurn)).toBeLessThan(300)
})
