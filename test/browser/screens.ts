import { expect } from 'vitest'
import type { ChromiumOptions, ChromiumTab } from './chromium.ts'
import type { Guest } from './guest.ts'
import type { House } from './house.ts'
import { unanswered } from './prompt.ts'

export type Visitor = Guest<ChromiumTab>

/** Every screen that there is, and how a person gets there. */
export interface Screen {
  name: string
  /** What its `<h1>` says. */
  heading: RegExp
  reach(house: House, options: ChromiumOptions): Promise<Visitor>
}

/** Two in a call, the first of whom is looked at. */
export async function call(house: House, options: ChromiumOptions, room = house.newRoom(), others: ChromiumOptions = {}): Promise<[Visitor, Visitor]> {
  const [ann, ben] = [await house.chromium(options), await house.chromium(others)]
  await ann.join(room)
  await ben.join(room)
  await Promise.all([ann, ben].map((guest) => guest.becomes({ room: 'full', call: 'connected' })))
  await ann.pictures(2)
  // Until it is known how good the way is, the words for it change.
  await ann.tab.page.locator('[data-quality]:not([data-quality=unknown])').waitFor()
  return [ann, ben]
}

/** The first one has compared the code. */
async function compare(house: House, options: ChromiumOptions, answer: 'They match' | 'They differ'): Promise<[Visitor, Visitor]> {
  const [ann, ben] = await call(house, options)
  await ann.press('Safety code: Not compared yet')
  await ann.press(answer)
  return [ann, ben]
}

const judged = (name: string, answer: 'They match' | 'They differ', says: string, isClosed = false): Screen => ({
  name, heading: /your call/i,
  reach: async (house, options) => {
    const [ann] = await compare(house, options, answer)
    if (isClosed) await ann.tab.page.keyboard.press('Escape')
    await ann.tab.page.locator(`[data-safety=${says}]`).waitFor()
    return ann
  },
})

/** Runs in a page that shows another nonce than the one that it is bound to. */
const liar = `RTCDataChannel.prototype.send = ((send) => function (text) {
  send.call(this, text.replace(/"nonce":"[^"]{43}"/, '"nonce":"' + 'A'.repeat(43) + '"'))
})(RTCDataChannel.prototype.send)`

async function lobby(house: House, options: ChromiumOptions, says: string): Promise<Visitor> {
  const ann = await house.chromium(options)
  await ann.arrive(house.newRoom())
  await ann.reads(says)
  return ann
}

export const screens: Screen[] = [
  {
    name: 'start', heading: /call for two/i,
    reach: async (house, options) => {
      const ann = await house.chromium(options)
      await ann.visit('/')
      return ann
    },
  },
  {
    name: 'check', heading: /connection/i,
    reach: async (house, options) => {
      const ann = await house.chromium(options)
      await ann.visit('/check')
      await ann.tab.page.locator('main[data-check=done]').waitFor()
      return ann
    },
  },
  {
    name: 'misnamed', heading: /name of a room/i,
    reach: async (house, options) => {
      const ann = await house.chromium(options)
      await ann.visit('/r/%20')
      return ann
    },
  },
  { name: 'lobby', heading: /ready to join/i, reach: (house, options) => lobby(house, options, 'see and hear you') },
  {
    name: 'lobby-asked', heading: /ready to join/i,
    reach: (house, options) => lobby(house, { ...options, script: `${options.script ?? ''}\n${unanswered}` }, 'Asking for your camera'),
  },
  {
    name: 'lobby-denied', heading: /ready to join/i,
    reach: (house, options) => lobby(house, { ...options, devices: 'asked', context: { ...options.context, permissions: [] } }, 'get nothing from you'),
  },
  { name: 'lobby-no-devices', heading: /ready to join/i, reach: (house, options) => lobby(house, { ...options, devices: 'none' }, 'get nothing from you') },
  {
    name: 'waiting', heading: /first one here/i,
    reach: async (house, options) => {
      const ann = await house.chromium(options)
      await ann.join(house.newRoom())
      await ann.becomes({ visit: 'inside', room: 'created', call: 'offering' })
      return ann
    },
  },
  { name: 'call', heading: /your call/i, reach: async (house, options) => (await call(house, options))[0] },
  {
    name: 'devices', heading: /your call/i,
    reach: async (house, options) => {
      const [ann] = await call(house, options)
      await ann.press('Devices')
      await ann.reads('Shortcuts')
      return ann
    },
  },
  {
    name: 'safety', heading: /your call/i,
    reach: async (house, options) => {
      const [ann] = await call(house, options)
      await ann.press('Safety code: Not compared yet')
      await ann.tab.page.getByRole('button', { name: 'They match', disabled: false }).waitFor()
      return ann
    },
  },
  judged('safety-verified', 'They match', 'verified'),
  judged('safety-verified-mark', 'They match', 'verified', true),
  judged('safety-differs', 'They differ', 'differs'),
  {
    name: 'safety-changed', heading: /your call/i,
    reach: async (house, options) => {
      const [ann, ben] = await compare(house, options, 'They match')
      await ann.tab.page.keyboard.press('Escape')
      await ben.tab.page.reload()
      await ann.reads('counts no more')
      await ben.becomes({ call: 'connected' })
      await expect.poll(() => ann.words(), { timeout: 10_000 }).not.toMatch(/[Rr]econnecting/)
      return ann
    },
  },
  {
    name: 'safety-aborted', heading: /your call/i,
    reach: async (house, options) => {
      const [ann] = await call(house, options, house.newRoom(), { script: liar })
      await ann.reads('Somebody may be in between')
      return ann
    },
  },
  {
    name: 'safety-aborted-panel', heading: /your call/i,
    reach: async (house, options) => {
      const [ann] = await call(house, options, house.newRoom(), { script: liar })
      await ann.press('Close this notice')
      await ann.press('Safety code: Not certain')
      return ann
    },
  },
  {
    name: 'diagnostics', heading: /your call/i,
    reach: async (house, options) => {
      const [ann] = await call(house, options)
      await ann.tab.page.keyboard.press('d')
      await ann.reads(/Through a relay|Direct/)
      await ann.reads('They')
      return ann
    },
  },
  {
    name: 'diagnostics-left', heading: /you left/i,
    reach: async (house, options) => {
      const [ann] = await call(house, options)
      await ann.press('Hang up')
      await ann.press('Diagnostics')
      await ann.reads('What happened')
      return ann
    },
  },
  {
    name: 'call-camera-off', heading: /your call/i,
    reach: async (house, options) => {
      const [ann, ben] = await call(house, options)
      await ben.press('Camera off')
      await ben.press('Mute')
      await ann.reads('Their camera is off')
      return ann
    },
  },
  {
    name: 'refused', heading: /full/i,
    reach: async (house, options) => {
      const room = house.newRoom()
      await call(house, {}, room)
      const eve = await house.chromium(options)
      await eve.join(room)
      await eve.becomes({ visit: 'outside' })
      return eve
    },
  },
  {
    name: 'left', heading: /you left/i,
    reach: async (house, options) => {
      const [ann] = await call(house, options)
      await ann.press('Hang up')
      await ann.becomes({ visit: 'outside' })
      return ann
    },
  },
  {
    name: 'elsewhere', heading: /elsewhere/i,
    reach: async (house, options) => {
      const ann = await house.chromium(options)
      await ann.join(house.newRoom())
      await ann.becomes({ visit: 'inside' })
      // A tab that was duplicated has its own copy of what the first one remembers.
      await ann.tab.run(() => void window.open(location.href), null)
      await ann.becomes({ visit: 'outside' })
      return ann
    },
  },
]
