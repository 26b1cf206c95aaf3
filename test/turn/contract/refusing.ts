import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { onTestFinished } from 'vitest'
import { plainRequest, withMore } from '../packets.ts'
import { numbered, peerAt, type Case } from './case.ts'
import { Peer } from './peer.ts'
import type { Running } from './subject.ts'
import { Talker } from './talker.ts'

/** Where a relay has no business, and what nobody needs: what turn/README.md says of ours. */

/** Which of these peers may have neither a permission nor a channel. */
async function closedOf(at: Running, ips: readonly string[]): Promise<string[]> {
  const talker = await Talker.at(at)
  await talker.allocate(...(ips[0]!.includes(':') ? ([['requestedAddressFamily', 2]] as const) : []))
  const closed: string[] = []
  for (const [i, ip] of ips.entries()) {
    const peer = peerAt({ ip, port: 9 })
    const answers = [await talker.try('createPermission', [peer]), await talker.try('channelBind', [numbered(0x4000 + i), peer])]
    if (answers.every((answer) => answer === 403)) closed.push(ip)
  }
  return closed
}

const reserved = ['0.0.0.0', '192.0.0.1', '192.0.2.77', '198.18.0.1', '198.51.100.1', '203.0.113.1', '240.0.0.1']
const lans = ['10.0.0.1', '100.64.0.1', '172.16.0.1', '192.168.0.1']
const crowds = ['224.0.0.1', '239.255.255.255', '255.255.255.255']
const metadata = ['169.254.169.254']
const carried = ['::ffff:10.0.0.1', '::ffff:169.254.169.254', '::10.0.0.1', '64:ff9b::a00:1', '2002:a00:1::1']
const local6 = ['fe80::1', 'fc00::1', 'fd00:ec2::254']

const closed = (name: string, ips: readonly string[], rest: Partial<Case>): Case => ({ name, act: (at) => closedOf(at, ips), is: ips, ...rest })

export const refusing: Case[] = [
  closed('peers on loopback, save the one that is allowed', ['127.0.0.2', '127.1.1.1'], { byDefault: [], because: 'here `allow-loopback-peers` is on, for the tests; coturn’s own default is to forbid them' }),
  closed('peers in a LAN', lans, { byDefault: [], because: 'a relay is a door into its owner’s network' }),
  closed('the metadata service of a cloud', metadata, { byDefault: [], because: 'it gives keys to whoever asks from inside' }),
  closed('multicast and broadcast', crowds, { byDefault: [], because: 'on unless `no-multicast-peers` is said' }),
  closed('reserved and documentation addresses', reserved, { byDefault: ['0.0.0.0'], because: 'nobody’s peer is there' }),
  closed('IPv4 inside IPv6 (CVE-2026-27624)', carried, { byDefault: [], because: 'it judges an address by its looks', needsIpv6: true }),
  closed('link-local and unique local IPv6', local6, { byDefault: [], because: 'a relay is a door into its owner’s network', needsIpv6: true }),
  closed('IPv6 nowhere and multicast', ['::', 'ff02::1'], { byDefault: ['::'], because: 'on unless `no-multicast-peers` is said', needsIpv6: true }),
  {
    name: 'a public address is open',
    act: (at) => closedOf(at, ['8.8.8.8']),
    is: [],
  },
  {
    name: 'this machine, beside its relay ports: a packet to its database',
    act: async (at) => {
      const [talker, database, peer] = [await Talker.at(at), await Peer.at(at.ip), await Peer.at()]
      await talker.allocate()
      await talker.try('createPermission', [peerAt(database.address)])
      await talker.try('createPermission', [peerAt(peer.address)])
      talker.say(database.address, 'DROP TABLE')
      talker.say(peer.address, 'sent')
      await peer.hear()
      return database.count
    },
    is: 0,
    coturn: 1,
    because: 'it opens an address with all of its ports or not at all, and two relayed clients must meet there',
  },
  {
    name: 'two relayed clients meet',
    act: async (at) => {
      const [near, far] = [await Talker.at(at), await Talker.at(at)]
      const [here, there] = [await near.allocate(), await far.allocate()]
      const answers = [await near.try('createPermission', [peerAt(there)]), await far.try('createPermission', [peerAt(here)])]
      near.say(there, 'hello')
      return [answers, (await far.hear())[1]]
    },
    is: [['success', 'success'], 'hello'],
  },
  {
    name: 'TCP relays (RFC 6062)',
    act: async (at) => (await Talker.at(at, { transport: 'tcp' })).try('allocate', [['requestedTransport', 6]]),
    is: 442,
    byDefault: 'success',
    because: 'WebRTC needs none',
  },
  {
    name: 'SOFTWARE in an answer to a stranger',
    act: async (at) => (await (await Talker.at(at)).askPlainly('binding')).attributes.some(({ type }) => type === 0x8022),
    is: false,
    byDefault: true,
    because: 'it tells everybody its version',
  },
  {
    name: 'a Binding answer is small: bytes',
    act: async (at) => (await (await Talker.at(at)).askPlainly('binding')).packet.length,
    is: 32,
    coturn: 40,
    byDefault: 92,
    because: 'MAPPED-ADDRESS, RESPONSE-ORIGIN and SOFTWARE: 4.6 bytes for each one of a stranger',
  },
  {
    name: 'CHANGE-REQUEST (RFC 5780): an answer from another port',
    act: async (at) => (await Talker.at(at)).answerTo(withMore(plainRequest('binding'), 0x0003, Uint8Array.of(0, 0, 0, 2))),
    is: 420,
    byDefault: 'silence',
    because: 'it answers, and from the other port: a stranger chooses',
  },
  {
    name: 'RFC 3489: a question without the magic cookie',
    act: async (at) => {
      const socket = createSocket('udp4')
      onTestFinished(() => void socket.close())
      socket.connect(at.port, at.ip)
      await once(socket, 'connect')
      const answers: number[] = []
      socket.on('message', (answer) => answers.push(answer.readUInt32BE(4)))
      socket.send(Buffer.from(`00010000${'07'.repeat(16)}`, 'hex'))
      const question = plainRequest('binding')
      socket.send(question)
      while (!answers.includes(0x2112a442)) await once(socket, 'message')
      return answers.length
    },
    is: 1,
    byDefault: 2,
    because: 'answers of the year 2003, without the cookie that tells STUN from anything else',
  },
]
