import { beforeAll, describe, expect } from 'vitest'
import type { BrowserUser } from '../browser/browserUser.ts'
import { expectCall } from '../browser/expectCall.ts'
import type { CandidatePairInfo } from '../browser/pageScripts.ts'
import { sharedFixture } from '../browser/fixtureLifecycle.ts'
import { expectPrepared } from '../browser/preparedView.ts'
import { needs } from '../needs.ts'
import { type ConnectionAttempt, observeAttempt } from './connectionAttempt.ts'
import { reportIce } from './iceReport.ts'
import { canConnectDirectly, type NetworkKind, networkKinds, relayProtocols } from './networkKinds.ts'
import { NetLabFixture } from './netLabFixture.ts'
import { countPackets } from './packetCounters.ts'

/** Every pair of networks can connect, and only pairs without a direct connection use the relay. */

const test = needs('root', 'iproute2', 'nftables', 'chromium', 'certutil', 'openssl')

const address = '198.18.0.2'
const fixture = new NetLabFixture()
// The lab uses special-purpose addresses (RFC 2544), which the relay blocks by default.
beforeAll(() =>
  fixture.startProduct('server', address, { DUET_TURN_PORT: '3478', DUET_TURN_ALLOW_PEERS: '198.18.0.0/15' }),
)

const pairs = networkKinds.flatMap((waiting) =>
  networkKinds.map((coming): [NetworkKind, NetworkKind] => [waiting, coming]),
)

/** The number of video frames to check. Other tests verify motion. */
const frames = 3

/** The address of the product without a relay. */
const alone = '198.18.0.3'
beforeAll(() =>
  fixture.startProduct('alone', alone, {
    DUET_TURN: 'off',
    DUET_TURN_PORT: '',
    DUET_TURN_URLS: `stun:${address}:3478`,
  }),
)

const hopeless: [NetworkKind, NetworkKind][] = [
  ['preserving', 'symmetric'],
  ['symmetric', 'symmetric'],
]
/** Both pairs try for 20 s (`connectTimeoutMs`). The tests in between run at the same time. */
const asking = sharedFixture(async () => {
  const seen = new Map<string, Promise<ConnectionAttempt[]>>()
  for (const pair of hopeless) {
    const users = await fixture.meetInNewPages(alone, ...pair)
    fixture.keepOpen(...users)
    const attempts = Promise.all(
      users.map(async (user) => {
        const seen = await user.tab.run(observeAttempt, null)
        // Without a hang-up the page would retry.
        // The other user's hang-up may have ended this attempt, too.
        await user.tab.run(() => document.querySelector<HTMLElement>('.hang-up')?.click(), null)
        await user.waitForStates({ membership: 'left' })
        return seen
      }),
    )
    attempts.catch(() => undefined)
    seen.set(pair.join(), attempts)
  }
  return seen
})

describe('with STUN alone', () => {
  test.each<[NetworkKind, NetworkKind]>([
    ['open', 'symmetric'],
    ['preserving', 'preserving'],
  ])('%s × %s connect without a relay', async (waiting, coming) => {
    await asking()
    await expectCall(...(await fixture.meet(alone, waiting, coming)), frames)
  })
})

describe('with the embedded relay', () => {
  test.each(pairs.filter(([waiting, coming]) => canConnectDirectly(waiting, coming)))(
    '%s × %s connect directly',
    async (waiting, coming) => {
      const users = await fixture.meet(address, waiting, coming)
      await expectCall(...users, frames)
      // A call may start through the relay, because that pair is found as quickly.
      const isDirect = async (): Promise<boolean> =>
        (await paths(users)).every(({ local, remote }) => local.type !== 'relay' && remote.type !== 'relay')
      await expect
        .poll(isDirect)
        .toBe(true)
        .catch(() => undefined)
      if (await isDirect()) return
      expect(await Promise.all(users.map((user) => user.tab.run(reportIce, null)))).toBe('direct')
    },
  )

  test.each(pairs.filter(([waiting, coming]) => !canConnectDirectly(waiting, coming)))(
    '%s × %s connect through the relay',
    async (waiting, coming) => {
      const users = await fixture.meet(address, waiting, coming)
      await expectCall(...users, frames)
      let locals: CandidatePairInfo['local'][] = []
      // While the controlling side changes the pair, both sides may report different ones.
      await expect
        .poll(async () => (locals = (await paths(users)).map(({ local }) => local)).map(({ type }) => type))
        .toContain('relay')
      for (const [which, kind] of [waiting, coming].entries()) {
        const { type, relayProtocol } = locals[which]!
        if (!relayProtocols[kind].includes('udp')) expect(type).toBe('relay')
        if (type === 'relay') expect(relayProtocols[kind]).toContain(relayProtocol)
      }
    },
  )
})

describe('a connection that is prepared in the lobby', () => {
  test('carries no RTP before the join, and until then no packet between the two networks', async () => {
    const counters = (['waiting', 'coming'] as const).map((side) => countPackets(fixture.getSite(side, 'open'), 3478))
    const [ann, ben] = await fixture.openNewPages(address, 'open', 'open')
    const room = 'prepared'
    await ann.join(room)
    await ann.waitForStates({ room: 'created', call: 'offering' })
    await ben.openLobby(room)
    await expectPrepared([ann, ben])
    const before = counters.map((read) => read().relayed)
    // The consent checks of some seconds (RFC 7675).
    await expect.poll(() => counters.every((read, side) => read().relayed >= before[side]! + 4)).toBe(true)
    await expectPrepared([ann, ben])
    for (const read of counters) expect(read()).toEqual({ relayed: expect.any(Number), direct: 0, rtp: 0 })

    await ben.press('Join')
    await expectCall(ann, ben, frames)
    // The counters see both kinds of packets.
    for (const read of counters) {
      await expect.poll(() => read().direct).toBeGreaterThan(0)
      expect(read().rtp).toBeGreaterThan(0)
    }
  })
})

/** Verifies the lab itself: for these pairs a direct connection is impossible, not only unlikely. */
describe('with STUN alone', () => {
  test.each(hopeless)('%s × %s get no response to any connectivity check', async (waiting, coming) => {
    for (const { finalState, localTypes, remoteTypes, requestsSent, responsesReceived } of await (
      await asking()
    ).get([waiting, coming].join())!) {
      expect(finalState).toMatch(/failed|closed/)
      expect([localTypes, remoteTypes]).toEqual([
        ['host', 'srflx'],
        ['host', 'srflx'],
      ])
      expect(requestsSent).toBeGreaterThan(20)
      expect(responsesReceived).toBe(0)
    }
  })
})

async function paths(users: readonly BrowserUser[]): Promise<CandidatePairInfo[]> {
  const found = await Promise.all(users.map((user) => user.readCandidatePair()))
  expect(found).not.toContain(null)
  return found as CandidatePairInfo[]
}
