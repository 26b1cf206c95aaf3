import { sendIndication, withMore } from '../packets.ts'
import { numbered, peerAt, type Case } from './case.ts'
import { Peer } from './peer.ts'
import type { Running } from './subject.ts'
import { Talker } from './talker.ts'

/** Permissions, Send, Data, channels. */

const channel = 0x4abc
const elsewhere = { ip: '8.8.8.8', port: 9 }

const withDontFragment = (packet: Uint8Array) => withMore(packet, 0x001a, new Uint8Array())

/** A client with an allocation, and a peer. */
async function pair(at: Running, transport: 'udp' | 'tcp' = 'udp') {
  const [talker, peer] = [await Talker.at(at, { transport }), await Peer.at()]
  const relay = await talker.allocate()
  return { talker, peer, relay, permit: (...peers: { ip: string; port: number }[]) => talker.try('createPermission', peers.map(peerAt)) }
}

const bound = async (at: Running, transport: 'udp' | 'tcp' = 'udp') => {
  const all = await pair(at, transport)
  await all.talker.try('channelBind', [numbered(channel), peerAt(all.peer.address)])
  return all
}

export const relaying: Case[] = [
  {
    name: 'nothing can be asked for without an allocation',
    act: async (at) => {
      const talker = await Talker.at(at)
      return [await talker.try('refresh'), await talker.try('createPermission', [peerAt(elsewhere)]), await talker.try('channelBind', [numbered(channel), peerAt(elsewhere)])]
    },
    is: [437, 437, 437],
    coturn: [437, 400, 400],
    because: 'RFC 8656 §5 says 437',
  },
  {
    name: 'CreatePermission without a peer is a 400, with several it is for all',
    act: async (at) => {
      const { permit, talker } = await pair(at)
      return [await talker.try('createPermission', []), await permit(elsewhere, { ip: '9.9.9.9', port: 1 })]
    },
    is: [400, 'success'],
  },
  {
    name: 'of several peers one is forbidden: 403, and none has a permission',
    act: async (at) => {
      const { permit, talker, peer } = await pair(at)
      const answer = await permit(peer.address, { ip: '10.0.0.1', port: 9 })
      talker.say(peer.address, 'early')
      await permit(peer.address)
      talker.say(peer.address, 'late')
      return [answer, await peer.hear()]
    },
    is: [403, 'late'],
    byDefault: ['success', 'early'],
    because: 'by default it forbids loopback alone',
  },
  {
    name: 'the family of the peer is not the relay’s: 443',
    act: async (at) => {
      const { permit, talker } = await pair(at)
      const peer = { ip: '2600::1', port: 9 }
      return [await permit(peer), await talker.try('channelBind', [numbered(channel), peerAt(peer)])]
    },
    is: [443, 443],
  },
  {
    name: 'Send without a permission is dropped in silence, with one it is relayed',
    act: async (at) => {
      const { permit, talker, peer } = await pair(at)
      talker.say(peer.address, 'early')
      await permit(peer.address)
      talker.say(peer.address, 'late')
      return peer.hear()
    },
    is: 'late',
  },
  {
    name: 'Send: the first of two peers has it',
    act: async (at) => {
      const { permit, talker, peer } = await pair(at)
      const other = await Peer.at()
      await permit(peer.address)
      talker.say(peer.address, 'both', peerAt(other.address))
      talker.say(peer.address, 'first')
      talker.say(other.address, 'second')
      return [await peer.hear(), await other.hear()]
    },
    is: ['both', 'second'],
    coturn: ['first', 'both'],
    because: 'coturn 4.6 takes the last one; RFC 8489 §14 wants the first',
  },
  {
    name: 'Send without a peer or without data is dropped, no data are data',
    act: async (at) => {
      const { permit, talker, peer } = await pair(at)
      await permit(peer.address)
      talker.send(sendIndication([['data', Buffer.from('lost')]]))
      talker.send(sendIndication([peerAt(peer.address)]))
      talker.say(peer.address, '')
      talker.say(peer.address, 'more')
      return [await peer.hear(), await peer.hear()]
    },
    is: ['', 'more'],
  },
  {
    name: 'Send with DONT-FRAGMENT',
    act: async (at) => {
      const { permit, talker, peer } = await pair(at)
      await permit(peer.address)
      talker.send(withDontFragment(sendIndication([peerAt(peer.address), ['data', Buffer.from('whole')]])))
      talker.say(peer.address, 'any')
      return peer.hear()
    },
    is: 'any',
    coturn: 'whole',
    because: 'RFC 8656 §11.2: who cannot set DF drops it',
  },
  {
    name: 'a peer without permission is not heard, one with is, whatever the port',
    act: async (at) => {
      const { permit, talker, peer, relay } = await pair(at)
      const stranger = await Peer.at('127.0.0.2')
      await permit({ ...peer.address, port: 1 })
      stranger.say(relay, 'hello')
      peer.say(relay, 'hello')
      const [from, text] = await talker.hear()
      return [text, from instanceof Object && from.port === peer.address.port]
    },
    is: ['hello', true],
  },
  ...(['udp', 'tcp'] as const).map((transport): Case => ({
    name: `ChannelData of every length to four, both ways over ${transport}`,
    act: async (at) => {
      const { talker, peer, relay } = await bound(at, transport)
      const texts = ['abcd', 'a', 'ab', 'abc', 'abcde']
      const heard: unknown[] = []
      for (const text of texts) {
        talker.sayOn(channel, text)
        peer.say(relay, await peer.hear())
        heard.push(await talker.hear())
      }
      return heard
    },
    is: ['abcd', 'a', 'ab', 'abc', 'abcde'].map((text) => [channel, text]),
  })),
  {
    name: 'ChannelBind: unnumbered, without peer, too low, too high',
    act: async (at) => {
      const { talker } = await pair(at)
      const ask = (...values: Parameters<Talker['ask']>[1] & object) => talker.try('channelBind', values)
      return [await ask(peerAt(elsewhere)), await ask(numbered(channel)), await ask(numbered(0x3fff), peerAt(elsewhere)), await ask(numbered(0x8000), peerAt(elsewhere))]
    },
    is: [400, 400, 400, 400],
  },
  {
    name: 'ChannelBind: new, again, its number for another peer, its peer by another number',
    act: async (at) => {
      const { talker } = await pair(at)
      const bind = (number: number, port: number) => talker.try('channelBind', [numbered(number), peerAt({ ...elsewhere, port })])
      return [await bind(channel, 9), await bind(channel, 9), await bind(channel, 10), await bind(channel + 1, 9)]
    },
    is: ['success', 'success', 400, 400],
  },
  {
    name: 'a channel gives its peer a permission, for its other ports too',
    act: async (at) => {
      const { talker, peer } = await bound(at)
      const other = await Peer.at()
      talker.say(other.address, 'beside')
      talker.sayOn(channel, 'by channel')
      return [await other.hear(), await peer.hear()]
    },
    is: ['beside', 'by channel'],
  },
  {
    name: 'ChannelData of a channel that is not bound, or longer than its packet, is dropped',
    act: async (at) => {
      const { talker, peer } = await bound(at)
      talker.sayOn(channel + 1, 'nowhere')
      talker.send(Uint8Array.of(channel >> 8, channel & 255, 0, 9, 1, 2, 3, 4))
      talker.sayOn(channel, 'whole')
      return peer.hear()
    },
    is: 'whole',
  },
]
