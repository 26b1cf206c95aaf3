import { describe, expect, test } from 'vitest'
import { startAudioSession } from '../../../client/media/audioSession.ts'
import { type ListedCamera, findOppositeCamera } from '../../../client/media/facingCameras.ts'
import { keepScreenOn } from '../../../client/media/screenWakeLock.ts'

/** A page and a browser that grants locks, and releases them when the page is hidden. */
class FakeScreen extends EventTarget {
  hidden = false
  refuses = false
  readonly locks: { released: boolean; release(): Promise<void> }[] = []

  readonly wakeLock = {
    request: async () => {
      if (this.refuses) throw new DOMException('low battery', 'NotAllowedError')
      const lock = {
        released: false,
        release: async () => {
          lock.released = true
        },
      }
      this.locks.push(lock)
      return lock
    },
  } as unknown as WakeLock

  show(isShown: boolean): void {
    this.hidden = !isShown
    if (!isShown) for (const lock of this.locks) lock.released = true
    this.dispatchEvent(new Event('visibilitychange'))
  }

  get held(): number {
    return this.locks.filter(({ released }) => !released).length
  }

  keepOn = (): (() => void) => keepScreenOn(this as unknown as Document, this.wakeLock)
}

const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 5; turn++) await Promise.resolve()
}

describe('the screen', () => {
  test('stays on during a call, also after the page was hidden, and may go off afterwards', async () => {
    const screen = new FakeScreen()
    const stop = screen.keepOn()
    await settle()
    expect(screen.held).toBe(1)
    screen.show(false)
    await settle()
    expect(screen.held).toBe(0)
    screen.show(true)
    screen.show(true)
    await settle()
    expect(screen.held).toBe(1)
    stop()
    await settle()
    expect(screen.held).toBe(0)
    screen.show(true)
    await settle()
    expect(screen.locks).toHaveLength(2)
  })

  test('is released if the call ends before the browser grants the lock', async () => {
    const screen = new FakeScreen()
    screen.keepOn()()
    await settle()
    expect(screen.held).toBe(0)
  })

  test('is asked for again after a refusal, and a browser without the API does nothing', async () => {
    const screen = new FakeScreen()
    screen.refuses = true
    screen.keepOn()
    await settle()
    screen.refuses = false
    screen.show(true)
    await settle()
    expect(screen.held).toBe(1)
    keepScreenOn(screen as unknown as Document, null)()
  })
})

test('the audio session plays and records until the call ends', () => {
  const session: { type: 'auto' | 'play-and-record' } = { type: 'auto' }
  const stop = startAudioSession(session)
  expect(session.type).toBe('play-and-record')
  stop()
  expect(session.type).toBe('auto')
  startAudioSession(null)()
})

describe('the opposite camera', () => {
  const camera = (deviceId: string, label: string, facingMode?: string[]): ListedCamera => ({
    deviceId,
    label,
    ...(facingMode && { getCapabilities: () => ({ facingMode }) }),
  })
  const android = [
    camera('f', 'camera2 1, facing front', ['user']),
    camera('b', 'camera2 0, facing back', ['environment']),
    camera('w', 'camera2 2, facing back', ['environment']),
  ]
  const iphone = [camera('f', 'Front Camera'), camera('b', 'Back Camera'), camera('t', 'Back Telephoto Camera')]

  test.each([
    ['from the front', android, { deviceId: 'f', facingMode: 'user' }, 'b'],
    ['from the back', android, { deviceId: 'w', facingMode: 'environment' }, 'f'],
    ['by the labels', iphone, { deviceId: 'f' }, 'b'],
    ['none on a computer', [camera('c', 'HD Webcam'), camera('d', 'Backlit USB Cam')], { deviceId: 'c' }, null],
    ['none with one camera', [camera('f', 'Front Camera')], { deviceId: 'f', facingMode: 'user' }, null],
    ['none while the camera is off', iphone, undefined, null],
  ])('%s', (_, cameras, current, found) => {
    expect(findOppositeCamera(cameras, current)).toBe(found)
  })
})
