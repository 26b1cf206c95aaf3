import type { Browser, Page } from 'puppeteer-core'
import { deadlineMs } from '../deadline.ts'
import { keepConnections, type Tab } from './tab.ts'

/** A tab of a browser that Puppeteer drives. */
export interface PuppetTab extends Tab {
  readonly page: Page
}

/** One of a person of its own: storage is shared with nobody. @param camera `own`: the browser's, as large as the page wants it */
export async function openPuppetTab(browser: Browser, camera: 'small' | 'own' = 'small'): Promise<PuppetTab> {
  const context = await browser.createBrowserContext()
  const page = await context.newPage()
  page.setDefaultTimeout(deadlineMs)
  const complaints: string[] = []
  const requests: string[] = []
  await page.evaluateOnNewDocument(keepConnections)
  if (camera === 'small') await page.evaluateOnNewDocument(shrinkCamera)
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
  page.on('request', (request) => requests.push(request.url()))
  return {
    page, complaints, requests,
    open: async (url) => void await page.goto(url),
    run: (work, given) => page.evaluate(work as never, given as never) as never,
    press: (button) => page.locator(`::-p-aria([name="${button}"][role="button"])`).click(),
    close: () => context.close(),
  }
}

/** Runs before the page's own scripts: whatever is asked of the camera, it gives pictures as small as camera.ts does. */
function shrinkCamera(): void {
  const { mediaDevices } = navigator as Partial<Navigator>
  // Pages that did not come safely have none.
  if (!mediaDevices) return
  const ask = mediaDevices.getUserMedia.bind(mediaDevices)
  mediaDevices.getUserMedia = ({ video, ...rest } = {}) =>
    ask({ ...rest, video: video && { ...(video === true ? {} : video), width: 160, height: 120, frameRate: 10 } })
}
