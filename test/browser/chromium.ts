import { existsSync } from 'node:fs'
import { chromium, type Browser, type BrowserContext, type BrowserContextOptions, type Page } from 'playwright-core'
import { deadlineMs } from '../deadline.ts'
import { type BrowserPlace, createCommand } from './browserPlace.ts'
import { SmallCamera } from './smallCamera.ts'
import { recordConnections, type Tab } from './tab.ts'

/**
 * Features that these tests do not use (Chromium 156). The pages behind the address bar cost each window most of a
 * CPU-second. A spare renderer costs CPU for a page that a test may never open. The others are from Playwright's list,
 * which this list replaces.
 */
const disabledFeatures = [
  'WebUIOmniboxPopup',
  'WebUIOmniboxAimPopup',
  'SpareRendererForSitePerProcess',
  'AvoidUnnecessaryBeforeUnloadCheckSync',
  'DestroyProfileOnBrowserClose',
  'HttpsFirstBalancedModeAutoEnable',
  'HttpsUpgrades',
  'MediaRouter',
  'OptimizationHints',
  'PaintHolding',
  'ThirdPartyStoragePartitioning',
]

/** Flags for Debian's Chromium: headless, as root, without requests to Google. */
const commonFlags = [
  `--disable-features=${disabledFeatures.join()}`,
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** Devices of the emulated computer. `both`: a camera with a moving picture, a microphone that beeps. */
export type Devices = 'both' | 'microphone only' | 'none'

/** `asked`: the browser asks for permission, and the test answers. */
const deviceFlags: Record<Devices | 'asked', string[]> = {
  both: ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'],
  'microphone only': ['--use-fake-device-for-media-stream=device-count=0', '--use-fake-ui-for-media-stream'],
  none: ['--use-fake-ui-for-media-stream'],
  asked: ['--use-fake-device-for-media-stream'],
}

/** WebRTC appends a dot to host names before it resolves them. */
export const createResolverFlags = ({ testDomainAddress: address }: BrowserPlace): string[] =>
  address ? [`--host-resolver-rules=MAP *.test ${address},MAP *.test. ${address}`] : []

/** Chromium with windows, tabs and dialogs. */
const fullProgram = '/usr/bin/chromium'
/**
 * The same engine without them. To open and connect two pages takes 6.5 CPU-seconds instead of 15.5 (Chromium 156).
 * Only Debian packages it. On other systems the tests use the full program and take longer.
 */
const shellProgram = '/usr/bin/chromium-headless-shell'

const findProgram = (isFullBrowser: boolean): string =>
  !isFullBrowser && existsSync(shellProgram) ? shellProgram : fullProgram

/** Returns the command that starts Chromium there. `isFullBrowser`: the program with windows, tabs and dialogs. */
export const createChromiumCommand = (
  { authority, env, ...place }: BrowserPlace,
  isFullBrowser: boolean,
): ReturnType<typeof createCommand> =>
  createCommand(findProgram(isFullBrowser), {
    ...place,
    env: { ...(authority && { HOME: authority.chromiumHome() }), ...env },
  })

const headlessShells = new WeakSet<Browser>()

/** Options of one Chromium process. */
export interface ChromiumLaunchOptions {
  /** `both` by default. */
  devices?: Devices | 'asked'
  /** Starts the program with windows, tabs and dialogs: for permission prompts, and for benchmarks. */
  isFullBrowser?: boolean
  /** `own`: Chromium's fake camera, 1280×720 at 20 frames per second. `path`: a file that the camera repeats. */
  camera?: 'small' | 'own' | { path: string }
  /** Title of the tab that the user shares. The browser selects it without a dialog, and needs to have windows. */
  sharedTab?: string
}

/** Starts a headless Chromium. */
export async function startChromium({
  devices = 'both',
  sharedTab,
  isFullBrowser = devices === 'asked' || sharedTab !== undefined,
  camera = 'small',
  ...place
}: ChromiumLaunchOptions & BrowserPlace = {}): Promise<Browser> {
  const hasCamera = devices === 'both' || devices === 'asked'
  const smallCamera = hasCamera && camera === 'small' ? new SmallCamera() : null
  const cameraPath = smallCamera?.path ?? (typeof camera === 'object' ? camera.path : null)
  const browser = await chromium.launch({
    ...createChromiumCommand(place, isFullBrowser),
    headless: true,
    args: [
      ...commonFlags,
      ...deviceFlags[devices],
      ...(cameraPath ? [`--use-file-for-fake-video-capture=${cameraPath}`] : []),
      ...(sharedTab
        ? [`--auto-select-tab-capture-source-by-title=${sharedTab}`, '--autoplay-policy=no-user-gesture-required']
        : []),
      ...createResolverFlags(place),
    ],
  })
  if (findProgram(isFullBrowser) === shellProgram) headlessShells.add(browser)
  browser.on('disconnected', () => smallCamera?.remove())
  return browser
}

/** A tab of a Chromium that Playwright drives. */
export interface ChromiumTab extends Tab {
  readonly page: Page
  /** Grants exactly these permissions from now on, as the user's answer to a prompt. */
  grantPermissions(permissions: string[]): Promise<void>
  /** Duplicates the tab, which copies its `sessionStorage`. */
  duplicate(): Promise<ChromiumTab>
  /** Opens another tab of the same user, with empty `sessionStorage`. */
  openAnotherTab(): Promise<ChromiumTab>
}

/** Options of one tab, and of its browser. */
export interface ChromiumOptions extends ChromiumLaunchOptions {
  context?: BrowserContextOptions
  /** Source that runs before the page's own scripts. */
  script?: string
}

/** The smallest window with the desktop layout. A small window costs the least to paint. */
const viewport = { width: 720, height: 480 }

/** Opens a tab with storage and permissions of its own. */
export async function openChromiumTab(
  browser: Browser,
  { context: options, script }: Pick<ChromiumOptions, 'context' | 'script'> = {},
): Promise<ChromiumTab> {
  // The headless shell forgets the camera permission and then hides host addresses from the peer (mDNS names).
  const context = await browser.newContext({
    viewport,
    ...(headlessShells.has(browser) && { permissions: ['camera', 'microphone'] }),
    ...options,
  })
  context.setDefaultTimeout(deadlineMs)
  await context.addInitScript(recordConnections)
  if (script) await context.addInitScript({ content: script })
  return createTab(context, await context.newPage())
}

function createTab(context: BrowserContext, page: Page): ChromiumTab {
  const consoleErrors: string[] = []
  const requestedUrls: string[] = []
  page.on('pageerror', (error) => consoleErrors.push(String(error)))
  page.on('console', (message) => {
    // For an unknown page the server sends its own page with status 404.
    const isNotFoundPage = /status of 404/.test(message.text()) && message.location().url === page.url()
    // A page that cannot open its WebSocket asks the server for the reason over HTTP
    // (client/signaling/serverReachability.svelte.ts).
    const isQuestion = /status of (426|503)/.test(message.text()) && message.location().url.endsWith('/trpc')
    if (message.type() === 'error' && !isNotFoundPage && !isQuestion) consoleErrors.push(message.text())
  })
  page.on('request', (request) => requestedUrls.push(request.url()))
  return {
    page,
    consoleErrors,
    requestedUrls,
    open: async (url) => void (await page.goto(url)),
    run: (work, given) => page.evaluate(work as never, given),
    press: (button) => page.getByRole('button', { name: button, exact: true }).click(),
    grantPermissions: (permissions) => context.grantPermissions(permissions),
    async duplicate() {
      const [duplicate] = await Promise.all([
        context.waitForEvent('page'),
        page.evaluate(() => void open(location.href)),
      ])
      return createTab(context, duplicate)
    },
    openAnotherTab: async () => createTab(context, await context.newPage()),
    close: () => context.close(),
  }
}
