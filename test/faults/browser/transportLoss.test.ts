import { afterEach, beforeAll, describe, expect } from 'vitest'
import { BrowserUser } from '../../browser/browserUser.ts'
import { expectCall } from '../../browser/expectCall.ts'
import { sharedFixture } from '../../browser/fixtureLifecycle.ts'
import type { EmulatedHost } from '../../nat/netLab.ts'
import { NetLabFixture } from '../../nat/netLabFixture.ts'
import { needs } from '../../needs.ts'
import { blockUdp } from '../blockUdp.ts'
import { timeouts } from '../../../machines/protocol/timeouts.ts'
import { observeBothUnfiltered, expectNoFaultShown, isSignalingLossError } from '../pageObserver.ts'

/**
 * The transport between the peers fails or changes. Both hosts have emulated links and public addresses. Chromium's
 * call passes through all faults of its group, and so does Firefox's call.
 */

const needed = ['root', 'iproute2', 'nftables', 'perl', 'tun', 'chromium', 'certutil', 'openssl'] as const
const test = needs(...needed)
const everyBrowser = needs(...needed, 'firefox')

const address = '198.18.0.2'
/** Address of a server without a relay. */
const unrelayed = '198.18.0.3'
const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds))

describe('a call over emulated links', () => {
  const fixture = new NetLabFixture(isSignalingLossError)
  let anns: EmulatedHost
  let bens: EmulatedHost
  let undo: () => void | Promise<void> = () => undefined
  let rooms = 0

  beforeAll(async () => {
    await fixture.startProduct('server', address, { DUET_TURN_PORT: '3478', DUET_TURN_ALLOW_PEERS: '198.18.0.0/15' })
    await fixture.startProduct('unrelayed', unrelayed, { DUET_TURN: 'off' })
    anns = await fixture.lab.addEmulatedHost('ann', '198.18.1.1')
    bens = await fixture.lab.addEmulatedHost('ben', '198.18.2.1')
  })
  afterEach(async () => {
    await undo()
    undo = () => undefined
    for (const { link } of [anns, bens]) link.restore()
  })

  /** Pages that stay open between calls. */
  const page = (fetch: () => Promise<BrowserUser>): (() => Promise<BrowserUser>) =>
    sharedFixture(async () => {
      const user = await fetch()
      fixture.keepOpen(user)
      return user
    })
  const pages = {
    chromium: page(() => fixture.openChromium(anns.host, address)),
    firefox: page(() => fixture.openFirefox(anns.host, address)),
    /** The second page of every call. */
    ben: page(() => fixture.openChromium(bens.host, address)),
  }
  /** Calls by browser of the first page. */
  const calls = {
    chromium: sharedFixture(async () => meet(await pages.chromium(), await pages.ben())),
    firefox: sharedFixture(async () => meet(await pages.firefox(), await pages.ben())),
  }

  async function meet(ann: BrowserUser, ben: BrowserUser): Promise<[BrowserUser, BrowserUser]> {
    const room = `path-${++rooms}`
    for (const each of [ann, ben]) await each.join(room)
    await expectCall(ann, ben)
    return [ann, ben]
  }

  /** The call of a test group, in the state in which the previous test left it. */
  async function call(browser: keyof typeof calls): Promise<[BrowserUser, BrowserUser]> {
    const both = await calls[browser]()
    for (const each of both) await each.waitForStates({ room: 'full', call: 'connected' })
    return both
  }

  /** Ends the call. Both pages may be used for another. */
  async function end(both: readonly BrowserUser[]): Promise<void> {
    for (const { tab } of both) await tab.open('about:blank')
  }

  // Runs first: a page that loads just after a network change fails with ERR_NETWORK_CHANGED.
  test('a connection that Chromium reports as failed during ICE checks is restarted', async () => {
    const [ann, ben] = [await pages.chromium(), await pages.ben()].map(
      ({ tab }) => new BrowserUser(tab, `https://${unrelayed}`),
    ) as [BrowserUser, BrowserUser]
    await meet(ann, ben)
    await ann.tab.run(noteStates, null)
    for (const { link } of [anns, bens]) link.cut()
    await expect.poll(() => ann.tab.run(readStates, null)).toContain('failed disconnected')
    const before = await ann.tab.run(readUfrag, null)
    // Only the signaling connection returns, so the transport cannot recover by itself.
    undo = blockUdp(anns.host)
    for (const { link } of [anns, bens]) link.restore()
    await expect.poll(() => ann.tab.run(readUfrag, null)).not.toBe(before)
    undo()
    undo = () => undefined
    await expectCall(ann, ben)
    await end([ann, ben])
  })

  describe.each(['chromium', 'firefox'] as const)('with the first page in %s', (browser) => {
    const test = browser === 'firefox' ? everyBrowser : needs(...needed)

    if (browser === 'chromium')
      test('a four-second outage of the transport shows no fault', async () => {
        const both = await call(browser)
        const seen = await observeBothUnfiltered(both, async () => {
          undo = blockUdp(anns.host)
          await pause(4_000)
          undo()
          undo = () => undefined
          await Promise.all([pause(3_000), expectCall(...both)])
        })
        for (const observation of seen) {
          // On a busy machine the outage may have been longer.
          if (!observation.gaps.some(({ durationMs }) => durationMs > timeouts.transportBannerDelayMs))
            expectNoFaultShown(observation)
          expect(observation.newConnections).toBe(0)
        }
      })

    test.for(browser === 'chromium' ? ['first', 'second'] : ['first'])(
      'after a ten-second outage of the %s page’s link the same connection recovers',
      async (which) => {
        const both = await call(browser)
        const { link } = which === 'first' ? anns : bens
        const seen = await observeBothUnfiltered(both, async () => {
          link.cut()
          await pause(10_000)
          link.restore()
          await expectCall(...both)
          // No restart is in progress from now on. In this time a second restart could follow.
          await pause(timeouts.restartCooldownMs + timeouts.politeRestartDelayMs)
        })
        for (const observation of seen) {
          expect(new Set(observation.gaps.map(({ kind }) => kind))).toEqual(new Set(['audio', 'video']))
          expect(observation.newConnections).toBe(0)
          expect(observation.iceRestarts).toBeLessThanOrEqual(1)
        }
      },
    )

    test('a call follows a network change, and continues over TCP or TLS when UDP is blocked', async () => {
      // After an outage a call may have changed to the relay. This test needs a call that starts on the direct path.
      await end(await call(browser))
      const both = await meet(await pages[browser](), await pages.ben())
      const [ann] = both
      const mobile = await fixture.lab.addEmulatedLink(anns.host, 'mobile', 'mobile', '198.18.3.1')
      const comeHome = (): Promise<void> => {
        anns.host.ip('link set mobile down', 'address replace 198.18.1.1/15 dev out', 'link set out up')
        return mobile.close()
      }
      undo = comeHome
      anns.host.ip('link set mobile down')
      // Firefox uses a separate mDNS name for each of its addresses.
      await expect.poll(async () => (await ann.readCandidatePair())?.local.type).toMatch(/host|prflx/)
      const home = (await ann.readCandidatePair())!.local.address
      anns.host.ip('address flush dev out', 'link set out down', 'link set mobile up')
      await expect.poll(async () => (await ann.readCandidatePair())?.local.address ?? home).not.toBe(home)
      await expectCall(...both)

      const unblock = blockUdp(anns.host)
      undo = () => {
        unblock()
        return comeHome()
      }
      await expect.poll(async () => (await ann.readCandidatePair())?.local.relayProtocol).toMatch(/tcp|tls/)
      await expectCall(...both)
      await end(both)
    })
  })
})

function noteStates(): void {
  const page = window as unknown as { recordedConnections: RTCPeerConnection[]; pathStates: string[] }
  page.pathStates = []
  for (const pc of page.recordedConnections) {
    const note = (): void => void page.pathStates.push(`${pc.connectionState} ${pc.iceConnectionState}`)
    pc.addEventListener('connectionstatechange', note)
    pc.addEventListener('iceconnectionstatechange', note)
  }
}

const readUfrag = (): string | undefined =>
  /a=ice-ufrag:(.*)/.exec(window.recordedConnections.at(-1)?.currentLocalDescription?.sdp ?? '')?.[1]

const readStates = (): string[] => (window as unknown as { pathStates: string[] }).pathStates
