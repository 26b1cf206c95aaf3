import type { ChromiumOptions, ChromiumTab } from './chromium.ts'
import type { BrowserUser } from './browserUser.ts'
import type { BrowserFixture } from './browserFixture.ts'
import { deferPromptScript } from './permissionPrompt.ts'

export type ChromiumUser = BrowserUser<ChromiumTab>

/** Ann's page serves all screens that her computer can show. `options`: for the pages of others. */
export interface ScreenContext {
  fixture: BrowserFixture
  options: ChromiumOptions
  ann: ChromiumUser
}

/** A screen that needs nobody else, and how a person gets there. */
export interface Screen {
  name: string
  /** What its `<h1>` says. */
  heading: RegExp
  /** Returns the person whose screen is meant. */
  open(context: ScreenContext): Promise<ChromiumUser>
}

async function openLobby({ fixture, ann }: ScreenContext, says: string): Promise<ChromiumUser> {
  await ann.openLobby(fixture.newRoom())
  await ann.waitForText(says)
  return ann
}

/** The lobby in a page where this script runs before the page's own. */
async function openLobbyWithScript(script: string, context: ScreenContext, says: string): Promise<ChromiumUser> {
  const added = await context.ann.tab.page.addInitScript({ content: script })
  try {
    return await openLobby(context, says)
  } finally {
    await added.dispose()
  }
}

/** The browser gives no device, for a reason that is the name of the error. devices.test.ts has browsers that do so themselves. */
const deviceErrorScript = (reason: 'NotAllowedError' | 'NotFoundError'): string => `{
  MediaDevices.prototype.getUserMedia = async () => { throw new DOMException('', '${reason}') }
  if ('${reason}' === 'NotFoundError') MediaDevices.prototype.enumerateDevices = async () => []
}`

export const screens: Screen[] = [
  {
    name: 'start',
    heading: /call for two/i,
    open: async ({ ann }) => {
      await ann.openPath('/')
      return ann
    },
  },
  {
    name: 'check',
    heading: /connection/i,
    open: async ({ ann }) => {
      await ann.openPath('/check')
      await ann.tab.page.locator('main[data-check=done]').waitFor()
      return ann
    },
  },
  {
    name: 'misnamed',
    heading: /name of a room/i,
    open: async ({ ann }) => {
      await ann.openPath('/r/%20')
      return ann
    },
  },
  { name: 'lobby', heading: /ready to join/i, open: (context) => openLobby(context, 'see and hear you') },
  {
    name: 'lobby-asked',
    heading: /ready to join/i,
    open: (context) => openLobbyWithScript(deferPromptScript, context, 'Asking for your camera'),
  },
  {
    name: 'lobby-denied',
    heading: /ready to join/i,
    open: (context) => openLobbyWithScript(deviceErrorScript('NotAllowedError'), context, 'The camera is not allowed'),
  },
  {
    name: 'lobby-no-devices',
    heading: /ready to join/i,
    open: (context) => openLobbyWithScript(deviceErrorScript('NotFoundError'), context, 'get nothing from you'),
  },
]
