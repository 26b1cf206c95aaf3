import { describe, expect } from 'vitest'
import type { ChromiumTab } from '../../browser/chromium.ts'
import type { BrowserUser } from '../../browser/browserUser.ts'
import { expectCall } from '../../browser/expectCall.ts'
import { BrowserFixture } from '../../browser/browserFixture.ts'
import { needs } from '../../needs.ts'

/** One side sends far more than an honest page does. The peer's page stays usable, and audio and video go on. */

const test = needs('chromium')
const fixture = new BrowserFixture()
type ChromiumUser = BrowserUser<ChromiumTab>

/** Runs before the page's own scripts: records the data channels that the page opens. */
const keepChannels = `
  window.channels = []
  const make = RTCPeerConnection.prototype.createDataChannel
  RTCPeerConnection.prototype.createDataChannel = function (...given) {
    const channel = make.apply(this, given)
    window.channels.push(channel)
    return channel
  }`

async function startCall(): Promise<[ann: ChromiumUser, eve: ChromiumUser]> {
  const room = fixture.newRoom()
  // Ann has a browser process of her own, because flooding costs Eve's process the most CPU.
  const [{ user: ann }, eve] = [await fixture.openIsolatedChromium(), await fixture.chromium({ script: keepChannels })]
  await ann.join(room)
  await eve.join(room)
  await expectCall(ann, eve)
  return [ann, eve]
}

/** Seconds of work on the page's main thread since it was opened. */
async function busySeconds({ tab }: ChromiumUser): Promise<number> {
  const session = await tab.page.context().newCDPSession(tab.page)
  await session.send('Performance.enable')
  const { metrics } = await session.send('Performance.getMetrics')
  await session.detach()
  return metrics.find(({ name }) => name === 'TaskDuration')?.value ?? NaN
}

/**
 * Sends valid heartbeats as fast as the channel accepts them, until it is closed or all are sent. Resolves with their
 * number.
 */
const flood = (count: number): Promise<number> =>
  new Promise((resolve) => {
    const { channels } = window as unknown as { channels: RTCDataChannel[] }
    const channel = channels.findLast(({ label }) => label === 'duet')!
    let seq = 1_000
    const send = (): void => {
      while (channel.readyState === 'open' && seq < 1_000 + count && channel.bufferedAmount < 500_000) {
        channel.send(
          JSON.stringify({
            type: 'heartbeat',
            seq: ++seq,
            media: { microphone: true, camera: seq % 2 === 0, screen: false },
          }),
        )
      }
      if (channel.readyState === 'open' && seq < 1_000 + count) setTimeout(send, 5)
      else if (channel.bufferedAmount === 0 || channel.readyState !== 'open') resolve(seq - 1_000)
      else setTimeout(send, 20)
    }
    send()
  })

describe('a peer that floods the data channel', () => {
  test('a flood costs the page under two seconds of main thread, shows a banner, and media continues', async () => {
    const [ann, eve] = await startCall()
    // Baseline: the main-thread time of the call alone.
    const [start, since] = [await busySeconds(ann), performance.now()]
    await ann.sampleRemoteVideo(60)
    const [quiet, quietSeconds] = [(await busySeconds(ann)) - start, (performance.now() - since) / 1_000]

    const before = await busySeconds(ann)
    const flooded = performance.now()
    await eve.tab.run(flood, 50_000)
    await ann.waitForText('They sent too much data')
    const [busy, seconds] = [(await busySeconds(ann)) - before, (performance.now() - flooded) / 1_000]
    // To read 50,000 heartbeats takes about 10 s of the main thread on an idle machine.
    expect(busy - (quiet / quietSeconds) * seconds).toBeLessThan(2)
    await ann.waitForText('Sound and video continue')
    await expectCall(ann, eve)
    await ann.tab.page.keyboard.press('d')
    await ann.waitForText(/channel\.flooded/)
  })

  test('a flood over additional channels has no more effect', async () => {
    const [ann, eve] = await startCall()
    const isClosed = await eve.tab.run(
      () =>
        new Promise<boolean>((resolve) => {
          const { recordedConnections } = window
          const channel = recordedConnections.at(-1)!.createDataChannel('mine', { negotiated: false })
          channel.onclose = () => resolve(true)
          setTimeout(resolve, 20_000, false)
        }),
      null,
    )
    expect(isClosed).toBe(true)
    await expectCall(ann, eve)
  })
})
