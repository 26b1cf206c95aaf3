import type { ChromiumOptions } from './chromium.ts'
import type { House } from './house.ts'
import type { BrowserProcess } from './process.ts'
import { call, type Screen, type Visitor } from './screens.ts'
import { deadlineMs } from '../deadline.ts'

/** What a person sees when something does not work, and how it comes to that. */

/** A call with one who has a browser of their own. */
async function meetOwner(house: House, ann: Visitor): Promise<BrowserProcess> {
  const [room, { guest: ben, process }] = [house.newRoom(), await house.owner()]
  await ann.join(room)
  await ben.join(room)
  await Promise.all([ann, ben].map((guest) => guest.becomes({ room: 'full', call: 'connected' })))
  await ann.pictures(2)
  return process
}

/** A call whose second visitor's computer falls asleep: nothing comes from there any more, and nobody there knows. */
async function asleep(house: House, ann: Visitor): Promise<void> {
  const process = await meetOwner(house, ann)
  process.stop()
  // Not “The other side is reconnecting”, which is what the server has to say of it, later.
  await ann.tab.page.getByText('Reconnecting…', { exact: true }).waitFor()
}

const says = ({ tab }: Visitor, words: string): Promise<void> => tab.page.getByText(words).first().waitFor({ timeout: deadlineMs })

/** A call whose first visitor reaches the server through hands that can keep everything for themselves. */
export async function callWithLine(house: House, options: ChromiumOptions): Promise<{ ann: Visitor; ben: Visitor; cut(): void; mend(): void }> {
  const room = house.newRoom()
  const ann = await house.chromium(options)
  const lines: { close(): Promise<void> }[] = []
  let isCut = false
  await ann.tab.page.routeWebSocket(/trpc/, (line) => {
    lines.push(line)
    if (!isCut) line.connectToServer()
  })
  await ann.join(room)
  const ben = await house.chromium()
  await ben.join(room)
  await Promise.all([ann, ben].map((guest) => guest.becomes({ room: 'full', call: 'connected' })))
  const hangUp = (): void => { for (const line of lines.splice(0)) void line.close() }
  return {
    ann, ben,
    cut() { isCut = true; hangUp() },
    mend() { isCut = false; hangUp() },
  }
}

/** Reports that tell of losses both ways, made from those that the browser gives, and of nothing else that a busy machine does to a call. */
const losing = `{
  const { getStats } = RTCPeerConnection.prototype
  const fine = { jitter: 0, totalFreezesDuration: 0, roundTripTime: 0.02, currentRoundTripTime: 0.02 }
  RTCPeerConnection.prototype.getStats = async function () {
    return new Map([...await getStats.call(this)].map(([id, stats]) => [id, {
      ...stats, ...Object.fromEntries(Object.entries(fine).filter(([name]) => name in stats)),
      ...(stats.type === 'inbound-rtp' && { packetsLost: stats.packetsReceived * 0.25 / LESS }),
      ...(stats.type === 'remote-inbound-rtp' && { fractionLost: 0.25 / LESS }),
    }]))
  }
}`

async function weakCall(house: House, options: ChromiumOptions, less: number, level: string): Promise<Visitor> {
  const [ann] = await call(house, { ...options, script: `${options.script ?? ''}\n${losing.replaceAll('LESS', String(less))}` })
  await ann.tab.page.locator(`[data-quality=${level}]`).waitFor({ timeout: deadlineMs })
  return ann
}

export const troubles: Screen[] = [
  { name: 'weak', heading: /your call/i, reach: (house, options) => weakCall(house, options, 1, 'poor') },
  {
    name: 'fair', heading: /your call/i,
    reach: async (house, options) => {
      const ann = await weakCall(house, options, 4, 'fair')
      await ann.tab.page.getByRole('button', { name: 'Fair connection' }).hover()
      return ann
    },
  },
  {
    name: 'reconnecting', heading: /your call/i,
    reach: async (house, options) => {
      const ann = await house.chromium(options)
      await asleep(house, ann)
      return ann
    },
  },
  {
    name: 'peer-away', heading: /your call/i,
    reach: async (house, options) => {
      const ann = await house.chromium(options)
      const process = await meetOwner(house, ann)
      // Without a word: neither the page nor the browser can say that it goes.
      process.kill()
      await says(ann, 'The other side is reconnecting')
      // By then nothing comes any more, and nothing is measured.
      await ann.tab.page.locator('[data-quality=unknown]').waitFor()
      return ann
    },
  },
  {
    name: 'server-away', heading: /your call/i,
    reach: async (house, options) => {
      const { ann, cut } = await callWithLine(house, options)
      cut()
      await says(ann, 'Your call goes on')
      return ann
    },
  },
  {
    name: 'lost', heading: /connection was lost/i,
    reach: async (house, options) => {
      const ann = await house.chromium(options)
      await ann.tab.page.clock.install()
      await asleep(house, ann)
      await ann.tab.page.clock.fastForward(90_000)
      await ann.becomes({ call: 'hangup' })
      return ann
    },
  },
]
