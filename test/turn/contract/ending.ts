import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import type { Address } from '../../../turn/stun/ip.ts'
import { read } from '../../../turn/stun/message.ts'
import { outcome, sealedRequest } from '../packets.ts'
import { numbered, peerAt, type Case } from './case.ts'
import { Peer } from './peer.ts'
import { Talker } from './talker.ts'

/** Refresh, and the end of allocations. */

/** Resolves when nobody holds it. */
async function released({ ip, port }: Address): Promise<true> {
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

export const ending: Case[] = [
  {
    name: 'Refresh shortens, and 0 deletes: the port is free',
    act: async (at) => {
      const talker = await Talker.at(at)
      const relay = await talker.allocate(['lifetime', 3600])
      const lifetimes = [read(await talker.ask('refresh', [['lifetime', 700]]), 'lifetime'), read(await talker.ask('refresh', [['lifetime', 0]]), 'lifetime')]
      return [lifetimes, await released(relay)]
    },
    is: [[700, 0], true],
  },
  {
    name: 'Refresh after the deletion',
    act: async (at) => {
      const talker = await Talker.at(at)
      await talker.allocate()
      await talker.try('refresh', [['lifetime', 0]])
      return talker.answerTo(sealedRequest('refresh', [], { ...talker.login, nonce: await talker.nonce() }))
    },
    is: 437,
    coturn: 'success',
    because: 'it deletes a second later, and a Refresh in that second is granted',
  },
  {
    name: 'a TCP connection that ends takes its allocation along',
    act: async (at) => {
      const talker = await Talker.at(at, { transport: 'tcp' })
      const relay = await talker.allocate()
      talker.close()
      return released(relay)
    },
    is: true,
  },
  {
    name: 'an allocation that ends stops relaying, and its port is free',
    isShort: true,
    act: async (at) => {
      const [talker, peer] = [await Talker.at(at), await Peer.at()]
      const answer = await talker.ask('allocate', [['requestedTransport', 17], ['lifetime', 3600]])
      const [relay, lifetime] = [read(answer, 'xorRelayedAddress')!, read(answer, 'lifetime')!]
      await talker.try('channelBind', [numbered(0x4000), peerAt(peer.address)])
      talker.sayOn(0x4000, 'in time')
      const heard = await peer.hear()
      await released(relay)
      talker.sayOn(0x4000, 'too late')
      return [lifetime <= 2, heard, outcome(await talker.ask('refresh', [], (await Talker.at({ ...at, seconds: 3600 })).login)), peer.count]
    },
    is: [true, 'in time', 437, 1],
    coturn: [true, 'in time', 438, 1],
    because: 'it forgets a client’s nonce with the allocation; ours keeps nothing of a nonce',
  },
]
