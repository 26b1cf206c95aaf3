import { afterAll, beforeAll, describe, expect } from 'vitest'
import { needs } from '../needs.ts'
import { startTurnAlone } from './alone.ts'
import { raiseFirewall, type Way } from './firewall.ts'
import { expectCall, type Guest } from './guest.ts'
import { House } from './house.ts'
import { Meetings } from './meetings.ts'
import { shared } from './party.ts'
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

/** The two who take all ways of one house, and their room. Their pages ask for a relay, and stay open between the calls. */
function peopleOf(house: House) {
  const keep = <T extends Guest>(guest: T): T => (house.keep(guest), guest)
  return {
    chromium: shared(async () => keep(await house.chromium())),
    firefox: shared(async () => keep(await house.firefox())),
    meetings: shared(async () => new Meetings(house.newRoom())),
  }
}

/** Chromium and Firefox call each other where all ways but one are closed: it is taken, and the others were tried. */
async function expectPath(people: ReturnType<typeof peopleOf>, { protocol, closed, taken }: Path, isFirefoxFirst = false): Promise<void> {
  const both: [Guest, Guest] = [await people.chromium(), await people.firefox()]
  const [ann, ben] = isFirefoxFirst ? [both[1], both[0]] : both
  const meetings = await people.meetings()
  const firewall = raiseFirewall({ closed, measured: [taken] })
  try {
    await meetings.bring(ann, ben, '?relay=1')
    await Promise.all(both.map((guest) => guest.becomes({ call: 'connected' })))
    const before = firewall.bytes(taken)
    await expectCall(ann, ben)
    // Media, not only questions.
    expect(firewall.bytes(taken) - before).toBeGreaterThan(10_000)
    await expectRelayed(protocol, [ann, ben])
    expect(closed.filter((way) => firewall.bytes(way) === 0)).toEqual([])
  } finally {
    firewall.remove()
  }
  await meetings.part()
}

describe('a call of Chromium and Firefox that is to be relayed', () => {
  const house = new House()
  const people = peopleOf(house)

  test.for([['Chromium', false], ['Firefox', true]] as const)('goes by UDP if %s makes the room', async ([, isFirefoxFirst]) => {
    const { udp, tcp, stun } = waysOf(house)
    await expectPath(people, { protocol: 'udp', closed: [tcp, stun], taken: udp }, isFirefoxFirst)
  })

  test('goes by TCP', async () => {
    const { udp, tcp, stun } = waysOf(house)
    await expectPath(people, { protocol: 'tcp', closed: [udp, stun], taken: tcp })
  })

  test('goes through the web port', async () => {
    const { udp, tcp, web } = waysOf(house)
    await expectPath(people, { protocol: 'tcp', closed: [udp, tcp], taken: web })
  })

  needs('chromium')('goes by UDP where all is open, in a browser that comes to the best', async () => {
    const guests = [await people.chromium(), await house.chromium()] as const
    await (await people.meetings()).bring(...guests, '?relay=1')

    await expectCall(...guests, 3)
    const ways = () => Promise.all(guests.map(async (guest) => (await guest.pair())?.local.relayProtocol))
    await expect.poll(ways).toEqual(['udp', 'udp'])
  })
})

const trusting = needs('chromium', 'firefox', 'nftables', 'root', 'certutil', 'openssl')

describe('from a page that came by https', () => {
  const house = new House({}, { https: true })
  const people = peopleOf(house)

  trusting('it goes through the web port, by TLS', async () => {
    const { udp, tcp, web } = waysOf(house)
    await expectPath(people, { protocol: 'tls', closed: [udp, tcp], taken: web })
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
  const people = peopleOf(house)
  let stop: () => Promise<void>
  beforeAll(async () => {
    stop = await startTurnAlone({
      ...secret, ...house.certificate, DUET_TURN_PORT: `${port}`, DUET_TURN_TLS_PORT: `${tlsPort}`, DUET_TURN_RELAY_PORTS: relayPorts.join('-'),
    })
  })
  afterAll(() => stop())

  trusting('it goes by TCP', async () => {
    await expectPath(people, { protocol: 'tcp', closed: [udp!, tls!], taken: tcp! })
  })

  trusting('it goes by TLS, at a port of its own', async () => {
    await expectPath(people, { protocol: 'tls', closed: [udp!, tcp!], taken: tls! })
  })
})

const waysOf = ({ product: { turnPort, webPort } }: House): Record<'udp' | 'tcp' | 'stun' | 'web', Way> =>
  ({ udp: `udp ${turnPort}`, tcp: `tcp ${turnPort}`, stun: `stun ${webPort}`, web: `tcp ${webPort}` })
