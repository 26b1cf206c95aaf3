import { setTimeout as sleep } from 'node:timers/promises'
import type { Browser, Page } from 'playwright-core'
import { openPage } from './browser.ts'
import type { Milestone, ProbedWindow } from './probe.ts'

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
  clockDifferenceMs: number
}

/** Long enough to gather, to store an offer, to warm a camera: neither side has anything left to do when *Join* is pressed. */
const settleMs = 1_500
const timeoutMs = 20_000

/** One page waits in the room, the other is in its lobby with the camera permitted; then it joins. */
export async function runTrial(browser: Browser, url: string): Promise<Timeline> {
  const [waiting, visiting] = [await openPage(browser), await openPage(browser)]
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

/** Waits inside of the page, so that nothing asks it while it is measured. */
async function waitUntilPainted(page: Page): Promise<void> {
  const seen = page.evaluate(() => (window as unknown as ProbedWindow).probe.painted.then(() => true))
  if (!(await Promise.race([seen, sleep(timeoutMs, false)])))
    throw new Error(`nothing was painted in ${timeoutMs} ms at ${page.url()}`)
}

const readMilestones = (page: Page): Promise<Partial<Record<Milestone, number>>> =>
  page.evaluate(() => (window as unknown as ProbedWindow).probe.marks)

/** The page's clock against ours; of three samples the one that took least is the truest. */
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
    // What was on before the click costs nothing after it.
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
