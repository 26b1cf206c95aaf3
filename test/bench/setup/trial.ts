import { setTimeout as sleep } from 'node:timers/promises'
import type { Page } from 'playwright-core'
import type { Condition, Contestant } from './conditions.ts'
import type { Milestone } from './probe.ts'
import type { SetupLab } from './setupLab.ts'

/** Milliseconds after the click, 0 if the milestone came before it. */
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

/** The contestant and the condition of one trial. */
export interface Trial {
  condition: Condition
  contestant: Contestant
  /** The address of the room. */
  url: string
}

/** Time to gather candidates, store an offer and warm up a camera. Both sides are idle before the click. */
const settleMs = 1_500
const timeoutMs = 20_000

/** One page waits in the room; the other is in the lobby with the camera permitted, then joins or is admitted. */
export async function runTrial(lab: SetupLab, { condition, contestant, url }: Trial): Promise<Timeline> {
  lab.setRoundTrip(condition.roundTripMs)
  const pages = await Promise.all([lab.openPage('waiting'), lab.openPage('coming')])
  const [waiting, visiting] = pages
  try {
    await Promise.all([joinAndWait(waiting, url), visiting.goto(url)])
    if (condition.startButton === 'Admit') await askForAdmission(waiting, visiting)
    else await findButton(visiting, 'Join').and(visiting.locator(':enabled')).waitFor({ timeout: timeoutMs })
    const clockDifferenceMs = Math.abs((await measureClockOffsetMs(waiting)) - (await measureClockOffsetMs(visiting)))
    await Promise.all(pages.map((page) => slowDown(page, condition.cpuSlowdown)))
    if (contestant === 'prepared') await Promise.all(pages.map(waitUntilPrepared))
    await sleep(settleMs)
    const starting = condition.startButton === 'Admit' ? waiting : visiting
    await findButton(starting, condition.startButton).click()
    await Promise.all(pages.map(waitUntilPainted))
    const [start = NaN] = [(await readMilestones(starting)).clicked]
    return createTimeline(start, await readMilestones(waiting), await readMilestones(visiting), clockDifferenceMs)
  } finally {
    await Promise.all(pages.map((page) => page.context().close()))
  }
}

async function joinAndWait(page: Page, url: string): Promise<void> {
  await page.goto(url)
  // The click waits until the button is enabled.
  await findButton(page, 'Join').click({ timeout: timeoutMs })
  await page.locator('main[data-membership*=joined]').waitFor({ state: 'attached', timeout: timeoutMs })
}

async function askForAdmission(waiting: Page, visiting: Page): Promise<void> {
  await waiting.getByLabel('Who can join?').selectOption('ask', { timeout: timeoutMs })
  await findButton(visiting, 'Ask to join').click({ timeout: timeoutMs })
  await findButton(waiting, 'Admit').and(waiting.locator(':enabled')).waitFor({ timeout: timeoutMs })
}

const findButton = (page: Page, name: string) => page.getByRole('button', { name, exact: true })

/** The renderer works in a part of the time only, as on a slower device. */
async function slowDown(page: Page, rate: number): Promise<void> {
  if (rate === 1) return
  const session = await page.context().newCDPSession(page)
  await session.send('Emulation.setCPUThrottlingRate', { rate })
}

async function waitUntilPrepared(page: Page): Promise<void> {
  await page
    .waitForFunction(() => window.probe.marks.dtls !== undefined, undefined, { timeout: timeoutMs, polling: 100 })
    .catch(() => {
      throw new Error(`no prepared connection within ${timeoutMs} ms`)
    })
}

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
  start: number,
  waiting: Partial<Record<Milestone, number>>,
  visiting: Partial<Record<Milestone, number>>,
  clockDifferenceMs: number,
): Timeline {
  const since = (...times: (number | undefined)[]): number =>
    Math.max(0, Math.max(...times.map((time) => time ?? NaN)) - start)
  return {
    asked: since(visiting.asked),
    joined: since(visiting.joined),
    media: since(visiting.media),
    offer: since(visiting.offer),
    answered: since(visiting.answered),
    answer: since(waiting.answer),
    ice: since(waiting.ice, visiting.ice),
    dtls: since(waiting.dtls, visiting.dtls),
    painted: since(waiting.painted, visiting.painted),
    clockDifferenceMs,
  }
}
