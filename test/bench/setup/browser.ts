import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import type { Scope } from '../harness/scope.ts'
import { Probe } from './probe.ts'

/** Disables Chromium's own network traffic and the throttling of background pages, because two pages run at once. */
const args = [
  '--no-sandbox',
  '--use-fake-device-for-media-stream',
  '--use-fake-ui-for-media-stream',
  '--autoplay-policy=no-user-gesture-required',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-background-timer-throttling',
  '--disable-backgrounding-occluded-windows',
  '--disable-renderer-backgrounding',
]

/** Starts Chromium. The scope closes it. */
export async function startBrowser(scope: Scope): Promise<Browser> {
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args })
  scope.defer(() => browser.close())
  return browser
}

/** Opens a page in a separate context, with media permissions and the probe. */
export async function openPage(browser: Browser): Promise<Page> {
  const context: BrowserContext = await browser.newContext({
    permissions: ['camera', 'microphone'],
    viewport: { width: 800, height: 600 },
  })
  const page = await context.newPage()
  await page.addInitScript({ content: `globalThis.probe = new (${String(Probe)})()` })
  return page
}
