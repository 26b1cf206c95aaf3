import { mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { AxeResults } from 'axe-core'
import { describe, expect } from 'vitest'
import { deadlineMs } from '../deadline.ts'
import { needs } from '../needs.ts'
import type { ChromiumTab } from './chromium.ts'
import type { Guest } from './guest.ts'
import { House } from './house.ts'
import { stops, type Stop } from './keyboard.ts'
import { type Screen, screens } from './screens.ts'
import { begin, stories } from './stories.ts'

/** Each screen as it is drawn on a desk and on a phone, by day and by night: no barrier, no key that leads nowhere, and a picture of it. */

const test = needs('chromium', 'fonts', 'emoji')
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const album = new URL('../../dist/screens/', import.meta.url).pathname
const sizes = { desktop: { width: 1280, height: 800 }, phone: { width: 390, height: 844 } } as const
const schemes = ['light', 'dark'] as const
/** How whoever is looked at sees it first. */
const seen = { script: axe, context: { reducedMotion: 'reduce', viewport: sizes.desktop } } as const

const house = new House()

describe('the screen', () => {
  mkdirSync(album, { recursive: true })

  test.each(screens.map((screen) => [screen.name, screen] as const))('%s is for everybody', async (_, screen) => {
    await expectForEverybody(screen, await screen.reach(house, seen))
  })

  test.each(stories.map((story) => [story.scenes.map(({ name }) => name).join(', '), story] as const))('%s are for everybody', async (_, story) => {
    const actors = await begin(story, house, seen)
    const { ann } = actors
    for (const scene of story.scenes) {
      await ann.tab.page.setViewportSize(sizes.desktop)
      await ann.tab.page.mouse.move(0, 0)
      await blur(ann)
      await expectForEverybody(scene, await scene.reach(actors) ?? ann)
    }
  }, 10 * deadlineMs)
})

async function expectForEverybody({ name, heading }: Pick<Screen, 'name' | 'heading'>, guest: Guest<ChromiumTab>): Promise<void> {
  const { page } = guest.tab
  expect(await page.getByRole('heading', { level: 1 }).allTextContents(), name).toEqual([expect.stringMatching(heading)])
  expect(await page.title()).toMatch(/Duet/)
  for (const [size, viewport] of Object.entries(sizes)) {
    await page.setViewportSize(viewport)
    for (const colorScheme of schemes) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
      await page.screenshot({ path: `${album}${name}-${size}-${colorScheme}.png` })
      // By night nothing is elsewhere, and nothing has another name.
      expect(await barriers(guest, colorScheme === 'dark' ? ofColours : null), `${name}, ${size}, ${colorScheme}`).toEqual([])
    }
    expect(await tooWide(guest), `${name}, ${size}`).toBe(0)
    expect(unreachable(await guest.tab.run(stops, null), await walk(guest)), `${name}, ${size}`).toEqual([])
  }
}

test('a screen with barriers would be noticed', async () => {
  const guest = await house.chromium({ script: axe, context: { reducedMotion: 'reduce', viewport: sizes.phone } })
  await guest.visit('/')
  await guest.tab.run(() => {
    const bad = document.createElement('div')
    bad.innerHTML = '<button></button><p>pale</p><div><a href="/x">under</a><b>over</b></div><details><summary>unmarked</summary></details><div role="button" tabindex="0">last</div>'
    bad.style.width = '2000px'
    bad.querySelector<HTMLElement>('a')!.style.cssText = 'display: inline-block; width: 90px'
    bad.querySelector('b')!.style.cssText = 'display: inline-block; position: relative; left: -90px; width: 90px'
    bad.querySelector('p')!.style.cssText = 'color: #ccc; background: #fff'
    bad.querySelector('summary')!.style.outline = 'none'
    // Takes the focus and gives it back to the start: what comes after is never reached.
    bad.querySelector('summary')!.addEventListener('keydown', (event) => event.preventDefault())
    document.querySelector('main')!.append(bad)
  }, null)

  const found = await barriers(guest)
  expect(found).toEqual(expect.arrayContaining([expect.stringContaining('button-name'), expect.stringContaining('color-contrast')]))
  expect(await tooWide(guest)).toBeGreaterThan(1_000)
  expect(unreachable(await guest.tab.run(stops, null), await walk(guest)))
    .toEqual(expect.arrayContaining([expect.stringMatching(/under is covered/), expect.stringMatching(/summary unmarked is not marked/), expect.stringMatching(/last is not reached/)]))
})

/** Rules that judge colours. */
const ofColours = ['color-contrast', 'link-in-text-block']

/** What axe finds, as rule and place. @param only of these rules, if not of all */
async function barriers({ tab }: Guest, only: readonly string[] | null = null): Promise<string[]> {
  const run = (rules: readonly string[] | null) => (window as unknown as { axe: { run(options: object): Promise<AxeResults> } }).axe
    .run({ resultTypes: ['violations'], ...(rules && { runOnly: { type: 'rule', values: rules } }) })
  const { violations } = await tab.run(run, only)
  return violations.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => `${id}: ${target.join(' ')}: ${failureSummary}`))
}

/** How far the page hangs over to the right. */
const tooWide = ({ tab }: Guest): Promise<number> =>
  tab.run(() => Math.max(0, document.documentElement.scrollWidth - document.documentElement.clientWidth), null)

const blur = ({ tab }: Pick<Guest, 'tab'>): Promise<void> => tab.run(() => (document.activeElement as HTMLElement | null)?.blur(), null)

/** Where Tab leads, from the top of the page until it comes round. */
async function walk({ tab }: Pick<Guest<ChromiumTab>, 'tab'>): Promise<Stop[]> {
  await blur({ tab })
  const reached: Stop[] = []
  for (let step = 0; step < 60; step++) {
    await tab.page.keyboard.press('Tab')
    const [stop] = (await tab.run(stops, null)).filter(({ isFocused }) => isFocused)
    if (stop && reached.some(({ name }) => name === stop.name)) break
    if (stop) reached.push(stop)
  }
  return reached
}

/** Stops that Tab does not come to, where one cannot see that one is there, or that lie under something. */
const unreachable = (all: readonly Stop[], reached: readonly Stop[]): string[] => [
  ...all.filter(({ name }) => !reached.some((stop) => stop.name === name)).map(({ name }) => `${name} is not reached`),
  ...reached.filter(({ isMarked }) => !isMarked).map(({ name }) => `${name} is not marked`),
  ...reached.filter(({ isSeen }) => !isSeen).map(({ name }) => `${name} is covered`),
]
