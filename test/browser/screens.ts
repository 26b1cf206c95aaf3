import type { ChromiumOptions, ChromiumTab } from './chromium.ts'
import type { BrowserUser } from './browserUser.ts'
import type { BrowserFixture } from './browserFixture.ts'
import { deferPromptScript } from './permissionPrompt.ts'

export type ChromiumUser = BrowserUser<ChromiumTab>

/** Ann's page shows all screens that her computer can show. `options`: for the pages of other users. */
export interface ScreenContext {
  fixture: BrowserFixture
  options: ChromiumOptions
  ann: ChromiumUser
}

/** A screen that needs no peer, and the steps to open it. */
export interface Screen {
  name: string
  /** Text of its `<h1>`. */
  heading: RegExp
  /** Opens the screen and returns its user. */
  open(context: ScreenContext): Promise<ChromiumUser>
}

async function openLobby({ fixture, ann }: ScreenContext, says: string): Promise<ChromiumUser> {
  await ann.openLobby(fixture.newRoom())
  await ann.waitForText(says)
  return ann
}

/** Opens the lobby with a script that runs before the page's own. */
async function openLobbyWithScript(script: string, context: ScreenContext, says: string): Promise<ChromiumUser> {
  const added = await context.ann.tab.page.addInitScript({ content: script })
  try {
    return await openLobby(context, says)
  } finally {
    await added.dispose()
  }
}

/** `getUserMedia` rejects with this error name. devices.test.ts covers browsers that reject by themselves. */
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
    heading: /invalid room name/i,
    open: async ({ ann }) => {
      await ann.openPath('/r/%20')
      return ann
    },
  },
  { name: 'lobby', heading: /ready to join/i, open: (context) => openLobby(context, 'see and hear you') },
  {
    name: 'lobby-attention',
    heading: /ready to join/i,
    open: async (context) => {
      const user = await openLobby(context, 'Sounds and notifications')
      await user.tab.page.getByText('Sounds and notifications').click()
      await user.waitForText('Allow notifications')
      return user
    },
  },
  {
    name: 'lobby-asked',
    heading: /ready to join/i,
    open: (context) => openLobbyWithScript(deferPromptScript, context, 'Asking for your camera'),
  },
  {
    name: 'lobby-denied',
    heading: /ready to join/i,
    open: (context) =>
      openLobbyWithScript(deviceErrorScript('NotAllowedError'), context, 'Camera and microphone access is blocked'),
  },
  {
    name: 'lobby-no-devices',
    heading: /ready to join/i,
    open: (context) => openLobbyWithScript(deviceErrorScript('NotFoundError'), context, 'won’t see or hear you'),
  },
]
