import { beforeAll, describe, expect } from 'vitest'
import { expectCall, type BrowserUser } from '../browser/browserUser.ts'
import type { CandidatePairInfo } from '../browser/pageScripts.ts'
import { sharedFixture } from '../browser/fixtureLifecycle.ts'
import { needs } from '../needs.ts'
import { type ConnectionAttempt, observeAttempt } from './connectionAttempt.ts'
import { canConnectDirectly, type NetworkKind, networkKinds, relayProtocols } from './networkKinds.ts'
import { NetLabFixture } from './netLabFixture.ts'

/** Everybody can call everybody, and no call goes through the relay that need not. */

const test = needs('root', 'iproute2', 'nftables', 'chromium', 'certutil', 'openssl')

const address = '198.18.0.2'
const fixture = new NetLabFixture()
// The addresses of the lab are nobody's, so a relay does not send there unless told to.
beforeAll(() =>
  fixture.startProduct('server', address, { DUET_TURN_PORT: '3478', DUET_TURN_ALLOW_PEERS: '198.18.0.0/15' }),
)

const pairs = networkKinds.flatMap((waiting) =>
  networkKinds.map((coming): [NetworkKind, NetworkKind] => [waiting, coming]),
)

/** Looks of a call whose motion other tests prove. */
const frames = 3

/** Without a relay. */
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
/** Both pairs ask for 20 s (`connectTimeoutMs`), and the tests in between go on meanwhile. */
const asking = sharedFixture(async () => {
  const seen = new Map<string, Promise<ConnectionAttempt[]>>()
  for (const pair of hopeless) {
    const users = await fixture.meetInNewPages(alone, ...pair)
    fixture.keepOpen(...users)
    const attempts = Promise.all(
      users.map(async (user) => {
        const seen = await user.tab.run(observeAttempt, null)
        // Otherwise it would go on asking.
        await user.press('Hang up')
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
  ])('%s × %s is a call', async (waiting, coming) => {
    await asking()
    await expectCall(...(await fixture.meet(alone, waiting, coming)), frames)
  })
})

describe('with our own relay', () => {
  test.each(pairs.filter(([waiting, coming]) => canConnectDirectly(waiting, coming)))(
    '%s × %s is a direct call',
    async (waiting, coming) => {
      const users = await fixture.meet(address, waiting, coming)
      await expectCall(...users, frames)
      // A call may begin through the relay, for that path is found as quickly.
      await expect
        .poll(async () => (await paths(users)).flatMap(({ local, remote }) => [local.type, remote.type]))
        .not.toContain('relay')
    },
  )

  test.each(pairs.filter(([waiting, coming]) => !canConnectDirectly(waiting, coming)))(
    '%s × %s is relayed',
    async (waiting, coming) => {
      const users = await fixture.meet(address, waiting, coming)
      await expectCall(...users, frames)
      const locals = (await paths(users)).map(({ local }) => local)
      expect(locals.map(({ type }) => type)).toContain('relay')
      for (const [which, kind] of [waiting, coming].entries()) {
        const { type, relayProtocol } = locals[which]!
        if (!relayProtocols[kind].includes('udp')) expect(type).toBe('relay')
        if (type === 'relay') expect(relayProtocols[kind]).toContain(relayProtocol)
      }
    },
  )
})

/** What the lab is worth: a relay is not merely what is chosen where the table says so, it is the only way. */
describe('with STUN alone', () => {
  test.each(hopeless)('%s × %s asks, and is never answered', async (waiting, coming) => {
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
