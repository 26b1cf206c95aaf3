import { afterAll, describe, expect } from 'vitest'
import { couple } from '../machines/flowWalks.ts'
import { doorWalks, followDoorWalk } from '../machines/doorFlow.ts'
import { followWalk, titled } from '../machines/flowSubject.ts'
import { needs } from '../needs.ts'
import { BrowserPool } from './browserPool.ts'
import { actionsWithoutBrowser, DoorBrowsers } from './doorBrowsers.ts'
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

  test(
    'two pages follow a walk at the door: ask, cancel, admit, decline, lock and open',
    async () => {
      // One walk takes most actions; sessions take all (client/session/doorFlow.test.ts).
      const [walk = []] = doorWalks(actionsWithoutBrowser, 60)
      const taken = new Set(walk.map(({ event }) => event.type))
      expect([...taken].sort()).toEqual([
        'ann.admits',
        'ann.ask',
        'ann.declines',
        'ann.hangsUp',
        'ann.joins',
        'ann.locked',
        'ann.open',
        'ben.asks',
        'ben.cancels',
        'ben.hangsUp',
        'ben.joins',
      ])
      await followDoorWalk(walk, new DoorBrowsers(browsers))
    },
    20 * deadlineMs,
  )
})
