import { deadlineMs } from '../deadline.ts'
import type { ChromiumTab } from './chromium.ts'
import type { PuppeteerTab } from './puppeteerTab.ts'
import type { Tab } from './tab.ts'

const frameSelector = 'duet-call iframe'

/** Returns the room that the page of this tab embeds, as a tab of its own. The page must have the element. */
export async function openChromiumFrame({ page, ...tab }: ChromiumTab): Promise<Tab> {
  const frame = await (await page.waitForSelector(frameSelector)).contentFrame()
  if (!frame) throw new Error('the element has no frame')
  return {
    ...tab,
    run: (work, given) => frame.evaluate(work as never, given),
    press: (button) => frame.getByRole('button', { name: button, exact: true }).click(),
  }
}

/** The same in Firefox. */
export async function openFirefoxFrame({ page, ...tab }: PuppeteerTab): Promise<Tab> {
  const element = await page.waitForSelector(frameSelector.replace(' ', ' >>> '), { timeout: deadlineMs })
  const frame = await element?.contentFrame()
  if (!frame) throw new Error('the element has no frame')
  return {
    ...tab,
    run: (work, given) => frame.evaluate(work as never, given as never) as never,
    press: (button) => frame.locator(`::-p-aria([name="${button}"][role="button"])`).click(),
  }
}
