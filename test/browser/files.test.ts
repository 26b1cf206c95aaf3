import { describe, expect } from 'vitest'
import { needs } from '../needs.ts'
import { BrowserFixture } from './browserFixture.ts'
import type { BrowserUser } from './browserUser.ts'
import { expectCall } from './expectCall.ts'
import { sharedFixture } from './fixtureLifecycle.ts'
import { type GivenFile, giveFiles, readTransfers } from './fileScripts.ts'

/** Chromium and Firefox send each other files over the data channel. */

const test = needs('chromium', 'firefox')

describe('files between Chromium and Firefox', () => {
  const fixture = new BrowserFixture()
  const call = sharedFixture(async () => {
    const room = fixture.newRoom()
    const [ann, ben] = [await fixture.chromium(), await fixture.firefox()]
    fixture.keepOpen(ann, ben)
    await ann.join(room)
    await ann.waitForStates({ room: 'created' })
    await ben.join(room)
    await expectCall(ann, ben)
    return { ann, ben }
  })

  const send = async (from: BrowserUser, to: BrowserUser, files: GivenFile[]): Promise<void> => {
    await from.tab.run(giveFiles, { files, how: 'select' })
    for (const { name } of files) await to.waitForText(name)
  }

  test('both send a file, and each receiver saves it', async () => {
    const { ann, ben } = await call()
    for (const [from, to] of [
      [ann, ben],
      [ben, ann],
    ] as const) {
      await send(from, to, [{ name: 'photo.bin', size: 3_000_000 }])
      await to.press('Save')
      await expect.poll(() => from.tab.run(readTransfers, null)).toContain('sender stored photo.bin')
      await expect.poll(() => to.tab.run(readTransfers, null)).toContain('receiver stored photo.bin')
    }
  })
})
