import { mkdirSync } from 'node:fs'
import { describe, expect } from 'vitest'
import { deadlineMs } from '../deadline.ts'
import { needs } from '../needs.ts'
import { axe, barriers } from './axe.ts'
import type { ChromiumTab } from './chromium.ts'
import type { Guest } from './guest.ts'
import { House } from './house.ts'
import { stops, type Stop } from './keyboard.ts'
import { holdLine } from './line.ts'
import { shared } from './party.ts'
import { type Screen, screens } from './screens.ts'
import { begin, reporting, stories } from './stories.ts'

/**
 * Each screen on a phone by night and on a desk by day has no barrier that axe knows, and Tab reaches all that can be used.
 * `ALBUM=dist/screens` keeps a picture of each.
 */

const test = needs('chromium', 'fonts', 'emoji')
const album = process.env.ALBUM
const sizes = { desktop: { width: 1280, height: 800 }, phone: { width: 390, height: 844 } } as const
/** Each size once, each colour scheme once: no rule of the styles has a condition on both. */
const looks = [{ size: 'phone', colorScheme: 'dark' }, { size: 'desktop', colorScheme: 'light' }] as const
/** The page of each person that is looked at. */
const options = { script: axe, context: { reducedMotion: 'reduce', viewport: sizes.desktop } } as const

const house = new House()
const stage = shared(async () => {
  const ann = await house.chromium({ ...options, script: `${axe}\n${reporting}` })
  const line = await holdLine(ann)
  house.keep(ann)
  return { house, options, ann, line }
})

describe('the screen', () => {
  if (album) mkdirSync(album, { recursive: true })

  test.each(screens.map((screen) => [screen.name, screen] as const))('%s is for everybody', async (_, screen) => {
    await expectForEverybody(screen, await screen.reach(await stage()))
  })

  test('a screen with barriers would be noticed', async () => {
    const { ann: guest } = await stage()
    await guest.tab.page.setViewportSize(sizes.phone)
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

    const found = await barriers(guest.tab.page)
    expect(found).toEqual(expect.arrayContaining([expect.stringContaining('button-name'), expect.stringContaining('color-contrast')]))
    expect(await tooWide(guest)).toBeGreaterThan(1_000)
    expect(unreachable(await guest.tab.run(stops, false), await walk(guest)))
      .toEqual(expect.arrayContaining([expect.stringMatching(/under is covered/), expect.stringMatching(/summary unmarked is not marked/), expect.stringMatching(/last is not reached/)]))
    await guest.tab.page.setViewportSize(sizes.desktop)
  })

  test.each(stories.map((story) => [story.scenes.map(({ name }) => name).join(', '), story] as const))('%s are for everybody', async (_, story) => {
    const actors = await begin(story, await stage())
    const { ann } = actors
    for (const scene of story.scenes) {
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
  let walked: Stop[] = []
  for (const { size, colorScheme } of looks) {
    await page.setViewportSize(sizes[size])
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    if (album) await page.screenshot({ path: `${album}/${name}-${size}-${colorScheme}.png` })
    expect(await barriers(guest.tab.page), `${name}, ${size}, ${colorScheme}`).toEqual([])
    expect(await tooWide(guest), `${name}, ${size}`).toBe(0)
    const all = await guest.tab.run(stops, false)
    const isWalked = walked.length > 0 && namesOf(all) === namesOf(walked)
    walked = isWalked ? await guest.tab.run(stops, true) : await walk(guest)
    expect(unreachable(all, walked), `${name}, ${size}`).toEqual([])
  }
}

/** How far the page hangs over to the right. */
const tooWide = ({ tab }: Guest): Promise<number> =>
  tab.run(() => Math.max(0, document.documentElement.scrollWidth - document.documentElement.clientWidth), null)

const blur = ({ tab }: Pick<Guest, 'tab'>): Promise<void> => tab.run(() => (document.activeElement as HTMLElement | null)?.blur(), null)

/** Where Tab leads, until it comes round. */
async function walk({ tab }: Pick<Guest<ChromiumTab>, 'tab'>): Promise<Stop[]> {
  await blur({ tab })
  const reached: Stop[] = []
  for (let step = 0; step < 60; step++) {
    await tab.page.keyboard.press('Tab')
    const [stop] = (await tab.run(stops, false)).filter(({ isFocused }) => isFocused)
    if (stop && reached.some(({ name }) => name === stop.name)) break
    if (stop) reached.push(stop)
  }
  return reached
}

const namesOf = (all: readonly Stop[]): string => all.map(({ name }) => name).sort().join('\n')

/** Stops that Tab does not come to, where one cannot see that one is there, or that lie under something. */
const unreachable = (all: readonly Stop[], reached: readonly Stop[]): string[] => [
  ...all.filter(({ name }) => !reached.some((stop) => stop.name === name)).map(({ name }) => `${name} is not reached`),
  ...reached.filter(({ isMarked }) => !isMarked).map(({ name }) => `${name} is not marked`),
  ...reached.filter(({ isSeen }) => !isSeen).map(({ name }) => `${name} is covered`),
]
