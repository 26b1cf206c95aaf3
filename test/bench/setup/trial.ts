import { setTimeout as sleep } from 'node:timers/promises'
import type { Page } from 'playwright-core'
import type { BrowserPool } from '../../browser/browserPool.ts'
import { openProbedPage } from './probedPage.ts'
import type { Milestone } from './probe.ts'

/** Milliseconds after the visitor's click on *Join*. */
export interface Timeline {
  asked: number
  joined: number
  media: number
  offer: number
  answered: number
  /** The waiting page applies the answer. */
  answer: number
  ice: number
  dtls: number
  /** Both pages have painted a frame. */
  painted: number
  /** The measured difference of the pages' clocks. */
  clockDifferenceMs: number
}

/** Time to gather candidates, store an offer and warm up a camera, so that both sides are idle before *Join*. */
const settleMs = 1_500
const timeoutMs = 20_000

/** One page waits in the room; the other is in the lobby with the camera permitted, then joins. */
export async function runTrial(browsers: BrowserPool, url: string): Promise<Timeline> {
  const [waiting, visiting] = [await openProbedPage(browsers), await openProbedPage(browsers)]
  try {
    await joinAndWait(waiting, url)
    await visiting.goto(url)
    await findJoinButton(visiting).and(visiting.locator(':enabled')).waitFor({ timeout: timeoutMs })
    await sleep(settleMs)
    const clockDifferenceMs = Math.abs((await measureClockOffsetMs(waiting)) - (await measureClockOffsetMs(visiting)))
    await findJoinButton(visiting).click()
    await Promise.all([waitUntilPainted(waiting), waitUntilPainted(visiting)])
    return createTimeline(await readMilestones(waiting), await readMilestones(visiting), clockDifferenceMs)
  } finally {
    await Promise.all([waiting, visiting].map((page) => page.context().close()))
  }
}

async function joinAndWait(page: Page, url: string): Promise<void> {
  await page.goto(url)
  // The click waits until the button is enabled.
  await findJoinButton(page).click({ timeout: timeoutMs })
  await page.locator('main[data-membership*=joined]').waitFor({ state: 'attached', timeout: timeoutMs })
  await sleep(settleMs)
}

const findJoinButton = (page: Page) => page.getByRole('button', { name: 'Join' })

/** Waits inside the page, so that polling does not disturb the measurement. */
async function waitUntilPainted(page: Page): Promise<void> {
  const seen = page.evaluate(() => window.probe.painted.then(() => true))
  if (!(await Promise.race([seen, sleep(timeoutMs, false)])))
    throw new Error(`no frame painted within ${timeoutMs} ms at ${page.url()}`)
}

const readMilestones = (page: Page): Promise<Partial<Record<Milestone, number>>> =>
  page.evaluate(() => window.probe.marks)

/** The offset of the page's clock to this process. Of three samples the fastest is the most accurate. */
async function measureClockOffsetMs(page: Page): Promise<number> {
  const samples: { took: number; offset: number }[] = []
  for (let sample = 0; sample < 3; sample++) {
    const before = performance.timeOrigin + performance.now()
    const there = await page.evaluate(() => performance.timeOrigin + performance.now())
    const after = performance.timeOrigin + performance.now()
    samples.push({ took: after - before, offset: there - (before + after) / 2 })
  }
  return samples.reduce((best, sample) => (sample.took < best.took ? sample : best)).offset
}

function createTimeline(
  waiting: Partial<Record<Milestone, number>>,
  visiting: Partial<Record<Milestone, number>>,
  clockDifferenceMs: number,
): Timeline {
  const start = visiting.clicked ?? NaN
  const since = (...times: (number | undefined)[]): number => Math.max(...times.map((time) => time ?? NaN)) - start
  return {
    asked: since(visiting.asked),
    joined: since(visiting.joined),
    // Media that started before the click counts as 0.
    media: Math.max(0, since(visiting.media)),
    offer: since(visiting.offer),
    answered: since(visiting.answered),
    answer: since(waiting.answer),
    ice: since(waiting.ice, visiting.ice),
    dtls: since(waiting.dtls, visiting.dtls),
    painted: since(waiting.painted, visiting.painted),
    clockDifferenceMs,
  }
}
