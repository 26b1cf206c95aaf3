import { afterAll, beforeAll, describe, expect } from 'vitest'
import { needs } from '../needs.ts'
import { startTurnAlone } from './alone.ts'
import { raiseFirewall, type Way } from './firewall.ts'
import { expectCall, type Guest } from './guest.ts'
import { House } from './house.ts'
import { expectRelayed, type RelayProtocol } from './relayed.ts'
import { relayPorts } from './product.ts'

/** `?relay=1`: every packet goes through our own TURN server, by each way there is to it. */

const both = needs('chromium', 'firefox', 'nftables', 'root')

interface Path {
  protocol: RelayProtocol
  closed: readonly Way[]
  /** Left open, and expected to carry the call; more than one where browsers may take either. */
  taken: readonly Way[]
  /** Left open, for the page; not to be taken. */
  spared?: readonly Way[]
}

/** A call of Chromium with Firefox, on each side of which these ways are closed, goes as it should, and what is closed was tried. */
async function expectPath(house: House, { protocol, closed, taken, spared = [] }: Path, order: 'Chromium first' | 'Firefox first' = 'Chromium first'): Promise<void> {
  const firewall = raiseFirewall({ closed, open: [...taken, ...spared] })
  try {
    const room = house.newRoom()
    const [chromium, firefox] = [await house.chromium(), await house.firefox()]
    const guests: [Guest, Guest] = order === 'Chromium first' ? [chromium, firefox] : [firefox, chromium]
    for (const guest of guests) await guest.join(room, '?relay=1')

    await expectCall(...guests)
    const [before, beside] = [sum(taken), sum([...closed, ...spared])]
    await Promise.all(guests.map((guest) => guest.pictures()))
    await expectRelayed(protocol, guests)
    const [carried, other] = [sum(taken) - before, sum([...closed, ...spared]) - beside]
    expect(carried).toBeGreaterThan(9 * other)
    expect(closed.filter((way) => firewall.bytes(way) === 0)).toEqual([])
  } finally {
    firewall.remove()
  }

  function sum(ways: readonly Way[]): number {
    return ways.reduce((all, way) => all + firewall.bytes(way), 0)
  }
}

describe('a call of Chromium and Firefox that is to be relayed', () => {
  const house = new House()
  const ways = () => waysOf(house)

  both.for(['Chromium first', 'Firefox first'] as const)('goes by UDP, %s', async (order) => {
    const { udp, tcp, web } = ways()
    await expectPath(house, { protocol: 'udp', closed: [], taken: [udp], spared: [tcp, web] }, order)
  })

  both('goes by TCP where UDP is closed', async () => {
    const { udp, tcp, web } = ways()
    await expectPath(house, { protocol: 'tcp', closed: [udp], taken: [tcp, web] })
  })

  both('goes through the web port where nothing else is open', async () => {
    const { udp, tcp, web } = ways()
    await expectPath(house, { protocol: 'tcp', closed: [udp, tcp], taken: [web] })
  })

  needs('chromium')('is relayed for one who asks for it, whatever the other does', async () => {
    const room = house.newRoom()
    const [ann, ben] = [await house.chromium(), await house.chromium()]
    await ann.join(room)
    await ben.join(room, '?relay=1')

    await expectCall(ann, ben)
    expect((await ben.pair())?.local.type).toBe('relay')
    expect((await ann.pair())?.remote.type).toBe('relay')
  })
})

const trusting = needs('chromium', 'firefox', 'nftables', 'root', 'certutil', 'openssl')

describe('from a page that came by https', () => {
  const house = new House({}, { https: true })

  trusting('it goes through the web port, under the same certificate, where nothing else is open', async () => {
    const { udp, tcp, web } = waysOf(house)
    await expectPath(house, { protocol: 'tls', closed: [udp, tcp], taken: [web] })
  })
})

describe('with `npm run turn` by itself', () => {
  /** Below the ports that the system hands out by itself. */
  const [port, tlsPort] = [20_700, 20_701]
  const [udp, tcp, tls]: Way[] = [`udp ${port}`, `tcp ${port}`, `tcp ${tlsPort}`]
  const secret = { DUET_TURN_SECRET: 'shared by both' }
  const house = new House({
    ...secret, DUET_TURN_URLS: [`turn:duet.test:${port}?transport=udp`, `turn:duet.test:${port}?transport=tcp`, `turns:duet.test:${tlsPort}?transport=tcp`].join(),
  }, { https: true })
  let stop: () => Promise<void>
  beforeAll(async () => {
    stop = await startTurnAlone({
      ...secret, ...house.certificate, DUET_TURN_PORT: `${port}`, DUET_TURN_TLS_PORT: `${tlsPort}`, DUET_TURN_RELAY_PORTS: relayPorts.join('-'),
    })
  })
  afterAll(() => stop())

  trusting('it goes by TCP where UDP is closed', async () => {
    await expectPath(house, { protocol: 'tcp', closed: [udp!], taken: [tcp!], spared: [tls!] })
  })

  trusting('it goes by TLS, at a port of its own, where that alone is open', async () => {
    await expectPath(house, { protocol: 'tls', closed: [udp!, tcp!], taken: [tls!] })
  })
})

const waysOf = ({ product: { turnPort, webPort } }: House): Record<'udp' | 'tcp' | 'web', Way> =>
  ({ udp: `udp ${turnPort}`, tcp: `tcp ${turnPort}`, web: `tcp ${webPort}` })
