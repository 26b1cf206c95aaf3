import { describe, expect } from 'vitest'
import type { ChromiumTab } from '../../browser/chromium.ts'
import { expectCall, type Guest } from '../../browser/guest.ts'
import { House } from '../../browser/house.ts'
import { needs } from '../../needs.ts'

/** One of the two sends far more than an honest page does: the other's page stays usable, and sound and pictures go on. */

const test = needs('chromium')
const house = new House()
type Visitor = Guest<ChromiumTab>

/** Runs before the page's own scripts: keeps the data channels that the page opens. */
const keepChannels = `
  window.channels = []
  const make = RTCPeerConnection.prototype.createDataChannel
  RTCPeerConnection.prototype.createDataChannel = function (...given) {
    const channel = make.apply(this, given)
    window.channels.push(channel)
    return channel
  }`

async function startCall(): Promise<[ann: Visitor, eve: Visitor]> {
  const room = house.newRoom()
  // Each has a browser process of its own: what floods costs the flooder most.
  const [{ guest: ann }, eve] = [await house.owner(), await house.chromium({ script: keepChannels })]
  await ann.join(room)
  await eve.join(room)
  await expectCall(ann, eve)
  return [ann, eve]
}

/** Seconds in which the page's main thread was at work, since it was opened. */
async function busySeconds({ tab }: Visitor): Promise<number> {
  const session = await tab.page.context().newCDPSession(tab.page)
  await session.send('Performance.enable')
  const { metrics } = await session.send('Performance.getMetrics')
  await session.detach()
  return metrics.find(({ name }) => name === 'TaskDuration')?.value ?? NaN
}

/** Sends valid beats as fast as the channel takes them, until it is closed or all are sent. Resolves with how many were. */
const flood = (count: number): Promise<number> => new Promise((resolve) => {
  const channel = (window as unknown as { channels: RTCDataChannel[] }).channels.at(-1)!
  let n = 1_000
  const send = (): void => {
    while (channel.readyState === 'open' && n < 1_000 + count && channel.bufferedAmount < 500_000) {
      channel.send(JSON.stringify({ type: 'beat', n: ++n, media: { microphone: true, camera: n % 2 === 0, screen: false } }))
    }
    if (channel.readyState === 'open' && n < 1_000 + count) setTimeout(send, 5)
    else if (channel.bufferedAmount === 0 || channel.readyState !== 'open') resolve(n - 1_000)
    else setTimeout(send, 20)
  }
  send()
})

describe('a side that floods the data channel', () => {
  test('costs the other page less than two seconds of its main thread, is named in a banner, and sound and pictures go on', async () => {
    const [ann, eve] = await startCall()
    // What a call costs this page by itself, as a witness.
    const [start, since] = [await busySeconds(ann), performance.now()]
    await ann.pictures(60)
    const [quiet, quietSeconds] = [await busySeconds(ann) - start, (performance.now() - since) / 1_000]

    const before = await busySeconds(ann)
    const flooded = performance.now()
    await eve.tab.run(flood, 50_000)
    await ann.reads('The other side sent too much data')
    const [busy, seconds] = [await busySeconds(ann) - before, (performance.now() - flooded) / 1_000]
    // 50,000 beats that are read take some 10 s of the main thread on a machine at rest.
    expect(busy - (quiet / quietSeconds) * seconds).toBeLessThan(2)
    expect(await ann.words()).toContain('Sound and video go on')
    await expectCall(ann, eve)
    await ann.tab.page.keyboard.press('d')
    await ann.reads(/channel\.flooded/)
  })

  test('gets no further with channels of its own', async () => {
    const [ann, eve] = await startCall()
    const isClosed = await eve.tab.run(() => new Promise<boolean>((resolve) => {
      const { madeConnections } = window as unknown as { madeConnections: RTCPeerConnection[] }
      const channel = madeConnections.at(-1)!.createDataChannel('mine', { negotiated: false })
      channel.onclose = () => resolve(true)
      setTimeout(resolve, 20_000, false)
    }), null)
    expect(isClosed).toBe(true)
    await expectCall(ann, eve)
  })
})
