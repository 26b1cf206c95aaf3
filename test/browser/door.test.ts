import { describe, expect } from 'vitest'
import type { RoomPolicy } from '../../machines/protocol/vocabulary.ts'
import { needs } from '../needs.ts'
import { asksBeforeLeaving, coverPage, expectSound, readTitles, recordSignals, tryToLeave } from './attention.ts'
import type { BrowserUser } from './browserUser.ts'
import { BrowserFixture } from './browserFixture.ts'
import { expectCall } from './expectCall.ts'

const test = needs('chromium', 'firefox')
/** Enough frames for a call that another file samples in full. */
const few = 3

/** Types into the field with this id. */
const type = ({ tab }: BrowserUser, id: string, text: string): Promise<void> =>
  tab.run(
    ([fieldId, typed]) => {
      const field = document.getElementById(fieldId!) as HTMLInputElement
      field.value = typed!
      field.dispatchEvent(new Event('input', { bubbles: true }))
    },
    [id, text],
  )

/** Selects the policy on the page that waits. */
const selectPolicy = ({ tab }: BrowserUser, policy: RoomPolicy): Promise<void> =>
  tab.run((wanted) => {
    const select = document.querySelector('select')!
    select.value = wanted
    select.dispatchEvent(new Event('change', { bubbles: true }))
  }, policy)

/** Reads the policy that the page knows. */
const readStoredPolicy = ({ tab }: BrowserUser): Promise<string | undefined> =>
  tab.run(() => Object.entries(sessionStorage).find(([key]) => key.includes('policy:'))?.[1] as string, null)

/** Opens the lobby of a new room, selects *Ask first*, and joins. */
async function waitInRoom(user: BrowserUser, room: string, name = ''): Promise<void> {
  await user.openLobby(room)
  await user.waitForText('Ask me before anyone joins')
  if (name) await type(user, 'visitor-name', name)
  await user.tab.run(() => document.querySelector<HTMLInputElement>('input[type=checkbox]')?.click(), null)
  await user.press('Join')
  await user.waitForStates({ room: 'created', call: 'offering' })
}

async function askToJoin(user: BrowserUser, room: string, name: string): Promise<void> {
  await user.openLobby(room)
  await user.waitForText('They decide who joins')
  await type(user, 'visitor-name', name)
  await user.press('Ask to join')
  await user.waitForText('Asking to join')
}

const readTitle = ({ tab }: BrowserUser): Promise<string> => tab.run(() => document.title, null)
/** The level that the peer's avatar shows, 0 to 1. */
const readVoiceLevel = ({ tab }: BrowserUser): Promise<number> =>
  tab.run(() => Number(document.querySelector<HTMLElement>('.remote .avatar')?.style.getPropertyValue('--level')), null)

interface PageWithCallWindow {
  documentPictureInPicture?: { window: Window | null }
}

/** The content of the picture-in-picture window; null if none is open. */
const readCallWindow = ({ tab }: BrowserUser) =>
  tab.run(() => {
    const content = (window as PageWithCallWindow).documentPictureInPicture?.window?.document.body
    if (!content) return null
    return {
      name: content.querySelector('p')?.textContent ?? '',
      hasVideo: Boolean(content.querySelector('video')?.srcObject),
      buttons: content.querySelectorAll('button').length,
    }
  }, null)

const pressInCallWindow = ({ tab }: BrowserUser, button: string): Promise<void> =>
  tab.run((wanted) => {
    const content = (window as PageWithCallWindow).documentPictureInPicture?.window?.document.body
    const buttons = [...(content?.querySelectorAll('button') ?? [])]
    buttons.find((each) => each.querySelector('.label')?.textContent === wanted)!.click()
  }, button)

const places = [
  ['Chromium', 'Firefox'],
  ['Firefox', 'Chromium'],
] as const

describe.each(places)('a room that asks first, with a holder in %s and a visitor in %s', (holder, visitor) => {
  const fixture = new BrowserFixture({ DUET_PREPARE: 'on' })
  const open = (name: string): Promise<BrowserUser> => (name === 'Chromium' ? fixture.chromium() : fixture.firefox())

  test('the holder declines one visitor, and admits another', async () => {
    const room = fixture.newRoom()
    const [ann, ben, cleo] = [await open(holder), await open(visitor), await open(visitor)]
    await waitInRoom(ann, room)
    await ann.waitForText('Who can join?')
    await askToJoin(ben, room, 'Ben')
    await ann.waitForText('Ben wants to join')

    await cleo.openLobby(room)
    await cleo.waitForText('They decide who joins')
    expect(await cleo.listButtons()).not.toContain('Join')
    await cleo.press('Ask to join')
    await cleo.waitForText('Someone else is asking right now')

    await ann.press('Decline')
    await ben.waitForText('You can ask again in 30 seconds')
    await ben.waitForText('They can’t let you in right now')
    // Nothing of the holder has arrived.
    expect((await ben.readInboundStats()).video.packets).toBe(0)
    expect((await ben.readStates()).membership).toBe('lobby')
  })

  test('an admitted visitor is in the call without another press, with sounds and names, and asks again after it', async () => {
    const room = fixture.newRoom()
    const [ann, ben] = [await open(holder), await open(visitor)]
    await waitInRoom(ann, room, '<b>Anna</b>\u202e')
    await recordSignals(ann)
    await coverPage(ann, true)
    await askToJoin(ben, room, 'Ben Berg')
    await recordSignals(ben)
    await ann.waitForText('Ben Berg wants to join')
    await expectSound(ann, [392, 330])
    expect(await readTitles(ann)).toEqual({
      notifications: ['Ben Berg wants to join'],
      page: expect.stringMatching(/^\(1\) Waiting/),
    })
    await coverPage(ben, true)
    await ann.press('Admit')
    await expectCall(ann, ben, few)

    await expectSound(ben, [523, 659, 784])
    expect((await readTitles(ben)).notifications).toEqual(['You’re in the call now'])
    await expectSound(ann, [523, 784])
    expect(await readTitles(ann)).toEqual({
      notifications: ['They joined the call'],
      page: expect.stringMatching(/^\(2\)/),
    })
    await coverPage(ann, false)
    expect((await readTitles(ann)).notifications).toEqual([])
    await expect.poll(async () => (await readTitles(ann)).page).not.toMatch(/^\(/)

    await coverPage(ben, false)
    await expect.poll(() => readTitle(ann)).toBe('Ben Berg · Duet')
    await expect.poll(() => readTitle(ben)).toBe('<b>Anna</b> · Duet')
    await ben.press('Mute')
    await ann.waitForText('Ben Berg’s microphone is off')
    await ben.press('Unmute')
    await ben.press('Camera off')
    await ann.waitForText('Ben Berg’s camera is off')
    // The initials, with a ring that grows with the voice.
    await expect.poll(() => ann.visibleText()).toMatch(/^BB$/m)
    await expect.poll(() => readVoiceLevel(ann)).toBeGreaterThan(0.05)

    await ben.press('Camera on')
    for (const user of [ann, ben]) expect(await tryToLeave(user)).toBe('beforeunload')
    await expectCall(ann, ben, few)

    await ann.press('View')
    await ann.press('Picture in picture')
    await expect.poll(() => readCallWindow(ann)).toEqual({ name: 'Ben Berg', hasVideo: true, buttons: 3 })
    await pressInCallWindow(ann, 'Mute')
    await ben.waitForText('<b>Anna</b>’s microphone is off')
    await pressInCallWindow(ann, 'Hang up')
    await ben.waitForText(/<b>Anna<\/b> hung up · \d+:\d\d/)
    await expect.poll(() => readCallWindow(ann)).toBeNull()
    await expectSound(ben, [784, 523])
    expect(await asksBeforeLeaving(ann)).toBe(false)
    expect(await asksBeforeLeaving(ben)).toBe(false)

    await ann.press('Call again')
    await ann.waitForStates({ room: 'created', call: 'offering' })
    await ben.press('Call again')
    await ben.waitForText('They decide who joins')
    await expect.poll(() => ben.listButtons()).toContain('Ask to join')
    await selectPolicy(ann, 'open')
    await expect.poll(() => ben.listButtons()).toContain('Join')
  })

  test('a visitor who cancels frees the door, and joins a room that the holder opens; the visitor locks it, and both call again', async () => {
    const room = fixture.newRoom()
    const [ann, ben] = [await open(holder), await open(visitor)]
    await waitInRoom(ann, room)
    await askToJoin(ben, room, '')
    await ann.waitForText('Someone wants to join')
    await ben.press('Cancel')
    await expect.poll(() => ann.visibleText()).not.toContain('wants to join')
    await ben.press('Ask to join')
    await ann.waitForText('Someone wants to join')
    await selectPolicy(ann, 'open')
    await ben.waitForStates({ membership: 'joined' })
    await expectCall(ann, ben, few)

    // The policy of the call holds for the next one. A locked room admits after a request.
    await ben.press('Room')
    await ben.waitForText('Who can join?')
    await selectPolicy(ben, 'locked')
    await expect.poll(() => readStoredPolicy(ann)).toBe('locked')
    await ann.press('Hang up')
    await ben.press('Call again')
    await ben.waitForStates({ room: 'created', call: 'offering' })
    await ann.press('Call again')
    await ann.waitForText('They decide who joins')
    await ann.press('Ask to join')
    await ben.press('Admit')
    await expectCall(ann, ben, few)
  })

  test('a visitor reads that the holder left, and may join the empty room', async () => {
    const room = fixture.newRoom()
    const [ann, ben] = [await open(holder), await open(visitor)]
    await waitInRoom(ann, room)
    await askToJoin(ben, room, 'Ben')
    await ann.press('Hang up')
    await ben.waitForText('The other person left')
    await ben.press('Join')
    await ben.waitForStates({ room: 'created' })
  })

  test('a reload of either side keeps the policy, and the visitor asks again', async () => {
    const room = fixture.newRoom()
    const [ann, ben] = [await open(holder), await open(visitor)]
    await waitInRoom(ann, room)
    await askToJoin(ben, room, 'Ben')
    await ann.openPath(`/r/${room}`)
    await ann.waitForStates({ room: 'created' })
    await ann.waitForText('Ben wants to join')
    await ben.openLobby(room)
    await expect.poll(() => ann.visibleText()).not.toContain('wants to join')
    await ben.waitForText('They decide who joins')
    await ben.press('Ask to join')
    await ann.waitForText('Ben wants to join')
    await selectPolicy(ann, 'locked')
    await ben.waitForText('the room is locked')
  })
})
