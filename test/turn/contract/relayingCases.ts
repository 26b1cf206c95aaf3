import { sendIndication, appendAttribute } from '../packets.ts'
import { channelNumber, peerAddress, type ContractCase } from './contractCase.ts'
import { Peer } from './peer.ts'
import type { RunningServer } from './serverUnderTest.ts'
import { ContractClient } from './contractClient.ts'

/** Cases for permissions, Send, Data and channels. */

const channel = 0x4abc
const elsewhere = { ip: '8.8.8.8', port: 9 }

const withDontFragment = (packet: Uint8Array) => appendAttribute(packet, 0x001a, new Uint8Array())

/** A client with an allocation, and a peer. */
async function allocateWithPeer(server: RunningServer, transport: 'udp' | 'tcp' = 'udp') {
  const [client, peer] = [await ContractClient.open(server, { transport }), await Peer.open()]
  const relay = await client.allocate()
  return {
    client,
    peer,
    relay,
    permit: (...peers: { ip: string; port: number }[]) =>
      client.requestOutcome('createPermission', peers.map(peerAddress)),
  }
}

const bindWithPeer = async (server: RunningServer, transport: 'udp' | 'tcp' = 'udp') => {
  const all = await allocateWithPeer(server, transport)
  await all.client.requestOutcome('channelBind', [channelNumber(channel), peerAddress(all.peer.address)])
  return all
}

export const relayingCases: ContractCase[] = [
  {
    name: 'Refresh, CreatePermission and ChannelBind without an allocation return 437',
    run: async (server) => {
      const client = await ContractClient.open(server)
      return [
        await client.requestOutcome('refresh'),
        await client.requestOutcome('createPermission', [peerAddress(elsewhere)]),
        await client.requestOutcome('channelBind', [channelNumber(channel), peerAddress(elsewhere)]),
      ]
    },
    expected: [437, 437, 437],
    coturn: [437, 400, 400],
    reason: 'RFC 8656 §5 requires 437',
  },
  {
    name: 'CreatePermission without a peer returns 400, and with several permits all',
    run: async (server) => {
      const { permit, client } = await allocateWithPeer(server)
      return [await client.requestOutcome('createPermission', []), await permit(elsewhere, { ip: '9.9.9.9', port: 1 })]
    },
    expected: [400, 'success'],
  },
  {
    name: 'one denied peer of several returns 403, and no peer gets a permission',
    run: async (server) => {
      const { permit, client, peer } = await allocateWithPeer(server)
      const answer = await permit(peer.address, { ip: '10.0.0.1', port: 9 })
      client.sendTo(peer.address, 'early')
      await permit(peer.address)
      client.sendTo(peer.address, 'late')
      return [answer, await peer.receive()]
    },
    expected: [403, 'late'],
    coturnDefault: ['success', 'early'],
    reason: 'by default coturn denies only loopback',
  },
  {
    name: 'a peer of another family than the relay returns 443',
    run: async (server) => {
      const { permit, client } = await allocateWithPeer(server)
      const peer = { ip: '2600::1', port: 9 }
      return [
        await permit(peer),
        await client.requestOutcome('channelBind', [channelNumber(channel), peerAddress(peer)]),
      ]
    },
    expected: [443, 443],
  },
  {
    name: 'Send is dropped without a permission and relayed with one',
    run: async (server) => {
      const { permit, client, peer } = await allocateWithPeer(server)
      client.sendTo(peer.address, 'early')
      await permit(peer.address)
      client.sendTo(peer.address, 'late')
      return peer.receive()
    },
    expected: 'late',
  },
  {
    name: 'Send with two peers goes to the first',
    run: async (server) => {
      const { permit, client, peer } = await allocateWithPeer(server)
      const other = await Peer.open()
      await permit(peer.address)
      client.sendTo(peer.address, 'both', peerAddress(other.address))
      client.sendTo(peer.address, 'first')
      client.sendTo(other.address, 'second')
      return [await peer.receive(), await other.receive()]
    },
    expected: ['both', 'second'],
    coturn: ['first', 'both'],
    reason: 'coturn 4.6 uses the last one; RFC 8489 §14 requires the first',
  },
  {
    name: 'Send without peer or DATA is dropped, and empty DATA is relayed',
    run: async (server) => {
      const { permit, client, peer } = await allocateWithPeer(server)
      await permit(peer.address)
      client.send(sendIndication([['data', Buffer.from('lost')]]))
      client.send(sendIndication([peerAddress(peer.address)]))
      client.sendTo(peer.address, '')
      client.sendTo(peer.address, 'more')
      return [await peer.receive(), await peer.receive()]
    },
    expected: ['', 'more'],
  },
  {
    name: 'Send with DONT-FRAGMENT',
    run: async (server) => {
      const { permit, client, peer } = await allocateWithPeer(server)
      await permit(peer.address)
      client.send(withDontFragment(sendIndication([peerAddress(peer.address), ['data', Buffer.from('whole')]])))
      client.sendTo(peer.address, 'any')
      return peer.receive()
    },
    expected: 'whole',
    dgram: 'any',
    reason: 'RFC 8656 §11.2: a server that cannot set DF drops it',
  },
  {
    name: 'a peer’s packet is relayed only with a permission, from any port',
    run: async (server) => {
      const { permit, client, peer, relay } = await allocateWithPeer(server)
      const unpermitted = await Peer.open('127.0.0.2')
      await permit({ ...peer.address, port: 1 })
      unpermitted.send(relay, 'hello')
      peer.send(relay, 'hello')
      const [from, text] = await client.receive()
      return [text, from instanceof Object && from.port === peer.address.port]
    },
    expected: ['hello', true],
  },
  ...(['udp', 'tcp'] as const).map((transport): ContractCase => ({
    name: `ChannelData of zero to four bytes, in both directions over ${transport}`,
    run: async (server) => {
      const { client, peer, relay } = await bindWithPeer(server, transport)
      const texts = ['abcd', 'a', 'ab', 'abc', 'abcde']
      const received: unknown[] = []
      for (const text of texts) {
        client.sendOnChannel(channel, text)
        peer.send(relay, await peer.receive())
        received.push(await client.receive())
      }
      return received
    },
    expected: ['abcd', 'a', 'ab', 'abc', 'abcde'].map((text) => [channel, text]),
  })),
  {
    name: 'ChannelBind: without number, without peer, number too low, too high',
    run: async (server) => {
      const { client } = await allocateWithPeer(server)
      const ask = (...values: Parameters<ContractClient['request']>[1] & object) =>
        client.requestOutcome('channelBind', values)
      return [
        await ask(peerAddress(elsewhere)),
        await ask(channelNumber(channel)),
        await ask(channelNumber(0x3fff), peerAddress(elsewhere)),
        await ask(channelNumber(0x8000), peerAddress(elsewhere)),
      ]
    },
    expected: [400, 400, 400, 400],
  },
  {
    name: 'ChannelBind: new, repeated, same number for another peer, same peer with another number',
    run: async (server) => {
      const { client } = await allocateWithPeer(server)
      const bind = (number: number, port: number) =>
        client.requestOutcome('channelBind', [channelNumber(number), peerAddress({ ...elsewhere, port })])
      return [await bind(channel, 9), await bind(channel, 9), await bind(channel, 10), await bind(channel + 1, 9)]
    },
    expected: ['success', 'success', 400, 400],
  },
  {
    name: 'a channel installs a permission for all ports of its peer',
    run: async (server) => {
      const { client, peer } = await bindWithPeer(server)
      const other = await Peer.open()
      client.sendTo(other.address, 'beside')
      client.sendOnChannel(channel, 'by channel')
      return [await other.receive(), await peer.receive()]
    },
    expected: ['beside', 'by channel'],
  },
  {
    name: 'ChannelData of an unbound channel, or longer than its packet, is dropped',
    run: async (server) => {
      const { client, peer } = await bindWithPeer(server)
      client.sendOnChannel(channel + 1, 'nowhere')
      client.send(Uint8Array.of(channel >> 8, channel & 255, 0, 9, 1, 2, 3, 4))
      client.sendOnChannel(channel, 'whole')
      return peer.receive()
    },
    expected: 'whole',
  },
]
