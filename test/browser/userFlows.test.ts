import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { couple } from '../machines/flowWalks.ts'
import { followWalk, titled } from '../machines/flowSubject.ts'
import { needs } from '../needs.ts'
import { startChromium } from './chromium.ts'
import { UserFlowBrowsers } from './userFlowBrowsers.ts'
import { deadlineMs } from '../deadline.ts'

const test = needs('chromium')

/** The paths of what people do, walked by two pages in Chromium: after every step their states are the model's. */
describe('two pages in Chromium', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await startChromium('both')
  })
  afterAll(() => browser?.close())

  test.each(titled({ couple }))(
    '%s',
    async (_, walk, people) => {
      const subject = new UserFlowBrowsers(browser, people)
      await followWalk(walk, subject, { timeout: deadlineMs, interval: 20 })
      expect(subject.consoleErrors).toEqual([])
      // A walk of 159 steps, each with two real pages.
    },
    20 * deadlineMs,
  )
})
