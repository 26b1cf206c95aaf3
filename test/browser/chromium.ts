import { existsSync } from 'node:fs'
import { chromium, type Browser, type BrowserContext, type BrowserContextOptions, type Page } from 'playwright-core'
import { deadlineMs } from '../deadline.ts'
import { SmallCamera } from './smallCamera.ts'
import { recordConnections, type Tab } from './tab.ts'

/**
 * What Chromium (156) does without. Nobody types into an address bar here, and the pages behind it cost each window most of a second of a core;
 * nor does anybody wait for a process that is begun for the page that may be opened next.
 * The rest is of Playwright's own list, which this one replaces.
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

/** As it stands in Debian, headless, as root, and calling nobody. */
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

/** What this person's computer has. `both`: a camera that shows a moving picture, a microphone that beeps. */
export type Devices = 'both' | 'microphone only' | 'none'

/** `asked`: one who is asked for permission; the answer comes from the test. */
const deviceFlags: Record<Devices | 'asked', string[]> = {
  both: ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'],
  'microphone only': ['--use-fake-device-for-media-stream=device-count=0', '--use-fake-ui-for-media-stream'],
  none: ['--use-fake-ui-for-media-stream'],
  asked: ['--use-fake-device-for-media-stream'],
}

/** WebRTC looks names up with a dot behind them. */
export const hostResolverFlag = (address: string): string =>
  `--host-resolver-rules=MAP *.test ${address},MAP *.test. ${address}`

/** The program with its windows, tabs and dialogs. */
const fullProgram = '/usr/bin/chromium'
/**
 * The same engine without them. To open two pages and connect them takes 6.5 CPU-seconds instead of 15.5 (Chromium 156).
 * Only Debian has it: elsewhere the tests take longer, and no test is skipped.
 */
const shellProgram = '/usr/bin/chromium-headless-shell'

/** Where Chromium is. `isFullBrowser`: with windows, tabs and dialogs. */
export const findChromiumProgram = (isFullBrowser = false): string =>
  !isFullBrowser && existsSync(shellProgram) ? shellProgram : fullProgram

const headlessShells = new WeakSet<Browser>()

export interface ChromiumLaunchOptions {
  /** With windows, tabs and dialogs: needed where the browser asks for permission, and by benchmarks. */
  isFullBrowser?: boolean
  /** A script that starts the program named by `CHROMIUM`. */
  program?: string
  /** Besides what it would have; a HOME of `Authority.chromiumHome`, for one that trusts that. */
  env?: Record<string, string>
  /** The address of every name under `.test`. */
  testDomainAddress?: string
  /** `own`: that of Chromium, with 1280×720 and twenty pictures a second. */
  camera?: 'small' | 'own'
}

export async function startChromium(
  devices: Devices | 'asked',
  {
    isFullBrowser = devices === 'asked',
    program,
    env,
    testDomainAddress,
    camera = 'small',
  }: ChromiumLaunchOptions = {},
): Promise<Browser> {
  const hasCamera = devices === 'both' || devices === 'asked'
  const smallCamera = hasCamera && camera === 'small' ? new SmallCamera() : null
  const browser = await chromium.launch({
    executablePath: program ?? findChromiumProgram(isFullBrowser),
    headless: true,
    env: { ...process.env, CHROMIUM: findChromiumProgram(isFullBrowser), ...env },
    args: [
      ...commonFlags,
      ...deviceFlags[devices],
      ...(smallCamera ? [`--use-file-for-fake-video-capture=${smallCamera.path}`] : []),
      ...(testDomainAddress ? [hostResolverFlag(testDomainAddress)] : []),
    ],
  })
  if (findChromiumProgram(isFullBrowser) === shellProgram) headlessShells.add(browser)
  browser.on('disconnected', () => smallCamera?.remove())
  return browser
}

export interface ChromiumTab extends Tab {
  readonly page: Page
  /** The person says yes to the browser: from now on, to these. */
  grantPermissions(permissions: string[]): Promise<void>
  /** Opens this page again beside, as who duplicates a tab does: what the tab keeps is copied. */
  duplicate(): Promise<ChromiumTab>
  /** Another tab of the same person, which begins with nothing. */
  openAnotherTab(): Promise<ChromiumTab>
}

export interface ChromiumOptions {
  devices?: Devices | 'asked'
  context?: BrowserContextOptions
  /** Text that runs before the page's own. */
  script?: string
}

/** As small as a desk's window may be and look like one: what is not to be looked at costs least. */
const viewport = { width: 720, height: 480 }

/** A tab of a person of its own: storage and permissions are shared with nobody. */
export async function openChromiumTab(
  browser: Browser,
  { context: options, script }: ChromiumOptions = {},
): Promise<ChromiumTab> {
  // The shell forgets that it gave the camera, and then hides the addresses of the host from the other side (mDNS names).
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
    // Where there is no such page the server sends its own, with status 404.
    const isNotFoundPage = /status of 404/.test(message.text()) && message.location().url === page.url()
    // A page that does not reach the server by WebSocket asks it by HTTP for the reason (client/signaling/serverReachability.svelte.ts).
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
