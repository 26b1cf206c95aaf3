import type { ChromiumOptions, ChromiumTab } from './chromium.ts'
import type { Guest } from './guest.ts'
import type { House } from './house.ts'
import { unanswered } from './prompt.ts'

export type Visitor = Guest<ChromiumTab>

/** A screen that needs nobody else, and how a person gets there. */
export interface Screen {
  name: string
  /** What its `<h1>` says. */
  heading: RegExp
  reach(house: House, options: ChromiumOptions): Promise<Visitor>
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
]
