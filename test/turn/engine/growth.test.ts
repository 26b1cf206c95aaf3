import { expect, test } from 'vitest'
import { memoryInUse } from '../../heap.ts'
import { channelData } from '../packets.ts'
import { BothEngines } from './bothEngines.ts'
import { batchSize } from '../../../turn/engine/layout.ts'
import { listeners, relaysOf } from './engineHarness.ts'

const packets = 1_000_000
const client = { ip: '203.0.113.9', port: 10_000 }
const peer = { ip: '1.2.3.4', port: 5 }
const noLimit = { bytesPerSecond: Infinity, sourceBytesPerSecond: Infinity, totalBytesPerSecond: Infinity }

test('a million packets through the batch engine do not grow the heap', () => {
  const both = new BothEngines(noLimit)
  both.request(client, 'allocate', [['requestedTransport', 17]])
  both.request(client, 'channelBind', [
    ['channelNumber', 0x4000],
    ['xorPeerAddress', peer],
  ])
  const { batch } = both
  const toPeer = { from: client, to: listeners[4], data: channelData(0x4000, Buffer.alloc(1000)) }
  const toClient = { from: peer, to: relaysOf(batch)[0]!, data: Buffer.alloc(1000) }
  const burst = Array.from({ length: batchSize }, (_, i) => (i % 2 === 0 ? toPeer : toClient))
  const relay = (count: number): void => {
    for (let sent = 0; sent < count; sent += burst.length) batch.receive(burst)
  }
  relay(packets / 10)
  const before = memoryInUse().heap
  relay(packets)
  expect((memoryInUse().heap - before) / packets).toBeLessThan(1)
  const { packetsToPeers, packetsToClients, dropped } = batch.counters
  expect(packetsToPeers).toBe(packetsToClients)
  expect([packetsToPeers + packetsToClients >= 1.1 * packets, dropped]).toEqual([true, 0])
})
