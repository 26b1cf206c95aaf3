import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import type { Address } from '../../../turn/stun/ip.ts'
import { read } from '../../../turn/stun/message.ts'
import { outcome, authenticatedRequest } from '../packets.ts'
import { channelNumber, peerAddress, type ContractCase } from './contractCase.ts'
import { Peer } from './peer.ts'
import { ContractClient } from './contractClient.ts'

/** Cases for Refresh and the end of allocations. */

/** Resolves when the port is free. */
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
      // A failed bind takes one turn of the event loop, so yield to other tasks.
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
}

export const lifetimeCases: ContractCase[] = [
  {
    name: 'Refresh shortens the lifetime, and 0 deletes and frees the port',
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
    name: 'Refresh after a deletion',
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
    reason: 'coturn deletes a second later, and grants a Refresh until then',
  },
  {
    name: 'a closed TCP connection ends its allocation',
    run: async (server) => {
      const client = await ContractClient.open(server, { transport: 'tcp' })
      const relay = await client.allocate()
      client.close()
      return waitUntilReleased(relay)
    },
    expected: true,
  },
  {
    name: 'an expired allocation stops relaying and frees its port',
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
    reason: 'coturn forgets the nonce with the allocation; Duet’s nonces are stateless',
  },
]
