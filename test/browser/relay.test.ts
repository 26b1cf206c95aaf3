import { afterAll, beforeAll, describe, expect } from 'vitest'
import { needs } from '../needs.ts'
import type { ProgramProcess } from '../programProcess.ts'
import { startTurnProgram } from '../turn/turnProgram.ts'
import { startFirewall, type PortRule } from './firewall.ts'
import type { BrowserUser } from './browserUser.ts'
import { expectCall } from './expectCall.ts'
import { BrowserFixture } from './browserFixture.ts'
import { SharedRoom } from './sharedRoom.ts'
import { sharedFixture } from './fixtureLifecycle.ts'
import { relayPorts } from './product.ts'
import { expectRelayed, type RelayProtocol } from './expectRelayed.ts'

/** `?relay=1`: all media goes through Duet's TURN server, over each transport. */

const test = needs('chromium', 'firefox', 'nftables', 'root')

interface RelayPath {
  protocol: RelayProtocol
  /** All other ports. Browsers use the server that answers first, which is not always UDP on a busy machine. */
  blocked: readonly PortRule[]
  expectedRule: PortRule
}

/** Two users and their room. Their pages use `?relay=1` and stay open between the calls. */
function createRelayedUsers(fixture: BrowserFixture) {
  const keep = <T extends BrowserUser>(user: T): T => (fixture.keepOpen(user), user)
  return {
    chromium: sharedFixture(async () => keep(await fixture.chromium())),
    firefox: sharedFixture(async () => keep(await fixture.firefox())),
    sharedRoom: sharedFixture(async () => new SharedRoom(fixture.newRoom())),
  }
}

/**
 * Chromium and Firefox call each other with one open port. That port carries the media, and the blocked ports were
 * tried.
 */
async function expectRelayPath(
  users: ReturnType<typeof createRelayedUsers>,
  { protocol, blocked, expectedRule }: RelayPath,
  isFirefoxFirst = false,
): Promise<void> {
  const both: [BrowserUser, BrowserUser] = [await users.chromium(), await users.firefox()]
  const [ann, ben] = isFirefoxFirst ? [both[1], both[0]] : both
  const sharedRoom = await users.sharedRoom()
  const firewall = startFirewall({ blocked, counted: [expectedRule] })
  try {
    await sharedRoom.meet(ann, ben, '?relay=1')
    await Promise.all(both.map((user) => user.waitForStates({ call: 'connected' })))
    const before = firewall.countBytes(expectedRule)
    await expectCall(ann, ben)
    // More bytes than STUN and TURN requests alone need.
    expect(firewall.countBytes(expectedRule) - before).toBeGreaterThan(10_000)
    await expectRelayed(protocol, [ann, ben])
    expect(blocked.filter((rule) => firewall.countBytes(rule) === 0)).toEqual([])
  } finally {
    firewall.remove()
  }
  await sharedRoom.hangUp()
}

describe('a relayed call between Chromium and Firefox', () => {
  const fixture = new BrowserFixture()
  const users = createRelayedUsers(fixture)

  test.for([
    ['Chromium', false],
    ['Firefox', true],
  ] as const)('the media uses UDP if %s creates the room', async ([, isFirefoxFirst]) => {
    const { udp, tcp, stun } = createPortRules(fixture)
    await expectRelayPath(users, { protocol: 'udp', blocked: [tcp, stun], expectedRule: udp }, isFirefoxFirst)
  })

  test('the media uses TCP if UDP is blocked', async () => {
    const { udp, tcp, stun } = createPortRules(fixture)
    await expectRelayPath(users, { protocol: 'tcp', blocked: [udp, stun], expectedRule: tcp })
  })

  test('the media uses the web port if the TURN ports are blocked', async () => {
    const { udp, tcp, web } = createPortRules(fixture)
    await expectRelayPath(users, { protocol: 'tcp', blocked: [udp, tcp], expectedRule: web })
  })

  // Chromium ends its gathering once the call is connected, so its relay candidates may all be over TCP.
  needs('chromium')('two Chromium pages are relayed if all ports are open', async () => {
    const both = [await users.chromium(), await fixture.chromium()] as const
    await (await users.sharedRoom()).meet(...both, '?relay=1')

    await expectCall(...both, 3)
    await expectRelayed(null, both)
  })
})

describe('a relayed call through node:dgram', () => {
  const fixture = new BrowserFixture({ DUET_TURN_ENGINE: 'dgram' })
  const users = createRelayedUsers(fixture)

  test('the media uses UDP', async () => {
    const { udp, tcp, stun } = createPortRules(fixture)
    await expectRelayPath(users, { protocol: 'udp', blocked: [tcp, stun], expectedRule: udp })
  })
})

const trusting = needs('chromium', 'firefox', 'nftables', 'root', 'certutil', 'openssl')

describe('a relayed call from an HTTPS page', () => {
  const fixture = new BrowserFixture({}, { https: true })
  const users = createRelayedUsers(fixture)

  trusting('the media uses TLS on the web port', async () => {
    const { udp, tcp, web } = createPortRules(fixture)
    await expectRelayPath(users, { protocol: 'tls', blocked: [udp, tcp], expectedRule: web })
  })

  describe('with a separate `npm run turn`', () => {
    /** Below the ephemeral port range of the system. */
    const [port, tlsPort] = [20_700, 20_701]
    const [udp, tcp, tls]: PortRule[] = [`udp ${port}`, `tcp ${port}`, `tcp ${tlsPort}`]
    const secret = { DUET_TURN_SECRET: 'a secret shared by both' }
    const separate = new BrowserFixture(
      {
        ...secret,
        DUET_TURN_URLS: [
          `turn:duet.test:${port}?transport=udp`,
          `turn:duet.test:${port}?transport=tcp`,
          `turns:duet.test:${tlsPort}?transport=tcp`,
        ].join(),
      },
      { https: fixture },
    )
    const users = createRelayedUsers(separate)
    let turn: ProgramProcess
    beforeAll(async () => {
      turn = await startTurnProgram({
        ...secret,
        ...separate.certificate,
        DUET_TURN_PORT: `${port}`,
        DUET_TURN_TLS_PORT: `${tlsPort}`,
        DUET_TURN_RELAY_PORTS: relayPorts.join('-'),
        DUET_TURN_DRAIN: '0',
      })
    })
    afterAll(() => turn.stop())

    trusting('the media uses TCP', async () => {
      await expectRelayPath(users, { protocol: 'tcp', blocked: [udp!, tls!], expectedRule: tcp! })
    })

    trusting('the media uses TLS on a port of its own', async () => {
      await expectRelayPath(users, { protocol: 'tls', blocked: [udp!, tcp!], expectedRule: tls! })
    })
  })
})

const createPortRules = ({
  product: { turnPort, port },
}: BrowserFixture): Record<'udp' | 'tcp' | 'stun' | 'web', PortRule> => ({
  udp: `udp ${turnPort}`,
  tcp: `tcp ${turnPort}`,
  stun: `stun ${port}`,
  web: `tcp ${port}`,
})
