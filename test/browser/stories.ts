import { expect } from 'vitest'
import { deadlineMs } from '../deadline.ts'
import type { Line } from './line.ts'
import type { BrowserProcess } from './process.ts'
import type { Screen, Stage, Visitor } from './screens.ts'

/** Screens that a person comes to in one call, one after the other. */
export interface Story {
  /** Runs in Ben's page before its own code. */
  benScript?: string
  /** Ben's browser is his own: the story stops or kills it. */
  hasOwnComputer?: boolean
  scenes: Scene[]
}

export interface Scene extends Pick<Screen, 'name' | 'heading'> {
  /** From the one before. Returns another visitor where that one's screen is meant. */
  reach(actors: Actors): Promise<Visitor | void>
}

/** Ann is looked at; Ben comes with `call`. */
export interface Actors extends Stage {
  story: Story
  room: string
  line: Line
  ben?: Visitor
  computer?: BrowserProcess
}

export async function begin(story: Story, stage: Stage & { line: Line }): Promise<Actors> {
  const [room, { ann }] = [stage.house.newRoom(), stage]
  for (const page of ann.tab.page.context().pages()) if (page !== ann.tab.page) await page.close()
  await ann.join(room)
  await ann.becomes({ visit: 'inside', room: 'created', call: 'offering' })
  return { ...stage, story, room }
}

/** Until it is known how good the way is, the words for it change. */
const measured = ({ tab }: Visitor): Promise<void> => tab.page.locator('[data-quality]:not([data-quality=unknown])').waitFor({ timeout: deadlineMs })

async function call(actors: Actors): Promise<void> {
  const { story: { benScript: script, hasOwnComputer }, house, room, ann } = actors
  if (hasOwnComputer) ({ guest: actors.ben, process: actors.computer } = await house.owner({ script }))
  else actors.ben = await house.chromium({ script })
  const { ben } = actors
  await ben.join(room)
  await Promise.all([ann, ben].map((guest) => guest.becomes({ room: 'full', call: 'connected' })))
  await ann.pictures(2)
  await measured(ann)
}

const heading = /your call/i
const says = ({ tab }: Visitor, words: string): Promise<void> => tab.page.getByText(words).first().waitFor({ timeout: deadlineMs })
const hasSafety = ({ tab }: Visitor, code: string): Promise<void> => tab.page.locator(`[data-safety=${code}]`).waitFor()
const hasQuality = ({ tab }: Visitor, level: string): Promise<void> => tab.page.locator(`[data-quality=${level}]`).waitFor({ timeout: deadlineMs })

/**
 * Runs in Ann's page: getStats() reports a fine path with these losses (`lossShare`, 0 to 1), however busy the machine is.
 * Without it the name of the quality button may change during a look.
 */
export const reporting = `{
  window.lossShare = 0
  const { getStats } = RTCPeerConnection.prototype
  const fine = {
    jitter: 0, totalFreezesDuration: 0, roundTripTime: 0.02, currentRoundTripTime: 0.02, qualityLimitationReason: 'none',
  }
  RTCPeerConnection.prototype.getStats = async function () {
    return new Map([...await getStats.call(this)].map(([id, stats]) => [id, {
      ...stats, ...Object.fromEntries(Object.entries(fine).filter(([name]) => name in stats)),
      ...(stats.type === 'inbound-rtp' && { packetsLost: stats.packetsReceived * lossShare }),
      ...(stats.type === 'remote-inbound-rtp' && { fractionLost: lossShare }),
    }]))
  }
}`

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
      await ben!.press('Camera off')
      await ben!.press('Mute')
      await ann.reads('Their camera is off')
    },
  },
  {
    name: 'safety-changed', heading,
    reach: async ({ ann, ben }) => {
      await ben!.tab.page.reload()
      await ann.reads('counts no more')
      await ben!.becomes({ call: 'connected' })
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
      computer!.kill()
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
    name: 'server-away', heading,
    reach: async (actors) => {
      await call(actors)
      actors.line.cut()
      await says(actors.ann, 'Your call goes on')
    },
  },
  {
    name: 'fair', heading,
    reach: async ({ ann, line }) => {
      line.mend()
      await lose(ann, 0.0625)
      await ann.tab.page.getByText('Your call goes on').waitFor({ state: 'detached', timeout: deadlineMs })
      await hasQuality(ann, 'fair')
      await ann.tab.page.getByRole('button', { name: 'Fair connection' }).hover()
    },
  },
  { name: 'weak', heading, reach: ({ ann }) => lose(ann, 0.25).then(() => hasQuality(ann, 'poor')) },
  {
    name: 'reconnecting', heading,
    reach: async ({ ann, computer }) => {
      // It stays installed in Ann's page: no story comes after this one.
      await ann.tab.page.clock.install()
      // It falls asleep: nothing comes from there any more, and nobody there knows.
      computer!.stop()
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
  { scenes: aborted, benScript: liar, hasOwnComputer: true },
  { scenes: troubles, hasOwnComputer: true },
]
