import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import type { Scope } from '../harness/scope.ts'
import { Probe } from './probe.ts'

/** Nobody is called but this machine; two pages share the machine, so neither may be thought in the background. */
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

export async function startBrowser(scope: Scope): Promise<Browser> {
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args })
  scope.defer(() => browser.close())
  return browser
}

/** A page of a person of their own, with the camera permitted and the probe in. */
export async function openPage(browser: Browser): Promise<Page> {
  const context: BrowserContext = await browser.newContext({
    permissions: ['camera', 'microphone'],
    viewport: { width: 800, height: 600 },
  })
  const page = await context.newPage()
  await page.addInitScript({ content: `globalThis.probe = new (${String(Probe)})()` })
  return page
}
