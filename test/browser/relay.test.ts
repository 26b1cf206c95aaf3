import { afterAll, beforeAll, describe, expect } from 'vitest'
import { needs } from '../needs.ts'
import { startTurnAlone } from './alone.ts'
import { raiseFirewall, type Way } from './firewall.ts'
import { expectCall, type Guest } from './guest.ts'
import { House } from './house.ts'
import { relayPorts } from './product.ts'
import { expectRelayed, type RelayProtocol } from './relayed.ts'

/** `?relay=1`: every packet goes through our own TURN server, by each way there is to it. */

const test = needs('chromium', 'firefox', 'nftables', 'root')

interface Path {
  protocol: RelayProtocol
  /** Every other way there is: browsers take the one that answers first, which on a busy machine need not be UDP. */
  closed: readonly Way[]
  taken: Way
}

/** Chromium and Firefox call each other where all ways but one are closed: it is taken, and the others were tried. */
async function expectPath(house: House, { protocol, closed, taken }: Path, isFirefoxFirst = false): Promise<void> {
  const firewall = raiseFirewall({ closed, measured: [taken] })
  try {
    const room = house.newRoom()
    const both: [Guest, Guest] = [await house.chromium(), await house.firefox()]
    const [ann, ben] = isFirefoxFirst ? [both[1], both[0]] : both
    await ann.join(room, '?relay=1')
    await ben.join(room, '?relay=1')

    await expectCall(ann, ben)
    await expectRelayed(protocol, [ann, ben])
    expect(closed.filter((way) => firewall.bytes(way) === 0)).toEqual([])
    const before = firewall.bytes(taken)
    await Promise.all([ann.pictures(), ben.pictures()])
    // Media, not only questions.
    expect(firewall.bytes(taken) - before).toBeGreaterThan(10_000)
  } finally {
    firewall.remove()
  }
}

describe('a call of Chromium and Firefox that is to be relayed', () => {
  const house = new House()

  test.for([['Chromium', false], ['Firefox', true]] as const)('goes by UDP if %s makes the room', async ([, isFirefoxFirst]) => {
    const { udp, tcp, stun } = waysOf(house)
    await expectPath(house, { protocol: 'udp', closed: [tcp, stun], taken: udp }, isFirefoxFirst)
  })

  test('goes by TCP', async () => {
    const { udp, tcp, stun } = waysOf(house)
    await expectPath(house, { protocol: 'tcp', closed: [udp, stun], taken: tcp })
  })

  test('goes through the web port', async () => {
    const { udp, tcp, web } = waysOf(house)
    await expectPath(house, { protocol: 'tcp', closed: [udp, tcp], taken: web })
  })

  needs('chromium')('goes by UDP where all is open, in a browser that comes to the best', async () => {
    const room = house.newRoom()
    const guests = [await house.chromium(), await house.chromium()] as const
    for (const guest of guests) await guest.join(room, '?relay=1')

    await expectCall(...guests)
    const ways = () => Promise.all(guests.map(async (guest) => (await guest.pair())?.local.relayProtocol))
    await expect.poll(ways).toEqual(['udp', 'udp'])
  })
})

const trusting = needs('chromium', 'firefox', 'nftables', 'root', 'certutil', 'openssl')

describe('from a page that came by https', () => {
  const house = new House({}, { https: true })

  trusting('it goes through the web port, by TLS', async () => {
    const { udp, tcp, web } = waysOf(house)
    await expectPath(house, { protocol: 'tls', closed: [udp, tcp], taken: web })
  })
})

describe('with `npm run turn` by itself', () => {
  /** Below the ports that the system hands out by itself. */
  const [port, tlsPort] = [20_700, 20_701]
  const [udp, tcp, tls]: Way[] = [`udp ${port}`, `tcp ${port}`, `tcp ${tlsPort}`]
  const secret = { DUET_TURN_SECRET: 'a secret shared by both' }
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

  trusting('it goes by TCP', async () => {
    await expectPath(house, { protocol: 'tcp', closed: [udp!, tls!], taken: tcp! })
  })

  trusting('it goes by TLS, at a port of its own', async () => {
    await expectPath(house, { protocol: 'tls', closed: [udp!, tcp!], taken: tls! })
  })
})

const waysOf = ({ product: { turnPort, webPort } }: House): Record<'udp' | 'tcp' | 'stun' | 'web', Way> =>
  ({ udp: `udp ${turnPort}`, tcp: `tcp ${turnPort}`, stun: `stun ${webPort}`, web: `tcp ${webPort}` })
