import { expect, test as always } from 'vitest'
import type { Attribute } from '../../../turn/stun/attributes.ts'
import { needs } from '../../needs.ts'
import { deniedPeers } from '../deniedPeers.ts'
import { describeEngines } from '../engines.ts'
import { channelData, outcome, sendIndication } from '../packets.ts'
import { attacks } from './attacks.ts'
import { AttackedServer } from './attackedServer.ts'
import { BothEngines } from './bothEngines.ts'
import { listeners } from './engineHarness.ts'

/** Attacks on both engines, over real sockets on loopback. Raw packets need root. */

describeEngines((engine) => {
  const test = needs('koffi', 'root')
  for (const { name, run, rules, expected } of attacks)
    test(name, async () => {
      expect(await run(await AttackedServer.start(engine, rules))).toEqual(expected)
    })
})

const publicPeers = ['1.2.3.4', '2600::1'].map((ip) => ['no attack', ip] as const)

always.each([...deniedPeers, ...publicPeers])(
  'both engines: %s: %s gets a permission and a packet only if it is public',
  (attack, ip) => {
    const both = new BothEngines()
    const client = { ip: '203.0.113.9', port: 10_000 }
    const peer: Attribute = ['xorPeerAddress', { ip, port: 80 }]
    both.request(client, 'allocate', [
      ['requestedTransport', 17],
      ['additionalAddressFamily', 2],
    ])
    const answers = [
      outcome(both.request(client, 'createPermission', [peer])),
      outcome(both.request(client, 'channelBind', [['channelNumber', 0x4000], peer])),
    ]
    const data = Buffer.from('hello')
    const sent = [sendIndication([peer, ['data', data]]), channelData(0x4000, data)].flatMap((packet) =>
      both.receive({ from: client, to: listeners[4], data: packet }),
    )
    const isPublic = attack === 'no attack'
    expect([answers.includes('success'), sent.map(({ to }) => to.ip)]).toEqual([isPublic, isPublic ? [ip, ip] : []])
  },
)
