import { setTimeout as sleep } from 'node:timers/promises'
import type { Browser, Page } from 'playwright-core'
import { openPage } from './browser.ts'
import type { Mark, ProbedWindow } from './probe.ts'

/** Milliseconds after the visitor's click on *Join*. */
export interface Timeline {
  asked: number
  joined: number
  media: number
  offer: number
  answered: number
  /** The answer is at the one who waits. */
  answer: number
  ice: number
  dtls: number
  /** Both sides paint. */
  painted: number
  /** By how much the pages' clocks disagree, as far as could be told. */
  clocks: number
}

/** Long enough to gather, to store an offer, to warm a camera: neither side has anything left to do when *Join* is pressed. */
const settleMs = 1_500
const patience = 20_000

/** One page waits in the room, the other is in its lobby with the camera permitted; then it joins. */
export async function tryOnce(browser: Browser, url: string): Promise<Timeline> {
  const [waiting, visiting] = [await openPage(browser), await openPage(browser)]
  try {
    await waitInside(waiting, url)
    await visiting.goto(url)
    await joinButton(visiting).and(visiting.locator(':enabled')).waitFor({ timeout: patience })
    await sleep(settleMs)
    const clocks = Math.abs((await clockOf(waiting)) - (await clockOf(visiting)))
    await joinButton(visiting).click()
    await Promise.all([painted(waiting), painted(visiting)])
    return timeline(await marksOf(waiting), await marksOf(visiting), clocks)
  } finally {
    await Promise.all([waiting, visiting].map((page) => page.context().close()))
  }
}

async function waitInside(page: Page, url: string): Promise<void> {
  await page.goto(url)
  // The click waits until the button is enabled.
  await joinButton(page).click({ timeout: patience })
  await page.locator('main[data-visit*=inside]').waitFor({ state: 'attached', timeout: patience })
  await sleep(settleMs)
}

const joinButton = (page: Page) => page.getByRole('button', { name: 'Join' })

/** Waits inside of the page, so that nothing asks it while it is measured. */
async function painted(page: Page): Promise<void> {
  const seen = page.evaluate(() => (window as unknown as ProbedWindow).probe.painted.then(() => true))
  if (!(await Promise.race([seen, sleep(patience, false)]))) throw new Error(`nothing was painted in ${patience} ms at ${page.url()}`)
}

const marksOf = (page: Page): Promise<Partial<Record<Mark, number>>> => page.evaluate(() => (window as unknown as ProbedWindow).probe.marks)

/** The page's clock against ours; of three looks the one that took least is the truest. */
async function clockOf(page: Page): Promise<number> {
  const looks: { took: number; offset: number }[] = []
  for (let look = 0; look < 3; look++) {
    const before = performance.timeOrigin + performance.now()
    const there = await page.evaluate(() => performance.timeOrigin + performance.now())
    const after = performance.timeOrigin + performance.now()
    looks.push({ took: after - before, offset: there - (before + after) / 2 })
  }
  return looks.reduce((best, look) => (look.took < best.took ? look : best)).offset
}

function timeline(waiting: Partial<Record<Mark, number>>, visiting: Partial<Record<Mark, number>>, clocks: number): Timeline {
  const start = visiting.clicked ?? NaN
  const since = (...times: (number | undefined)[]): number => Math.max(...times.map((time) => time ?? NaN)) - start
  return {
    asked: since(visiting.asked),
    joined: since(visiting.joined),
    // What was on before the click costs nothing after it.
    media: Math.max(0, since(visiting.media)),
    offer: since(visiting.offer),
    answered: since(visiting.answered),
    answer: since(waiting.answer),
    ice: since(waiting.ice, visiting.ice),
    dtls: since(waiting.dtls, visiting.dtls),
    painted: since(waiting.painted, visiting.painted),
    clocks,
  }
}
