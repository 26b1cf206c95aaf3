import { describe, expect } from 'vitest'
import { needs } from '../needs.ts'
import { droppedUdp, dropUdp } from './firewall.ts'
import { expectCall, type Guest } from './guest.ts'
import { House } from './house.ts'
import { relayPorts } from './product.ts'

/** `?relay=1`: every packet goes through our own TURN server. */

const house = new House()

async function expectRelayed(protocol: 'udp' | 'tcp', ...guests: [Guest, Guest]): Promise<void> {
  const pairs = await Promise.all(guests.map((guest) => guest.pair()))
  for (const pair of pairs) {
    expect(pair?.local).toMatchObject({ type: 'relay', relayProtocol: protocol })
    expect(pair?.remote.type).toBe('relay')
    for (const { port } of [pair!.local, pair!.remote]) {
      expect(port).toBeGreaterThanOrEqual(relayPorts[0])
      expect(port).toBeLessThanOrEqual(relayPorts[1])
    }
  }
}

describe('a call that is to be relayed', () => {
  const test = needs('chromium')

  test('goes through our own server by UDP', async () => {
    const room = house.newRoom()
    const [ann, ben] = [await house.chromium(), await house.chromium()]
    await ann.join(room, '?relay=1')
    await ben.join(room, '?relay=1')

    await expectCall(ann, ben)
    await expectRelayed('udp', ann, ben)
  })

  test('goes through it for one who asks for it, whatever the other does', async () => {
    const room = house.newRoom()
    const [ann, ben] = [await house.chromium(), await house.chromium()]
    await ann.join(room)
    await ben.join(room, '?relay=1')

    await expectCall(ann, ben)
    expect((await ben.pair())?.local.type).toBe('relay')
    expect((await ann.pair())?.remote.type).toBe('relay')
  })
})

describe('with UDP taken away', () => {
  const test = needs('chromium', 'nftables', 'root')

  test('it goes through our own server by TCP', async () => {
    const allowUdp = dropUdp(house.product.turnPort)
    try {
      const room = house.newRoom()
      const [ann, ben] = [await house.chromium(), await house.chromium()]
      await ann.join(room, '?relay=1')
      await ben.join(room, '?relay=1')

      await expectCall(ann, ben)
      await expectRelayed('tcp', ann, ben)
      expect(droppedUdp()).toBeGreaterThan(0)
    } finally {
      allowUdp()
    }
  })
})
