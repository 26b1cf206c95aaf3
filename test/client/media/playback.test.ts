import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'

vi.stubGlobal('$state', (value: unknown) => value)
const { Playback } = await import('../../../client/media/playback.svelte.ts')

/** A `<video>` whose browser refuses what `refusals` says. */
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

  /** A media key, a phone call, another program. */
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

describe('a live picture', () => {
  test('that is paused from outside plays again by itself', async () => {
    const { playback, video } = await start()
    video.pause()
    await settle()
    expect([video.paused, video.muted, playback.state]).toEqual([false, false, 'playing'])
  })

  test('that a phone call stops shows Play, and plays again once the browser allows it', async () => {
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

  test('that is paused again and again is not fought for ever: Play is shown', async () => {
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

  test('without sound at first plays pictures and offers Play sound', async () => {
    const { playback, video } = await start('sound')
    expect([playback.state, video.paused, video.muted]).toEqual(['silenced', false, true])
    video.refuses = 'nothing'
    await playback.play()
    expect([playback.state, video.muted]).toEqual(['playing', false])
  })

  test('that may not play at all shows Play, and begins when the person touches the page', async () => {
    const { playback, video } = await start('everything')
    expect([playback.state, video.muted]).toEqual(['stopped', false])
    video.refuses = 'nothing'
    frame.dispatchEvent(new Event('pointerup'))
    await settle()
    expect([playback.state, video.paused]).toEqual(['playing', false])
  })

  test('whose stream has ended is left alone', async () => {
    const { video, pass } = await start()
    video.srcObject.active = false
    video.pause()
    await pass(60_000)
    expect(video.plays).toBe(1)
  })

  test('is not paused by media keys while it is there', async () => {
    const { stop } = await start()
    expect([...handlers.keys()]).toEqual(['play', 'pause', 'stop'])
    stop()
    expect([...handlers.values()]).toEqual([null, null, null])
  })

  test('that is gone is not played any more', async () => {
    const { video, stop, pass } = await start()
    stop()
    video.pause()
    page.dispatchEvent(new Event('visibilitychange'))
    await pass(60_000)
    expect(video.plays).toBe(1)
  })
})
