import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'

vi.stubGlobal('$state', (value: unknown) => value)
const { Playback } = await import('../../../client/media/playback.svelte.ts')

/** A `<video>` whose `play()` fails according to `refuses`. */
class FakeVideo extends EventTarget {
  paused = true
  muted = false
  srcObject = { active: true }
  plays = 0
  refuses: 'nothing' | 'sound' | 'everything' | 'for now' = 'nothing'

  async play(): Promise<void> {
    this.plays += 1
    if (this.refuses === 'for now') throw new DOMException('interrupted', 'AbortError')
    if (this.refuses === 'everything' || (this.refuses === 'sound' && !this.muted))
      throw new DOMException('no', 'NotAllowedError')
    this.paused = false
    this.dispatchEvent(new Event('playing'))
  }

  /** Pauses as by a media key, a phone call or another app. */
  pause(): void {
    this.paused = true
    this.dispatchEvent(new Event('pause'))
  }
}

const settle = () => vi.advanceTimersByTimeAsync(0)

async function start(refuses: FakeVideo['refuses'] = 'nothing') {
  let at = 0
  const playback = new Playback({ holdsMediaKeys: true, now: () => at })
  const video = Object.assign(new FakeVideo(), { refuses })
  const stop = playback.keepPlaying(video as unknown as HTMLVideoElement) as () => void
  video.dispatchEvent(new Event('loadedmetadata'))
  await settle()
  const pass = async (ms: number) => {
    at += ms
    await vi.advanceTimersByTimeAsync(ms)
  }
  return { playback, video, stop, pass }
}

const handlers = new Map<string, (() => void) | null>()
const [page, frame] = [new EventTarget(), new EventTarget()]

beforeEach(() => {
  vi.useFakeTimers()
  handlers.clear()
  vi.stubGlobal('document', page)
  vi.stubGlobal('addEventListener', frame.addEventListener.bind(frame))
  vi.stubGlobal('navigator', {
    mediaSession: {
      setActionHandler: (action: string, handler: (() => void) | null) => void handlers.set(action, handler),
    },
  })
})
afterEach(() => void vi.useRealTimers())

describe('live video', () => {
  test('a video paused from outside resumes', async () => {
    const { playback, video } = await start()
    video.pause()
    await settle()
    expect([video.paused, video.muted, playback.state]).toEqual([false, false, 'playing'])
  })

  test('a video stopped by a phone call shows Play and resumes once the browser allows it', async () => {
    const { playback, video, pass } = await start()
    video.refuses = 'for now'
    video.pause()
    await settle()
    expect(playback.state).toBe('stopped')
    await pass(60_000)
    expect([playback.state, video.muted]).toEqual(['stopped', false])
    video.refuses = 'nothing'
    await pass(20_000)
    expect([playback.state, video.paused]).toEqual(['playing', false])
  })

  test('a video paused 100 times shows Play instead of resuming', async () => {
    const { playback, video } = await start()
    for (let press = 0; press < 100; press++) {
      video.pause()
      await settle()
    }
    expect(playback.state).toBe('stopped')
    expect(video.plays).toBeLessThan(10)
    await playback.play()
    expect([playback.state, video.paused]).toEqual(['playing', false])
  })

  test('a video that must not play sound plays muted and offers Play sound', async () => {
    const { playback, video } = await start('sound')
    expect([playback.state, video.paused, video.muted]).toEqual(['withoutSound', false, true])
    video.refuses = 'nothing'
    await playback.play()
    expect([playback.state, video.muted]).toEqual(['playing', false])
  })

  test('a video blocked by autoplay rules shows Play and starts at the first user gesture', async () => {
    const { playback, video } = await start('everything')
    expect([playback.state, video.muted]).toEqual(['stopped', false])
    video.refuses = 'nothing'
    frame.dispatchEvent(new Event('pointerup'))
    await settle()
    expect([playback.state, video.paused]).toEqual(['playing', false])
  })

  test('a video with an ended stream is not resumed', async () => {
    const { video, pass } = await start()
    video.srcObject.active = false
    video.pause()
    await pass(60_000)
    expect(video.plays).toBe(1)
  })

  test('the media keys are captured while the video is mounted', async () => {
    const { stop } = await start()
    expect([...handlers.keys()]).toEqual(['play', 'pause', 'stop'])
    stop()
    expect([...handlers.values()]).toEqual([null, null, null])
  })

  test('an unmounted video is not resumed', async () => {
    const { video, stop, pass } = await start()
    stop()
    video.pause()
    page.dispatchEvent(new Event('visibilitychange'))
    await pass(60_000)
    expect(video.plays).toBe(1)
  })
})
