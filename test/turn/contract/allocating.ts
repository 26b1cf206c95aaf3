import { newTransaction, outcome, plainRequest, sealedRequest, withMore } from '../packets.ts'
import { sameAddress } from '../../../turn/stun/ip.ts'
import { has, read, readAll } from '../../../turn/stun/message.ts'
import { udp, type Case } from './case.ts'
import { Talker } from './talker.ts'

const draftAdditionalFamily = [0x8032, Uint8Array.of(2, 0, 0, 0)] as const

/** Binding, credentials, Allocate. */
export const allocating: Case[] = [
  ...(['udp', 'tcp'] as const).map((transport): Case => ({
    name: `Binding over ${transport} tells the own address`,
    act: async (at) => read(await (await Talker.at(at, { transport, host: '127.0.0.1' })).askPlainly('binding'), 'xorMappedAddress')!.ip,
    is: '127.0.0.1',
  })),
  {
    name: 'an answer has a FINGERPRINT where the question had one, and only there',
    act: async (at) => {
      const talker = await Talker.at(at)
      return [has(await talker.askPlainly('binding', [], true), 'fingerprint'), has(await talker.askPlainly('binding'), 'fingerprint')]
    },
    is: [true, false],
    coturn: [true, true],
    byDefault: [true, false],
    because: '`fingerprint`, which we print, adds one to every answer',
  },
  {
    name: 'an attribute that must be known and is not is named in a 420',
    act: async (at) => {
      const answer = await (await Talker.at(at)).exchange(withMore(plainRequest('binding'), 0x7f01, Uint8Array.of(1)))
      return [outcome(answer), read(answer, 'unknownAttributes')]
    },
    is: [420, [0x7f01]],
  },
  {
    name: 'Allocate without credentials is a 401 with realm and nonce',
    act: async (at) => {
      const answer = await (await Talker.at(at)).askPlainly('allocate', [udp])
      return [outcome(answer), read(answer, 'realm'), has(answer, 'nonce')]
    },
    is: [401, 'test', true],
  },
  {
    name: 'the challenge offers SHA-256 (RFC 8489 §9.2.1)',
    act: async (at) => has(await (await Talker.at(at)).askPlainly('allocate', [udp]), 'passwordAlgorithms'),
    is: true,
    coturn: false,
    because: 'coturn 4.6 knows RFC 5389 only',
  },
  {
    name: 'a seal of SHA-256 is taken',
    act: async (at) => (await Talker.at(at)).try('allocate', [udp], { seal: 'messageIntegritySha256' }),
    is: 'success',
    coturn: 401,
    because: 'coturn 4.6 knows RFC 5389 only',
  },
  {
    name: 'a wrong password, an unknown user and another realm are a 401',
    act: async (at) => [
      await (await Talker.at(at)).try('allocate', [udp], { credential: 'guess' }),
      await (await Talker.at(at)).try('allocate', [udp], { username: 'nobody' }),
      await (await Talker.at(at)).try('allocate', [udp], { realm: 'elsewhere' }),
    ],
    is: [401, 401, 401],
    coturn: [401, 401, 437],
    because: 'it looks at the realm later, and calls it a mismatch',
  },
  {
    name: 'an invented nonce is a 438 with one that works',
    act: async (at) => {
      const talker = await Talker.at(at)
      const stale = await talker.ask('allocate', [udp], { nonce: 'invented' })
      return [outcome(stale), await talker.try('allocate', [udp], { nonce: read(stale, 'nonce')! })]
    },
    is: [438, 'success'],
  },
  {
    name: 'LIFETIME: nothing, less than ten minutes, twenty, a day',
    act: async (at) => Promise.all([undefined, 1, 1200, 86_400].map(async (seconds) =>
      read(await (await Talker.at(at)).ask('allocate', seconds === undefined ? [udp] : [udp, ['lifetime', seconds]]), 'lifetime'))),
    is: [600, 600, 1200, 3600],
  },
  {
    name: 'the relayed port is of the range',
    act: async (at) => {
      const { ip, port } = await (await Talker.at(at)).allocate()
      return ip === at.ip && port >= at.relayPorts[0] && port <= at.relayPorts[1]
    },
    is: true,
  },
  {
    name: 'a retransmitted Allocate has the same answer, another one is a 437',
    act: async (at) => {
      const talker = await Talker.at(at)
      const packet = sealedRequest('allocate', [udp], { ...talker.login, nonce: await talker.nonce(), transaction: newTransaction() })
      const [first, again] = [await talker.exchange(packet), await talker.exchange(packet)]
      const [relay, same] = [first, again].map((answer) => read(answer, 'xorRelayedAddress')!)
      return [outcome(first), outcome(again), sameAddress(relay!, same!), await talker.try('allocate', [udp])]
    },
    is: ['success', 'success', true, 437],
  },
  {
    name: 'no transport is a 400, another than UDP a 442, an unknown family a 440',
    act: async (at) => Promise.all(([[], [['requestedTransport', 6]], [udp, ['requestedAddressFamily', 3]]] as const).map(async (values) =>
      (await Talker.at(at, { transport: 'tcp' })).try('allocate', values))),
    is: [400, 442, 440],
    byDefault: [400, 'success', 440],
    because: 'TCP relays (RFC 6062) are on unless `no-tcp-relay` is said; WebRTC needs none',
  },
  {
    name: 'another user on the 5-tuple is a 441, and a 437 where an allocation is wanted',
    act: async (at) => {
      const [anna, bob] = [await Talker.at(at), await Talker.at(at, { name: 'bob' })]
      await anna.allocate()
      return [await anna.try('refresh', [], bob.login), await anna.try('allocate', [udp], bob.login)]
    },
    is: [441, 437],
  },
  {
    name: 'DONT-FRAGMENT in an Allocate',
    act: async (at) => (await Talker.at(at)).try('allocate', [udp], { more: [[0x001a, new Uint8Array()]] }),
    is: 420,
    coturn: 'success',
    because: 'Node cannot set DF, and we promise nothing that we do not do',
  },
  {
    name: 'EVEN-PORT with R: an even port, and the next one for who shows the token, once',
    act: async (at) => {
      const [near, far, late] = [await Talker.at(at), await Talker.at(at), await Talker.at(at)]
      const answer = await near.ask('allocate', [udp, ['evenPort', true]])
      const [{ port }, token] = [read(answer, 'xorRelayedAddress')!, read(answer, 'reservationToken')!]
      const next = await far.allocate(['reservationToken', token])
      return [port % 2, next.port - port, await late.try('allocate', [udp, ['reservationToken', token]])]
    },
    is: [0, 1, 508],
    coturn: [0, 1, 404],
    because: 'RFC 8656 §7.2 says 508',
  },
  {
    name: 'a token beside EVEN-PORT, and one that nobody gave',
    act: async (at) => {
      const talker = await Talker.at(at)
      const token = ['reservationToken', new Uint8Array(8).fill(7)] as const
      return [await talker.try('allocate', [udp, token, ['evenPort', false]]), await (await Talker.at(at)).try('allocate', [udp, token])]
    },
    is: [400, 508],
    coturn: [400, 404],
    because: 'RFC 8656 §7.2 says 508',
  },
  {
    name: 'what follows the seal is not looked at: no LIFETIME of 0 there deletes an allocation',
    act: async (at) => {
      const talker = await Talker.at(at)
      await talker.allocate()
      const sealed = sealedRequest('refresh', [['lifetime', 1200]], { ...talker.login, nonce: await talker.nonce() })
      return [outcome(await talker.exchange(withMore(sealed, 0x000d, new Uint8Array(4)))), await talker.try('refresh')]
    },
    is: ['success', 'success'],
  },
  ...dual(),
]

function dual(): Case[] {
  const relaysOf = async (values: Parameters<Talker['ask']>[1], at: Parameters<Case['act']>[0], manner = {}) =>
    readAll(await (await Talker.at(at)).ask('allocate', values, manner), 'xorRelayedAddress').map(({ ip }) => (ip.includes(':') ? 6 : 4))
  return [
    { name: 'an IPv6 relay for a client on IPv4', act: (at) => relaysOf([udp, ['requestedAddressFamily', 2]], at), is: [6], needsIpv6: true },
    {
      name: 'both families, by the number of RFC 8656 §18.11',
      act: (at) => relaysOf([udp, ['additionalAddressFamily', 2]], at),
      is: [4, 6],
      coturn: [4],
      because: 'coturn 4.6 has the number of a draft',
      needsIpv6: true,
    },
    {
      name: 'both families, by the number of a draft (0x8032)',
      act: (at) => relaysOf([udp], at, { more: [draftAdditionalFamily] }),
      is: [4],
      coturn: [4, 6],
      because: 'nobody but coturn’s own client sends it, and IANA has not given it to anybody',
      needsIpv6: true,
    },
  ]
}
