import type { Browser, Page } from 'puppeteer-core'
import { deadlineMs } from '../deadline.ts'
import { recordConnections, type Tab } from './tab.ts'

/** A tab of a browser that Puppeteer drives. */
export interface PuppeteerTab extends Tab {
  readonly page: Page
}

/** Options of one tab. */
export interface PuppeteerTabOptions {
  /** `own`: the browser's fake camera at the size that the page requests. */
  camera?: 'small' | 'own'
  /** Source that runs before the page's own scripts. */
  script?: string
}

/** Opens a tab with storage of its own. */
export async function openPuppeteerTab(
  browser: Browser,
  { camera = 'small', script }: PuppeteerTabOptions = {},
): Promise<PuppeteerTab> {
  const context = await browser.createBrowserContext()
  const page = await context.newPage()
  page.setDefaultTimeout(deadlineMs)
  const consoleErrors: string[] = []
  const requestedUrls: string[] = []
  await page.evaluateOnNewDocument(recordConnections)
  if (camera === 'small') await page.evaluateOnNewDocument(shrinkCamera)
  if (script) await page.evaluateOnNewDocument(script)
  page.on('pageerror', (error) => consoleErrors.push(String(error)))
  page.on('console', (message) => message.type() === 'error' && consoleErrors.push(message.text()))
  // Playwright does the same unless a test listens. Otherwise the page of a call could not be left.
  page.on('dialog', (dialog) => {
    if (dialog.type() === 'beforeunload' && page.listenerCount('dialog') === 1) void dialog.accept()
  })
  page.on('request', (request) => requestedUrls.push(request.url()))
  return {
    page,
    consoleErrors,
    requestedUrls,
    open: async (url) => void (await page.goto(url)),
    run: (work, given) => page.evaluate(work as never, given as never) as never,
    press: (button) => page.locator(`::-p-aria([name="${button}"][role="button"])`).click(),
    close: () => context.close(),
  }
}

/** Runs before the page's own scripts: the camera always delivers the picture size of smallCamera.ts. */
function shrinkCamera(): void {
  const { mediaDevices } = navigator as Partial<Navigator>
  // `mediaDevices` is missing in an insecure context.
  if (!mediaDevices) return
  const ask = mediaDevices.getUserMedia.bind(mediaDevices)
  mediaDevices.getUserMedia = ({ video, ...rest } = {}) =>
    ask({ ...rest, video: video && { ...(video === true ? {} : video), width: 160, height: 120, frameRate: 10 } })
}
