import puppeteer, { type Browser } from 'puppeteer-core'
import type { BrowserPlace } from './browserPlace.ts'
import { createChromiumCommand, createResolverFlags } from './chromium.ts'
import type { PuppeteerTab } from './puppeteerTab.ts'
import { SmallCamera } from './smallCamera.ts'

/**
 * Seconds after which a hidden tab's timers run once a minute instead of once a second. Without the flag: five minutes.
 */
const throttlingDelaySeconds = 5

/**
 * Starts a Chromium whose tabs hide each other. Playwright emulates focus in every tab, so no tab is hidden there.
 * Puppeteer passes flags that disable the throttling of hidden tabs; this function removes them.
 */
export async function startTabbedChromium(place: BrowserPlace = {}): Promise<Browser> {
  const camera = new SmallCamera()
  const browser = await puppeteer.launch({
    ...createChromiumCommand(place, true),
    headless: true,
    // The browser may run on another host.
    pipe: true,
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
      ...createResolverFlags(place),
      '--intensive-wake-up-throttling-policy=force-enable',
      `--enable-features=IntensiveWakeUpThrottling:grace_period_seconds/${throttlingDelaySeconds}`,
    ],
  })
  browser.once('disconnected', () => camera.remove())
  return browser
}

/** Covers this tab with another one. Returns a function that undoes it. */
export async function coverTab({ page }: PuppeteerTab): Promise<() => Promise<void>> {
  const front = await page.browserContext().newPage()
  await front.bringToFront()
  return async () => {
    await front.close()
    await page.bringToFront()
  }
}
