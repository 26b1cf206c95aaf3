import { afterAll, describe, expect } from 'vitest'
import { couple } from '../machines/flowWalks.ts'
import { followWalk, titled } from '../machines/flowSubject.ts'
import { needs } from '../needs.ts'
import { BrowserPool } from './browserPool.ts'
import { UserFlowBrowsers } from './userFlowBrowsers.ts'
import { deadlineMs } from '../deadline.ts'

const test = needs('chromium')

/** Walks of the user flow model with two Chromium pages: after every step the pages' states equal the model's. */
describe('user flows with two Chromium pages', () => {
  const browsers = new BrowserPool()
  afterAll(() => browsers.close())

  test.each(titled({ couple }))(
    '%s',
    async (_, walk, people) => {
      const subject = new UserFlowBrowsers(browsers, people)
      await followWalk(walk, subject, { timeout: deadlineMs, interval: 20 })
      expect(subject.consoleErrors).toEqual([])
      // A walk of 159 steps, each with two real pages.
    },
    20 * deadlineMs,
  )
})
