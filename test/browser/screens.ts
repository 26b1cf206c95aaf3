import type { ChromiumOptions, ChromiumTab } from './chromium.ts'
import type { Guest } from './guest.ts'
import type { House } from './house.ts'
import { unanswered } from './prompt.ts'

export type Visitor = Guest<ChromiumTab>

/** Ann's page serves all screens that her computer can show. `options`: for the pages of others. */
export interface Stage { house: House; options: ChromiumOptions; ann: Visitor }

/** A screen that needs nobody else, and how a person gets there. */
export interface Screen {
  name: string
  /** What its `<h1>` says. */
  heading: RegExp
  /** Returns the person whose screen is meant. */
  reach(stage: Stage): Promise<Visitor>
}

async function lobby({ house, ann }: Stage, says: string): Promise<Visitor> {
  await ann.arrive(house.newRoom())
  await ann.reads(says)
  return ann
}

/** The lobby in a page where this script runs before the page's own. */
async function lobbyWith(script: string, stage: Stage, says: string): Promise<Visitor> {
  const added = await stage.ann.tab.page.addInitScript({ content: script })
  try {
    return await lobby(stage, says)
  } finally {
    await added.dispose()
  }
}

/** The browser gives no device, for a reason that is the name of the error. devices.test.ts has browsers that do so themselves. */
const withoutDevices = (reason: 'NotAllowedError' | 'NotFoundError'): string => `{
  MediaDevices.prototype.getUserMedia = async () => { throw new DOMException('', '${reason}') }
  if ('${reason}' === 'NotFoundError') MediaDevices.prototype.enumerateDevices = async () => []
}`

export const screens: Screen[] = [
  {
    name: 'start', heading: /call for two/i,
    reach: async ({ ann }) => {
      await ann.visit('/')
      return ann
    },
  },
  {
    name: 'check', heading: /connection/i,
    reach: async ({ ann }) => {
      await ann.visit('/check')
      await ann.tab.page.locator('main[data-check=done]').waitFor()
      return ann
    },
  },
  {
    name: 'misnamed', heading: /name of a room/i,
    reach: async ({ ann }) => {
      await ann.visit('/r/%20')
      return ann
    },
  },
  { name: 'lobby', heading: /ready to join/i, reach: (stage) => lobby(stage, 'see and hear you') },
  {
    name: 'lobby-asked', heading: /ready to join/i,
    reach: (stage) => lobbyWith(unanswered, stage, 'Asking for your camera'),
  },
  {
    name: 'lobby-denied', heading: /ready to join/i,
    reach: (stage) => lobbyWith(withoutDevices('NotAllowedError'), stage, 'The camera is not allowed'),
  },
  {
    name: 'lobby-no-devices', heading: /ready to join/i,
    reach: (stage) => lobbyWith(withoutDevices('NotFoundError'), stage, 'get nothing from you'),
  },
]
