import { expect } from 'vitest'
import type { ChromiumOptions } from './chromium.ts'
import { deadlineMs } from '../deadline.ts'
import type { House } from './house.ts'
import { holdLine, type Line } from './line.ts'
import type { BrowserProcess } from './process.ts'
import type { Screen, Visitor } from './screens.ts'

/** Screens that a person comes to in one call, one after the other. */
export interface Story {
  /** What runs in the pages of the two before their own code. */
  scripts?: { ann?: string; ben?: string }
  scenes: Scene[]
}

export interface Scene extends Pick<Screen, 'name' | 'heading'> {
  /** From the one before. Returns another visitor where that one's screen is meant. */
  reach(actors: Actors): Promise<Visitor | void>
}

/** Ann is looked at; Ben comes when he is asked to, with a browser of his own. */
export interface Actors {
  house: House
  options: ChromiumOptions
  room: string
  ann: Visitor
  line: Line
  ben: Visitor
  computer: BrowserProcess
}

export async function begin({ scripts = {} }: Story, house: House, options: ChromiumOptions): Promise<Actors> {
  const room = house.newRoom()
  const ann = await house.chromium({ ...options, script: `${options.script ?? ''}\n${scripts.ann ?? ''}` })
  const line = await holdLine(ann)
  const { guest: ben, process: computer } = await house.owner({ script: scripts.ben })
  await ann.join(room)
  await ann.becomes({ visit: 'inside', room: 'created', call: 'offering' })
  return { house, options, room, ann, line, ben, computer }
}

/** Until it is known how good the way is, the words for it change. */
const measured = ({ tab }: Visitor): Promise<void> => tab.page.locator('[data-quality]:not([data-quality=unknown])').waitFor({ timeout: deadlineMs })

async function call({ room, ann, ben }: Actors): Promise<void> {
  await ben.join(room)
  await Promise.all([ann, ben].map((guest) => guest.becomes({ room: 'full', call: 'connected' })))
  await ann.pictures(2)
  await measured(ann)
}

const heading = /your call/i
const says = ({ tab }: Visitor, words: string): Promise<void> => tab.page.getByText(words).first().waitFor({ timeout: deadlineMs })
const hasSafety = ({ tab }: Visitor, code: string): Promise<void> => tab.page.locator(`[data-safety=${code}]`).waitFor()
const hasQuality = ({ tab }: Visitor, level: string): Promise<void> => tab.page.locator(`[data-quality=${level}]`).waitFor({ timeout: deadlineMs })

/** Before the other one comes. */
const alone: Scene[] = [
  { name: 'waiting', heading: /first one here/i, reach: async () => undefined },
  {
    name: 'elsewhere', heading: /elsewhere/i,
    reach: async ({ ann }) => {
      // A tab that was duplicated has its own copy of what the first one remembers.
      await ann.tab.run(() => void window.open(location.href), null)
      await ann.becomes({ visit: 'outside' })
    },
  },
]

/** From its beginning to its end. */
const whole: Scene[] = [
  { name: 'call', heading, reach: call },
  {
    name: 'refused', heading: /full/i,
    reach: async ({ house, options, room }) => {
      const eve = await house.chromium(options)
      await eve.join(room)
      await eve.becomes({ visit: 'outside' })
      return eve
    },
  },
  {
    name: 'devices', heading,
    reach: async ({ ann }) => {
      await ann.press('Devices')
      await ann.reads('Shortcuts')
    },
  },
  {
    name: 'safety', heading,
    reach: async ({ ann }) => {
      await ann.press('Safety code: Not compared yet')
      await ann.tab.page.getByRole('button', { name: 'They match', disabled: false }).waitFor()
    },
  },
  { name: 'safety-differs', heading, reach: ({ ann }) => ann.press('They differ').then(() => hasSafety(ann, 'differs')) },
  { name: 'safety-verified', heading, reach: ({ ann }) => ann.press('They match').then(() => hasSafety(ann, 'verified')) },
  { name: 'safety-verified-mark', heading, reach: ({ ann }) => ann.tab.page.keyboard.press('Escape') },
  {
    name: 'diagnostics', heading,
    reach: async ({ ann }) => {
      await ann.tab.page.keyboard.press('d')
      await ann.reads(/Through a relay|Direct/)
      await ann.reads('They')
    },
  },
  {
    name: 'call-camera-off', heading,
    reach: async ({ ann, ben }) => {
      await ann.press('Close the diagnostics')
      await ben.press('Camera off')
      await ben.press('Mute')
      await ann.reads('Their camera is off')
    },
  },
  {
    name: 'safety-changed', heading,
    reach: async ({ ann, ben }) => {
      await ben.tab.page.reload()
      await ann.reads('counts no more')
      await ben.becomes({ call: 'connected' })
      await expect.poll(() => ann.words()).not.toMatch(/[Rr]econnecting/)
      await measured(ann)
    },
  },
  {
    name: 'left', heading: /you left/i,
    reach: async ({ ann }) => {
      await ann.press('Hang up')
      await ann.becomes({ visit: 'outside' })
    },
  },
  {
    name: 'diagnostics-left', heading: /you left/i,
    reach: async ({ ann }) => {
      await ann.press('Diagnostics')
      await ann.reads('What happened')
    },
  },
]

/** Runs in a page that shows another nonce than the one that it is bound to. */
const liar = `RTCDataChannel.prototype.send = ((send) => function (text) {
  send.call(this, text.replace(/"nonce":"[^"]{43}"/, '"nonce":"' + 'A'.repeat(43) + '"'))
})(RTCDataChannel.prototype.send)`

/**
 * Reports that tell of losses both ways (`lossShare`, 0 to 1), made from those that the browser gives, and of nothing else that a busy
 * machine does to a call. As the browser gives them while there is no `lossShare`.
 */
const losing = `{
  const { getStats } = RTCPeerConnection.prototype
  const fine = { jitter: 0, totalFreezesDuration: 0, roundTripTime: 0.02, currentRoundTripTime: 0.02 }
  RTCPeerConnection.prototype.getStats = async function () {
    const report = await getStats.call(this)
    if (!window.lossShare) return report
    return new Map([...report].map(([id, stats]) => [id, {
      ...stats, ...Object.fromEntries(Object.entries(fine).filter(([name]) => name in stats)),
      ...(stats.type === 'inbound-rtp' && { packetsLost: stats.packetsReceived * lossShare }),
      ...(stats.type === 'remote-inbound-rtp' && { fractionLost: lossShare }),
    }]))
  }
}`

/** With somebody who may be in between; and whose computer goes without a word. */
const aborted: Scene[] = [
  { name: 'safety-aborted', heading, reach: (actors) => call(actors).then(() => actors.ann.reads('Somebody may be in between')) },
  {
    name: 'safety-aborted-panel', heading,
    reach: async ({ ann }) => {
      await ann.press('Close this notice')
      await ann.press('Safety code: Not certain')
    },
  },
  {
    name: 'peer-away', heading,
    reach: async ({ ann, computer }) => {
      await ann.tab.page.keyboard.press('Escape')
      // Neither the page nor the browser can say that it goes.
      computer.kill()
      await says(ann, 'The other side is reconnecting')
      // By then nothing comes any more, and nothing is measured.
      await hasQuality(ann, 'unknown')
    },
  },
]

const lose = ({ tab }: Visitor, share: number): Promise<void> => tab.run((lossShare) => void Object.assign(window, { lossShare }), share)

/** What a person sees when something does not work. */
const troubles: Scene[] = [
  {
    name: 'fair', heading,
    reach: async (actors) => {
      await call(actors)
      await lose(actors.ann, 0.0625)
      await hasQuality(actors.ann, 'fair')
      await actors.ann.tab.page.getByRole('button', { name: 'Fair connection' }).hover()
    },
  },
  { name: 'weak', heading, reach: ({ ann }) => lose(ann, 0.25).then(() => hasQuality(ann, 'poor')) },
  {
    name: 'server-away', heading,
    reach: async ({ ann, line }) => {
      await lose(ann, 0)
      line.cut()
      await says(ann, 'Your call goes on')
    },
  },
  {
    name: 'reconnecting', heading,
    reach: async ({ ann, line, computer }) => {
      line.mend()
      await ann.tab.page.getByText('Your call goes on').waitFor({ state: 'detached', timeout: deadlineMs })
      await ann.tab.page.clock.install()
      // It falls asleep: nothing comes from there any more, and nobody there knows.
      computer.stop()
      // Not “The other side is reconnecting”, which is what the server has to say of it, later.
      await ann.tab.page.getByText('Reconnecting…', { exact: true }).waitFor({ timeout: deadlineMs })
    },
  },
  {
    name: 'lost', heading: /connection was lost/i,
    reach: async ({ ann }) => {
      await ann.tab.page.clock.fastForward(90_000)
      await ann.becomes({ call: 'hangup' })
    },
  },
]

export const stories: Story[] = [
  { scenes: alone },
  { scenes: whole },
  { scenes: aborted, scripts: { ben: liar } },
  { scenes: troubles, scripts: { ann: losing } },
]
