import { describe, expect, test, vi } from 'vitest'
import { type CallAction, handleMediaSessionActions } from '../../../../client/pages/call/mediaSessionActions.ts'
import type { CallWindowParts } from '../../../../client/pages/call/callWindow.svelte.ts'

vi.stubGlobal('$state', (value: unknown) => value)
const { CallWindow } = await import('../../../../client/pages/call/callWindow.svelte.ts')

/** A video whose browser shows it in a window, or refuses. */
class FakeVideo extends EventTarget {
  refuses = false

  async requestPictureInPicture(): Promise<void> {
    if (this.refuses) throw new DOMException('no gesture', 'NotAllowedError')
  }
}

function createVideoPage() {
  const video = new FakeVideo()
  const page = {
    document: {
      pictureInPictureEnabled: true,
      exitPictureInPicture: async () => void video.dispatchEvent(new Event('leavepictureinpicture')),
    },
  }
  const callWindow = new CallWindow({
    getVideo: () => video as unknown as HTMLVideoElement,
    mountContent: () => () => undefined,
    page: page as unknown as NonNullable<CallWindowParts['page']>,
  })
  return { video, callWindow }
}

// Chromium and Firefox have the document window, which door.test.ts opens. Safari has only this one.
describe('a browser that can show only a video', () => {
  test('opens and closes the window, and notices that the user closed it', async () => {
    const { video, callWindow } = createVideoPage()
    expect(callWindow.kind).toBe('video')
    await callWindow.open()
    expect(callWindow.isOpen).toBe(true)
    callWindow.close()
    expect(callWindow.isOpen).toBe(false)
    await callWindow.open()
    video.dispatchEvent(new Event('leavepictureinpicture'))
    expect(callWindow.isOpen).toBe(false)
    callWindow.close()
  })

  test('stays closed if the browser refuses', async () => {
    const { video, callWindow } = createVideoPage()
    video.refuses = true
    await callWindow.open()
    expect(callWindow.isOpen).toBe(false)
  })
})

test('a browser without both has no window', () => {
  const page = { document: {} } as unknown as NonNullable<CallWindowParts['page']>
  expect(new CallWindow({ getVideo: () => null, mountContent: () => () => undefined, page }).kind).toBeNull()
})

test('actions of the system are handled until the end, and an unknown one is ignored', () => {
  const handlers = new Map<string, (() => void) | null>()
  const calls: string[] = []
  const record = (action: CallAction) => () => void calls.push(action)
  const all: Record<CallAction, () => void> = {
    enterpictureinpicture: record('enterpictureinpicture'),
    togglemicrophone: record('togglemicrophone'),
    togglecamera: record('togglecamera'),
    hangup: record('hangup'),
  }
  const stop = handleMediaSessionActions(all, {
    setActionHandler(action, handler) {
      if (action === 'togglecamera') throw new TypeError('unknown')
      handlers.set(action, handler)
    },
  })
  handlers.get('enterpictureinpicture')?.()
  handlers.get('hangup')?.()
  expect(calls).toEqual(['enterpictureinpicture', 'hangup'])
  stop()
  expect([...handlers.values()]).toEqual([null, null, null])
})
