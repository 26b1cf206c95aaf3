import { afterEach, beforeAll, describe, expect } from 'vitest'
import { expectCall, type Guest } from '../../browser/guest.ts'
import type { Distant } from '../../nat/lab.ts'
import { Town } from '../../nat/town.ts'
import { needs } from '../../needs.ts'
import { blockUdp } from '../outage.ts'
import { timers } from '../../../machines/timers.ts'
import { bothWitnessed, expectUntold, isOfTheLine } from '../witness.ts'

/** The way between the two breaks, or becomes another. Both are reached by radio, and have public addresses. */

const needed = ['root', 'iproute2', 'nftables', 'perl', 'tun', 'chromium', 'certutil', 'openssl'] as const
const test = needs(...needed)
const everyBrowser = needs(...needed, 'firefox')
type Browser = 'chromium' | 'firefox'

const address = '198.18.0.2'
/** Of a server that relays nothing. */
const unrelayed = '198.18.0.3'
const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds))

describe('in a call by radio', () => {
  const town = new Town(isOfTheLine)
  let anns: Distant
  let bens: Distant
  let undo: () => void = () => undefined
  let rooms = 0

  beforeAll(async () => {
    await town.serve('server', address, { DUET_TURN_PORT: '3478', DUET_TURN_ALLOW_PEERS: '198.18.0.0/15' })
    await town.serve('unrelayed', unrelayed, { DUET_TURN: 'off' })
    anns = await town.lab.addDistant('ann', '198.18.1.1')
    bens = await town.lab.addDistant('ben', '198.18.2.1')
  })
  afterEach(() => {
    undo()
    undo = () => undefined
    for (const { radio } of [anns, bens]) radio.mend()
  })

  /** Ann, who comes first, and Ben, who has Chromium. */
  async function call(browser: Browser = 'chromium'): Promise<[Guest, Guest]> {
    return meet(await (browser === 'firefox' ? town.fetchFirefox(anns.host, address) : town.fetch(anns.host, address)), await town.fetch(bens.host, address))
  }

  async function meet<A extends Guest, B extends Guest>(ann: A, ben: B): Promise<[A, B]> {
    const room = `path-${++rooms}`
    for (const each of [ann, ben]) await each.join(room)
    await expectCall(ann, ben)
    return [ann, ben]
  }

  test('a path that is gone for four seconds is nothing to be told of', async () => {
    const both = await call()
    const seen = await bothWitnessed(both, async () => {
      undo = blockUdp(anns.host)
      await pause(4_000)
      undo()
      undo = () => undefined
      await pause(3_000)
    })
    for (const testimony of seen) {
      // On a busy machine the way may have been gone for longer.
      if (!testimony.gaps.some(({ length }) => length > timers.pathShown)) expectUntold(testimony)
      expect(testimony.connections).toBe(0)
    }
    await expectCall(...both)
  })

  everyBrowser.for<[string, Browser]>([
    ['first', 'chromium'], ['second', 'chromium'], ['first', 'firefox'],
  ])('who came %s and has no radio for ten seconds is back on the connection that there was, where the first has %s', async ([which, browser]) => {
    const both = await call(browser)
    const { radio } = which === 'first' ? anns : bens
    const seen = await bothWitnessed(both, async () => {
      radio.cut()
      await pause(10_000)
      radio.mend()
      // Longer than it takes until a second restart may follow the first.
      await pause(10_000)
    })
    for (const testimony of seen) {
      expect(new Set(testimony.gaps.map(({ kind }) => kind))).toEqual(new Set(['audio', 'video']))
      expect(testimony.connections).toBe(0)
      expect(testimony.restarts).toBeLessThanOrEqual(1)
    }
    await expectCall(...both)
  })

  everyBrowser.for<Browser>(['chromium', 'firefox'])('one who changes from one network to another is seen again, in %s', async (browser) => {
    const mobile = await town.lab.addRadio(anns.host, 'mobile', 'mobile', '198.18.3.1')
    anns.host.ip('link set mobile down')
    const both = await call(browser)
    undo = () => {
      anns.host.ip('link set mobile down', 'address add 198.18.1.1/15 dev out', 'link set out up')
      void mobile.close()
    }
    anns.host.ip('address flush dev out', 'link set out down', 'link set mobile up')
    await expect.poll(async () => (await both[0].pair())?.local.address ?? '198.18.1.1').not.toBe('198.18.1.1')
    await expectCall(...both)
  })

  everyBrowser.for<Browser>(['chromium', 'firefox'])('where UDP is taken away, the call goes on by TCP or TLS, in %s', async (browser) => {
    const both = await call(browser)
    undo = blockUdp(anns.host)
    await expect.poll(async () => (await both[0].pair())?.local.relayProtocol).toMatch(/tcp|tls/)
    await expectCall(...both)
  })

  test('a connection that Chromium calls failed, though it looks for a way still, is restarted', async () => {
    const both = await meet(await town.fetch(anns.host, unrelayed), await town.fetch(bens.host, unrelayed))
    const [ann] = both
    await ann.tab.run(noteStates, null)
    for (const { radio } of [anns, bens]) radio.cut()
    await expect.poll(() => ann.tab.run(readStates, null)).toContain('failed disconnected')
    const before = await ann.tab.run(readUfrag, null)
    // Only the line comes back, so that nothing mends itself.
    undo = blockUdp(anns.host)
    for (const { radio } of [anns, bens]) radio.mend()
    await expect.poll(() => ann.tab.run(readUfrag, null)).not.toBe(before)
    undo()
    undo = () => undefined
    await expectCall(...both)
  })
})

function noteStates(): void {
  const page = window as unknown as { madeConnections: RTCPeerConnection[]; pathStates: string[] }
  page.pathStates = []
  for (const pc of page.madeConnections) {
    const note = (): void => void page.pathStates.push(`${pc.connectionState} ${pc.iceConnectionState}`)
    pc.addEventListener('connectionstatechange', note)
    pc.addEventListener('iceconnectionstatechange', note)
  }
}

const readUfrag = (): string | undefined =>
  /a=ice-ufrag:(.*)/.exec((window as unknown as { madeConnections: RTCPeerConnection[] }).madeConnections.at(-1)?.currentLocalDescription?.sdp ?? '')?.[1]

const readStates = (): string[] => (window as unknown as { pathStates: string[] }).pathStates
