import { afterEach, beforeAll, expect } from 'vitest'
import type { BrowserUser } from '../../browser/browserUser.ts'
import { expectCall } from '../../browser/expectCall.ts'
import { deadlineMs } from '../../deadline.ts'
import { giveFiles, readProgress, readTransfers, slowReads } from '../../browser/fileScripts.ts'
import { NarrowUplink } from '../../nat/narrowUplink.ts'
import type { EmulatedHost } from '../../nat/netLab.ts'
import { NetLabFixture } from '../../nat/netLabFixture.ts'
import { needs } from '../../needs.ts'
import { blockUdp } from '../blockUdp.ts'
import { isSignalingLossError } from '../pageObserver.ts'

const test = needs('root', 'iproute2', 'nftables', 'perl', 'tun', 'chromium', 'firefox', 'certutil', 'openssl')

const address = '198.18.0.2'
const room = 'files'
const size = 50_000_000
/** A part that is stored survives a reload of the receiver. Chunks behind it may be lost. */
const storedBytes = 5_000_000
/** Of an uplink at home. It keeps Ben's file unfinished until the faults are over. */
const home = { bitsPerSecond: 8_000_000, queueMs: 200 }
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

/** Offers a file in the open chat of the sender. The receiver saves it. */
async function startTransfer(sender: BrowserUser, receiver: BrowserUser, name: string): Promise<void> {
  await sender.waitForText('Send files')
  await sender.tab.run(giveFiles, { files: [{ name, size }], how: 'select' })
  await expect.poll(() => receiver.tab.run(readTransfers, null)).toContain(`receiver offered ${name}`)
  await receiver.press('Save')
}

/** Waits until the receiver has `bytes` of the file. A busy machine may take long, but it makes progress. */
async function expectReceived(receiver: BrowserUser, name: string, bytes: number): Promise<void> {
  const read = () => receiver.tab.run(readProgress, name)
  for (let received = await read(); received < bytes; received = await read())
    await expect.poll(read).toBeGreaterThan(received)
}

/** Waits until the receiver has `bytes` more than now, or the whole file. */
async function expectProgress(receiver: BrowserUser, name: string, bytes: number): Promise<void> {
  const before = Math.max(0, await receiver.tab.run(readProgress, name))
  await expectReceived(receiver, name, Math.min(before + bytes, size))
}

/** The receiver has stored a part, and its page continues with it after a reload. */
async function reload(receiver: BrowserUser, name: string): Promise<void> {
  await expectReceived(receiver, name, storedBytes)
  await receiver.openPath(`/r/${room}`)
  await receiver.waitForStates({ membership: 'joined', call: 'connected' })
  await receiver.press('Chat')
  await expectReceived(receiver, name, 4_000_000)
}

async function expectStored(sender: BrowserUser, receiver: BrowserUser, name: string): Promise<void> {
  await expectReceived(receiver, name, size)
  await expect.poll(() => sender.tab.run(readTransfers, null)).toContain(`sender stored ${name}`)
  await expect.poll(() => receiver.tab.run(readTransfers, null)).toContain(`receiver stored ${name}`)
}

test(
  '50 MB each way survive a cut of 10 s, another path and a reload of the receiver',
  async () => {
    const [ann, ben] = [await fixture.openFirefox(anns.host, address), await fixture.openChromium(bens.host, address)]
    const [fromAnn, fromBen] = ['firefox.bin', 'chromium.bin']
    const uplink = new NarrowUplink(bens.host, 'out', home)
    for (const each of [ann, ben]) await each.join(room)
    await expectCall(ann, ben)
    for (const each of [ann, ben]) await each.press('Chat')

    // A reload ends the files that its page sends. So Ann reloads before she sends, and Ben after his file has arrived.
    await startTransfer(ben, ann, fromBen)
    await reload(ann, fromBen)
    await ann.tab.run(slowReads, 250)
    await startTransfer(ann, ben, fromAnn)
    await expectProgress(ben, fromAnn, 200_000)

    anns.link.cut()
    await pause(10_000)
    anns.link.restore()
    await Promise.all([expectProgress(ben, fromAnn, 200_000), expectProgress(ann, fromBen, 1_000_000)])

    undo = blockUdp(anns.host)
    await expect.poll(async () => (await ann.readCandidatePair())?.local.relayProtocol).toMatch(/tcp|tls/)
    await Promise.all([expectProgress(ben, fromAnn, 200_000), expectProgress(ann, fromBen, 1_000_000)])
    uplink.widen()
    await expectStored(ben, ann, fromBen)

    undo()
    undo = () => undefined
    await ann.tab.run(slowReads, 0)
    await reload(ben, fromAnn)
    await expectStored(ann, ben, fromAnn)
  },
  20 * deadlineMs,
)
