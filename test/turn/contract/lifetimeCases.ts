import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import type { Address } from '../../../turn/stun/ip.ts'
import { read } from '../../../turn/stun/message.ts'
import { outcome, authenticatedRequest } from '../packets.ts'
import { channelNumber, peerAddress, type ContractCase } from './contractCase.ts'
import { Peer } from './peer.ts'
import { ContractClient } from './contractClient.ts'

/** Refresh, and the end of allocations. */

/** Resolves when nobody holds it. */
async function waitUntilReleased({ ip, port }: Address): Promise<true> {
  for (;;) {
    const socket = createSocket('udp4')
    try {
      socket.bind(port, ip)
      await once(socket, 'listening')
      return true
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
    } finally {
      socket.close()
      // Binding fails within one turn of the loop: others want theirs.
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
}

export const lifetimeCases: ContractCase[] = [
  {
    name: 'Refresh shortens, and 0 deletes: the port is free',
    run: async (server) => {
      const client = await ContractClient.open(server)
      const relay = await client.allocate(['lifetime', 3600])
      const lifetimes = [
        read(await client.request('refresh', [['lifetime', 700]]), 'lifetime'),
        read(await client.request('refresh', [['lifetime', 0]]), 'lifetime'),
      ]
      return [lifetimes, await waitUntilReleased(relay)]
    },
    expected: [[700, 0], true],
  },
  {
    name: 'Refresh after the deletion',
    run: async (server) => {
      const client = await ContractClient.open(server)
      await client.allocate()
      await client.requestOutcome('refresh', [['lifetime', 0]])
      return client.exchangeOutcome(
        authenticatedRequest('refresh', [], { ...client.credentials, nonce: await client.nonce() }),
      )
    },
    expected: 437,
    coturn: 'success',
    reason: 'it deletes a second later, and a Refresh in that second is granted',
  },
  {
    name: 'a TCP connection that ends takes its allocation along',
    run: async (server) => {
      const client = await ContractClient.open(server, { transport: 'tcp' })
      const relay = await client.allocate()
      client.close()
      return waitUntilReleased(relay)
    },
    expected: true,
  },
  {
    name: 'an allocation that ends stops relaying, and its port is free',
    hasShortLifetime: true,
    run: async (server) => {
      const [client, peer] = [await ContractClient.open(server), await Peer.open()]
      const answer = await client.request('allocate', [
        ['requestedTransport', 17],
        ['lifetime', 3600],
      ])
      const [relay, lifetime] = [read(answer, 'xorRelayedAddress')!, read(answer, 'lifetime')!]
      await client.requestOutcome('channelBind', [channelNumber(0x4000), peerAddress(peer.address)])
      client.sendOnChannel(0x4000, 'in time')
      const received = await peer.receive()
      await waitUntilReleased(relay)
      client.sendOnChannel(0x4000, 'too late')
      return [
        lifetime <= 2,
        received,
        outcome(
          await client.request(
            'refresh',
            [],
            (await ContractClient.open({ ...server, credentialSeconds: 3600 })).credentials,
          ),
        ),
        peer.count,
      ]
    },
    expected: [true, 'in time', 437, 1],
    coturn: [true, 'in time', 438, 1],
    reason: 'it forgets a client’s nonce with the allocation; ours keeps nothing of a nonce',
  },
]
