import { readFile } from 'node:fs/promises'
import { describe, expect } from 'vitest'
import { needs } from '../needs.ts'
import { BrowserFixture } from './browserFixture.ts'
import type { BrowserUser } from './browserUser.ts'
import { expectCall } from './expectCall.ts'
import { type GivenFile, giveFiles, leaveParts, listParts, readProgress, readTransfers } from './fileScripts.ts'
import { sharedFixture } from './fixtureLifecycle.ts'

/** Chromium and Firefox send each other files over the data channel. */

/** The name of a tab that no longer exists. */
const closedTab = 'fedcba9876543210'

const test = needs('chromium', 'firefox')

describe('files between Chromium and Firefox', () => {
  const fixture = new BrowserFixture()
  const call = sharedFixture(async () => {
    const room = fixture.newRoom()
    const [ann, ben] = [await fixture.chromium(), await fixture.firefox()]
    fixture.keepOpen(ann, ben)
    for (const each of [ann, ben]) {
      await each.openLobby(room)
      await each.tab.run(leaveParts, closedTab)
      await each.press('Join')
      await each.waitForStates({ membership: 'joined' })
    }
    await expectCall(ann, ben)
    for (const each of [ann, ben]) {
      await each.press('Chat')
      await each.waitForText('Send files')
    }
    return { ann, ben, room }
  })

  const transfersOf = (user: BrowserUser) => expect.poll(() => user.tab.run(readTransfers, null))
  const offer = async (
    from: BrowserUser,
    to: BrowserUser,
    file: GivenFile,
    how: 'select' | 'drop' | 'paste' = 'select',
  ): Promise<void> => {
    await from.tab.run(giveFiles, { files: [file], how })
    await transfersOf(to).toContain(`receiver offered ${file.name}`)
  }

  test('a visit deletes the parts that a closed tab left', async () => {
    const { ann, ben } = await call()
    for (const each of [ann, ben]) await expect.poll(() => each.tab.run(listParts, null)).not.toContain(closedTab)
  })

  test('both save a file of the other: pasted in one browser, dropped in the other', async () => {
    const { ann, ben } = await call()
    for (const [from, to, how] of [
      [ann, ben, 'paste'],
      [ben, ann, 'drop'],
    ] as const) {
      const name = `${how}.bin`
      await offer(from, to, { name, size: 3_000_000 }, how)
      await to.press('Save')
      await transfersOf(from).toContain(`sender stored ${name}`)
      await transfersOf(to).toContain(`receiver stored ${name}`)
    }
  })

  test('a saved file has the bytes and the clean name of the sent one', async () => {
    const { ann, ben } = await call()
    await ben.tab.run(giveFiles, {
      files: [{ name: '..\\\u202e/note.html', size: 70_000, type: 'text/html' }],
      how: 'drop',
    })
    await transfersOf(ann).toContain('receiver offered __note.html')
    await ann.waitForText('can run a program')
    const saved = ann.tab.page.waitForEvent('download')
    await ann.press('Save')
    const download = await saved
    expect(download.suggestedFilename()).toBe('__note.html')
    const bytes = await readFile(await download.path())
    expect(bytes.length).toBe(70_000)
    expect(bytes.every((byte, at) => byte === ((at * 31 + (at >> 8) * 7 + (at >> 16)) & 0xff))).toBe(true)
  })

  test('the receiver reloads its page during a transfer, which then continues', async () => {
    const { ann, ben, room } = await call()
    await offer(ann, ben, { name: 'long.bin', size: 60_000_000 })
    await ben.press('Save')
    await expect.poll(() => ben.tab.run(readProgress, 'long.bin')).toBeGreaterThan(9_000_000)
    await ben.openPath(`/r/${room}`)
    await ben.waitForStates({ membership: 'joined', call: 'connected' })
    await expectCall(ann, ben, 3)
    await ben.press('Chat')
    await expect.poll(() => ben.tab.run(readProgress, 'long.bin')).toBeGreaterThan(4_000_000)
    await transfersOf(ann).toContain('sender stored long.bin')
    await transfersOf(ben).toContain('receiver stored long.bin')
  })
})
