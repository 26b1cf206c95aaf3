import { describe, expect, test } from 'vitest'
import { MicrophoneProcessing } from '../../../client/media/microphoneProcessing.ts'

/** Storage of one browser. */
function createStorage() {
  const values = new Map<string, string>()
  return {
    getItem: (key: string) => values.get(key) ?? null,
    setItem: (key: string, value: string) => void values.set(key, value),
    removeItem: (key: string) => void values.delete(key),
  }
}

/** A live track. `isFixed`: the browser keeps the values of a live track, as Chromium does. */
function createTrack(values: Record<string, unknown>, capabilities: object | undefined, isFixed: boolean) {
  const settings = { ...values }
  return {
    contentHint: '',
    getSettings: () => settings,
    ...(capabilities && { getCapabilities: () => capabilities }),
    async applyConstraints(constraints: object) {
      if (!isFixed) Object.assign(settings, constraints)
    },
  } as unknown as MediaStreamTrack
}

const allOn = { echoCancellation: true, noiseSuppression: true, autoGainControl: true }
const both = [true, false]
const capable = { echoCancellation: both, noiseSuppression: both, autoGainControl: both, channelCount: { max: 2 } }

describe('the switches for the sound of the microphone', () => {
  test('have all filters on without a choice', () => {
    expect(new MicrophoneProcessing(undefined).constraints).toEqual(allOn)
  })

  test('keep a choice for the next visit', () => {
    const storage = createStorage()
    const first = new MicrophoneProcessing(storage)
    first.set('noiseSuppression', false)
    first.set('autoGainControl', false)
    first.set('autoGainControl', true)
    const next = new MicrophoneProcessing(storage)
    expect(next.constraints).toEqual({ ...allOn, noiseSuppression: false })
    next.set('noiseSuppression', true)
    expect(new MicrophoneProcessing(storage).constraints).toEqual(allOn)
  })

  test('turn all filters off for music, and restore the choice after it', () => {
    const processing = new MicrophoneProcessing(createStorage())
    processing.set('echoCancellation', false)
    processing.set('music', true)
    expect(processing.constraints).toEqual({
      echoCancellation: false,
      noiseSuppression: false,
      autoGainControl: false,
      channelCount: 2,
    })
    const track = createTrack({}, undefined, false)
    processing.mark(track)
    expect(track.contentHint).toBe('music')
    processing.set('music', false)
    expect(processing.constraints).toEqual({ ...allOn, echoCancellation: false })
    processing.mark(track)
    expect(track.contentHint).toBe('')
  })

  test.each([
    ['a browser that changes a live track', allOn, capable, false, true],
    ['a browser that ignores the change', allOn, capable, true, false],
    [
      'a device that has no filters',
      { echoCancellation: false, noiseSuppression: false, autoGainControl: false },
      { echoCancellation: [false], noiseSuppression: [false], autoGainControl: [false], channelCount: { max: 1 } },
      true,
      true,
    ],
    ['a browser without capabilities', allOn, undefined, true, true],
  ])('tell whether the track has to be requested again: %s', async (_, settings, capabilities, isFixed, isApplied) => {
    const processing = new MicrophoneProcessing(undefined)
    processing.set('noiseSuppression', false)
    expect(await processing.apply(createTrack(settings, capabilities, isFixed))).toBe(isApplied)
  })
})
