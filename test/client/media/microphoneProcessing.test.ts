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

const allOn = { echoCancellation: true, noiseSuppression: true, autoGainControl: true }

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
    const track = { contentHint: '' } as MediaStreamTrack
    processing.mark(track)
    expect(track.contentHint).toBe('music')
    processing.set('music', false)
    expect(processing.constraints).toEqual({ ...allOn, echoCancellation: false })
    processing.mark(track)
    expect(track.contentHint).toBe('')
  })
})
