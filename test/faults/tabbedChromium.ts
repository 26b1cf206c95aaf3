import puppeteer, { type Browser } from 'puppeteer-core'
import { SmallCamera } from '../browser/smallCamera.ts'
import { findChromiumProgram, type ChromiumLaunchOptions, hostResolverFlag } from '../browser/chromium.ts'
import type { PuppeteerTab } from '../browser/puppeteerTab.ts'

/** Hidden tabs: their timers fire once a second, and once a minute after this many seconds; without the flag after five minutes. */
const throttlingDelaySeconds = 5

/**
 * A Chromium whose tabs hide each other. Playwright's never are hidden, for it tells each that it has the focus; and both have flags
 * against what a browser does to those that are.
 */
export async function startTabbedChromium({
  program = findChromiumProgram(true),
  env,
  testDomainAddress,
}: Omit<ChromiumLaunchOptions, 'camera' | 'isWhole'> = {}): Promise<Browser> {
  const camera = new SmallCamera()
  const browser = await puppeteer.launch({
    // By a pipe: it may be on another host.
    executablePath: program,
    headless: true,
    pipe: true,
    env: { ...process.env, ...env },
    ignoreDefaultArgs: [
      '--disable-backgrounding-occluded-windows',
      '--disable-renderer-backgrounding',
      '--disable-background-timer-throttling',
    ],
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--use-fake-device-for-media-stream',
      '--use-fake-ui-for-media-stream',
      `--use-file-for-fake-video-capture=${camera.path}`,
      ...(testDomainAddress ? [hostResolverFlag(testDomainAddress)] : []),
      '--intensive-wake-up-throttling-policy=force-enable',
      `--enable-features=IntensiveWakeUpThrottling:grace_period_seconds/${throttlingDelaySeconds}`,
    ],
  })
  browser.once('disconnected', () => camera.remove())
  return browser
}

/** Another tab in front of this one. Returns its undo. */
export async function coverTab({ page }: PuppeteerTab): Promise<() => Promise<void>> {
  const front = await page.browserContext().newPage()
  await front.bringToFront()
  return async () => {
    await front.close()
    await page.bringToFront()
  }
}
