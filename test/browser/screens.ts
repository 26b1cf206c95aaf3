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

/** Until it is known how good the way is, the words for it change. */
export const measured = ({ tab }: Visitor): Promise<void> => tab.page.locator('[data-quality]:not([data-quality=unknown])').waitFor()

/** Two in a call, the first of whom is looked at. */
export async function call(house: House, options: ChromiumOptions, room = house.newRoom(), others: ChromiumOptions = {}): Promise<[Visitor, Visitor]> {
  const [ann, ben] = [await house.chromium(options), await house.chromium(others)]
  await ann.join(room)
  await ben.join(room)
  await Promise.all([ann, ben].map((guest) => guest.becomes({ room: 'full', call: 'connected' })))
  await ann.pictures(2)
  await measured(ann)
  return [ann, ben]
}

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
