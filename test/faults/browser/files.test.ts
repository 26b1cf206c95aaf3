import { afterEach, beforeAll, expect } from 'vitest'
import type { BrowserUser } from '../../browser/browserUser.ts'
import { expectCall } from '../../browser/expectCall.ts'
import { giveFiles, readProgress, readTransfers } from '../../browser/fileScripts.ts'
import type { EmulatedHost } from '../../nat/netLab.ts'
import { NetLabFixture } from '../../nat/netLabFixture.ts'
import { needs } from '../../needs.ts'
import { blockUdp } from '../blockUdp.ts'
import { isSignalingLossError } from '../pageObserver.ts'

const test = needs('root', 'iproute2', 'nftables', 'perl', 'tun', 'chromium', 'firefox', 'certutil', 'openssl')

const address = '198.18.0.2'
const name = 'film.bin'
const size = 50_000_000
const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds))

const fixture = new NetLabFixture(isSignalingLossError)
let anns: EmulatedHost
let bens: EmulatedHost
let undo: () => void = () => undefined

beforeAll(async () => {
  await fixture.startProduct('server', address, { DUET_TURN_PORT: '3478', DUET_TURN_ALLOW_PEERS: '198.18.0.0/15' })
  anns = await fixture.lab.addEmulatedHost('ann', '198.18.1.1')
  bens = await fixture.lab.addEmulatedHost('ben', '198.18.2.1')
})
afterEach(() => {
  undo()
  for (const { link } of [anns, bens]) link.restore()
})

/** Waits until the receiver has `bytes` more than now. */
async function expectProgress(user: BrowserUser, bytes: number): Promise<void> {
  const before = Math.max(0, await user.tab.run(readProgress, name))
  await expect.poll(() => user.tab.run(readProgress, name)).toBeGreaterThan(before + bytes)
}

test('a file of 50 MB arrives whole over a cut, a reload of the receiver and another path', async () => {
  const [ann, ben] = [await fixture.openFirefox(anns.host, address), await fixture.openChromium(bens.host, address)]
  for (const each of [ann, ben]) await each.join('files')
  await expectCall(ann, ben)
  await ann.press('Chat')
  await ann.waitForText('Send files')
  await ann.tab.run(giveFiles, { files: [{ name, size }], how: 'select' })
  await expect.poll(() => ben.tab.run(readTransfers, null)).toContain(`receiver offered ${name}`)
  await ben.press('Save')
  await expectProgress(ben, 4_000_000)

  anns.link.cut()
  await pause(10_000)
  anns.link.restore()
  await expectProgress(ben, 4_000_000)

  await ben.openPath('/r/files')
  await ben.waitForStates({ membership: 'joined', call: 'connected' })
  await ben.press('Chat')
  // The first part was stored.
  await expect.poll(() => ben.tab.run(readProgress, name)).toBeGreaterThan(4_000_000)

  undo = blockUdp(anns.host)
  await expect.poll(async () => (await ann.readCandidatePair())?.local.relayProtocol).toMatch(/tcp|tls/)
  await expect.poll(() => ann.tab.run(readTransfers, null)).toContain(`sender stored ${name}`)
  await expect.poll(() => ben.tab.run(readTransfers, null)).toContain(`receiver stored ${name}`)
})
