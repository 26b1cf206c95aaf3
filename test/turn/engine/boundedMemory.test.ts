import { expect, test } from 'vitest'
import type { Attribute } from '../../../turn/stun/attributes.ts'
import type { Channel, Permission, Relay } from '../../../turn/core/types.ts'
import { BatchClient } from '../../../turn/engine/batchClient.ts'
import { BatchRelay } from '../../../turn/engine/batchRelay.ts'
import { BatchSocket } from '../../../turn/engine/batchSocket.ts'
import { BinaryAddress } from '../../../turn/engine/binaryAddress.ts'
import { channelData } from '../packets.ts'
import { BothEngines } from './bothEngines.ts'
import { listeners } from './engineHarness.ts'

/** The engine remembers channels and peers. An allocation that lives for months must not remember all of them. */

test('a client with another channel every ten minutes has few routes', () => {
  const both = new BothEngines()
  const client = { ip: '203.0.113.9', port: 10_000 }
  both.request(client, 'allocate', [['requestedTransport', 17]])
  for (let i = 0; i < 100; i++) {
    const bind: Attribute[] = [
      ['channelNumber', 0x4000 + i],
      ['xorPeerAddress', { ip: '1.2.3.4', port: 1 + i }],
    ]
    both.request(client, 'channelBind', bind)
    const data = channelData(0x4000 + i, Buffer.from('to the peer'))
    expect(both.receive({ from: client, to: listeners[4], data })).toHaveLength(1)
    both.request(client, 'refresh', [['lifetime', 3600]])
    both.advance(600_000)
    both.sweepExpired()
  }
  const [allocation] = both.batch.runtime.state.allocations.values()
  expect(allocation!.fiveTuple).toBeInstanceOf(BatchClient)
  expect((allocation!.fiveTuple as BatchClient).routes.size).toBeLessThan(5)
})

test('a relay with another peer every ten minutes remembers few of them, and always the last one', () => {
  const local = { ip: '198.51.100.7', port: 50_000 }
  const relay: Relay = { family: 4, local, advertised: local, expiresAt: Infinity }
  const socket = new BatchSocket(-1, { family: 4, ...local }, 0, () => {})
  const opened = new BatchRelay(relay, socket)
  const reachedIp = '1.2.3.4'
  const permission: Permission = {
    requestedIp: reachedIp,
    reachedIp,
    relay,
    isRelayPortsOnly: false,
    expiresAt: Infinity,
    channels: new Map(),
  }
  for (let port = 1; port <= 1000; port++) {
    const channel: Channel = { number: 0x4000, permission, port, expiresAt: Infinity }
    const address = new BinaryAddress(reachedIp, port)
    // A peer whose channel was bound again replaces its entry.
    opened.rememberPeer(address, { ...channel })
    opened.rememberPeer(address, channel)
    const { netPort, word0, word1, word2, word3 } = address
    expect(opened.peers!.find(netPort, word0, word1, word2, word3)?.channel).toBe(channel)
    expect(opened.peers!.size).toBeLessThanOrEqual(Math.min(port, 99))
  }
})
