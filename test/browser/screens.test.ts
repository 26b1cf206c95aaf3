import { mkdirSync } from 'node:fs'
import { describe, expect } from 'vitest'
import { deadlineMs } from '../deadline.ts'
import { needs } from '../needs.ts'
import { axeScript, findAccessibilityViolations } from './axe.ts'
import type { ChromiumTab } from './chromium.ts'
import type { BrowserUser } from './browserUser.ts'
import { BrowserFixture } from './browserFixture.ts'
import { listFocusStops, type FocusStop } from './focusStops.ts'
import { sharedFixture } from './fixtureLifecycle.ts'
import { type Screen, screens } from './screens.ts'
import { unansweredPermissionScript } from './permissionPrompt.ts'
import { startScenario, fixedStatsScript, scenarios } from './scenarios.ts'

/**
 * Each screen has no axe violations, and Tab reaches every control: on a dark phone, on one on its side, and on a light
 * desktop. `ALBUM=dist/screens` saves a screenshot of each.
 */

const test = needs('chromium', 'fonts', 'emoji')
const album = process.env.ALBUM
const sizes = {
  desktop: { width: 1280, height: 800 },
  phone: { width: 390, height: 844 },
  landscape: { width: 844, height: 390 },
} as const
/** Each size once, both color schemes: no style rule has a condition on both. */
const looks = [
  { size: 'phone', colorScheme: 'dark' },
  { size: 'desktop', colorScheme: 'light' },
  { size: 'landscape', colorScheme: 'dark' },
] as const
/** Options of each examined page. */
const options = {
  script: `${axeScript}\n${unansweredPermissionScript}`,
  context: { reducedMotion: 'reduce', viewport: sizes.desktop },
} as const

const fixture = new BrowserFixture()
const context = sharedFixture(async () => {
  const { user: ann, frameProxy } = await fixture.openThroughFrameProxy({
    ...options,
    script: `${options.script}\n${fixedStatsScript}`,
  })
  fixture.keepOpen(ann)
  return { fixture, options, ann, frameProxy }
})

describe('accessibility of the screen', () => {
  if (album) mkdirSync(album, { recursive: true })

  test.each(screens.map((screen) => [screen.name, screen] as const))(
    '%s has no violations, and Tab reaches every control',
    async (_, screen) => {
      await expectForEverybody(screen, await screen.open(await context()))
    },
  )

  test('a screen with violations fails the check', async () => {
    const { ann: user } = await context()
    await user.tab.page.setViewportSize(sizes.phone)
    await user.openPath('/')
    await user.tab.run(() => {
      const bad = document.createElement('div')
      bad.innerHTML =
        '<button></button><p>pale</p><div><a href="/x">under</a><b>over</b></div><details><summary>unmarked</summary></details><div role="button" tabindex="0">last</div>'
      bad.style.width = '2000px'
      bad.querySelector<HTMLElement>('a')!.style.cssText = 'display: inline-block; width: 90px'
      bad.querySelector('b')!.style.cssText = 'display: inline-block; position: relative; left: -90px; width: 90px'
      bad.querySelector('p')!.style.cssText = 'color: #ccc; background: #fff'
      bad.querySelector('summary')!.style.outline = 'none'
      // Traps the focus: Tab never reaches the elements after this one.
      bad.querySelector('summary')!.addEventListener('keydown', (event) => event.preventDefault())
      document.querySelector('main')!.append(bad)
    }, null)

    const found = await findAccessibilityViolations(user.tab.page)
    expect(found).toEqual(
      expect.arrayContaining([expect.stringContaining('button-name'), expect.stringContaining('color-contrast')]),
    )
    expect(await tooWide(user)).toBeGreaterThan(1_000)
    expect(unreachable(await user.tab.run(listFocusStops, false), await walk(user))).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/under is covered/),
        expect.stringMatching(/summary unmarked is not marked/),
        expect.stringMatching(/last is not reached/),
      ]),
    )
    await user.tab.page.setViewportSize(sizes.desktop)
  })

  test.each(scenarios.map((scenario) => [scenario.steps.map(({ name }) => name).join(', '), scenario] as const))(
    '%s have no violations, and Tab reaches every control',
    async (_, scenario) => {
      const run = await startScenario(scenario, await context())
      const { ann } = run
      for (const step of scenario.steps) {
        await ann.tab.page.mouse.move(0, 0)
        await blur(ann)
        await expectForEverybody(step, (await step.run(run)) ?? ann)
      }
    },
    10 * deadlineMs,
  )
})

async function expectForEverybody(
  { name, heading }: Pick<Screen, 'name' | 'heading'>,
  user: BrowserUser<ChromiumTab>,
): Promise<void> {
  const { page } = user.tab
  const headings = page.getByRole('heading', { level: 1 })
  // The texts of some screens load on demand.
  await headings.filter({ hasText: heading }).waitFor({ timeout: deadlineMs })
  expect(await headings.count(), name).toBe(1)
  expect(await page.title()).toMatch(/Duet/)
  let walked: FocusStop[] = []
  for (const { size, colorScheme } of looks) {
    await page.setViewportSize(sizes[size])
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    if (album) await page.screenshot({ path: `${album}/${name}-${size}-${colorScheme}.png` })
    expect(await findAccessibilityViolations(user.tab.page), `${name}, ${size}, ${colorScheme}`).toEqual([])
    expect(await tooWide(user), `${name}, ${size}`).toBe(0)
    expect(await coveredPicture(user), `${name}, ${size}`).toBe(0)
    const all = await user.tab.run(listFocusStops, false)
    const isWalked = walked.length > 0 && namesOf(all) === namesOf(walked)
    walked = isWalked ? await user.tab.run(listFocusStops, true) : await walk(user)
    expect(unreachable(all, walked), `${name}, ${size}`).toEqual([])
  }
}

/** Width in pixels by which the content exceeds the window. */
const tooWide = ({ tab }: BrowserUser): Promise<number> =>
  tab.run(() => Math.max(0, document.documentElement.scrollWidth - document.documentElement.clientWidth), null)

/** Area in square pixels of the peer's picture that an open panel covers. */
const coveredPicture = ({ tab }: BrowserUser): Promise<number> =>
  tab.run(() => {
    const [panel, picture] = [':popover-open', '[data-testid=remote-video]'].map((each) =>
      document.querySelector(each)?.getBoundingClientRect(),
    )
    if (!panel || !picture) return 0
    const width = Math.min(panel.right, picture.right) - Math.max(panel.left, picture.left)
    const height = Math.min(panel.bottom, picture.bottom) - Math.max(panel.top, picture.top)
    return Math.max(0, width) * Math.max(0, height)
  }, null)

const blur = ({ tab }: Pick<BrowserUser, 'tab'>): Promise<void> =>
  tab.run(() => (document.activeElement as HTMLElement | null)?.blur(), null)

/** Presses Tab until the focus returns to the start. Returns the stops. */
async function walk({ tab }: Pick<BrowserUser<ChromiumTab>, 'tab'>): Promise<FocusStop[]> {
  await blur({ tab })
  const reached: FocusStop[] = []
  for (let step = 0; step < 60; step++) {
    await tab.page.keyboard.press('Tab')
    const [stop] = (await tab.run(listFocusStops, false)).filter(({ isFocused }) => isFocused)
    if (stop && reached.some(({ name }) => name === stop.name)) break
    if (stop) reached.push(stop)
  }
  return reached
}

const namesOf = (all: readonly FocusStop[]): string =>
  all
    .map(({ name }) => name)
    .sort()
    .join('\n')

/** Stops that Tab does not reach, that show no focus ring, or that are covered. */
const unreachable = (all: readonly FocusStop[], reached: readonly FocusStop[]): string[] => [
  ...all.filter(({ name }) => !reached.some((stop) => stop.name === name)).map(({ name }) => `${name} is not reached`),
  ...reached.filter(({ isMarked }) => !isMarked).map(({ name }) => `${name} is not marked`),
  ...reached.filter(({ isSeen }) => !isSeen).map(({ name }) => `${name} is covered`),
]
