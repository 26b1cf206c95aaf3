import { describe, expect, test } from 'vitest'
import { audioConstraints, readChangedOptions } from '../../../../client/media/audioConstraints.ts'
import { Tracks } from '../../../../client/media/localTracks.ts'
import { MicrophoneProcessing } from '../../../../client/pages/audio/processing.ts'

/** Storage of one browser. */
function createStorage() {
  const values = new Map<string, string>()
  return {
    getItem: (key: string) => values.get(key) ?? null,
    setItem: (key: string, value: string) => void values.set(key, value),
    removeItem: (key: string) => void values.delete(key),
  }
}

const filters = (value: unknown) => ({ echoCancellation: value, noiseSuppression: value, autoGainControl: value })

describe('the switches for the sound of the microphone', () => {
  /** The constraints of the next request. */
  const next = (storage: ReturnType<typeof createStorage>) => audioConstraints(readChangedOptions(storage))

  test('have all filters on without a choice', () => {
    expect(audioConstraints(readChangedOptions(undefined))).toEqual(filters(true))
  })

  test('keep a choice for the next visit', () => {
    const storage = createStorage()
    const first = new MicrophoneProcessing(storage)
    first.set('noiseSuppression', false)
    first.set('autoGainControl', false)
    first.set('autoGainControl', true)
    expect(next(storage)).toEqual({ ...filters(true), noiseSuppression: false })
    const second = new MicrophoneProcessing(storage)
    expect(second.isOn('noiseSuppression')).toBe(false)
    second.set('noiseSuppression', true)
    expect(next(storage)).toEqual(filters(true))
  })

  test('turn all filters off for music, and restore the choice after it', () => {
    const storage = createStorage()
    const processing = new MicrophoneProcessing(storage)
    processing.set('echoCancellation', false)
    processing.set('music', true)
    expect(next(storage)).toEqual({ ...filters(false), channelCount: 2 })
    processing.set('music', false)
    expect(next(storage)).toEqual({ ...filters(true), echoCancellation: false })
  })
})

/** A live track. `isFixed`: the browser keeps the values of a live track, as Chromium does. */
function createTrack(values: object, capabilities: object | undefined, isFixed: boolean): MediaStreamTrack {
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

/** Turns music mode on for a track, and returns its events and its marks. */
async function turnMusicOn(track: MediaStreamTrack | null) {
  const tracks = new Tracks()
  if (track) tracks.set('microphone', track)
  const processing = new MicrophoneProcessing(undefined)
  processing.set('music', true)
  const events: string[] = []
  const updates: (string | undefined)[] = []
  tracks.subscribe(() => updates.push(track?.contentHint))
  await processing.apply({ tracks, microphone: { send: ({ type }: { type: string }) => events.push(type) } as never })
  return { events, updates }
}

const capable = { ...filters([true, false]), channelCount: { max: 2 } }

test.each([
  ['a browser that changes it', { ...filters(true), channelCount: 1 }, capable, false],
  ['a device with neither filters nor a second channel', filters(false), { channelCount: { max: 1 } }, true],
  ['a browser without capabilities', filters(true), undefined, true],
])('a live track is marked, and the senders read it again: %s', async (_, settings, capabilities, isFixed) => {
  expect(await turnMusicOn(createTrack(settings, capabilities, isFixed))).toEqual({ events: [], updates: ['music'] })
})

test.each([
  ['keeps its filters', { ...filters(true), channelCount: 2 }],
  ['keeps one channel', { ...filters(false), channelCount: 1 }],
])('a track that %s is requested again', async (_, settings) => {
  expect(await turnMusicOn(createTrack(settings, capable, true))).toEqual({
    events: ['processing.changed'],
    updates: [],
  })
})

test('a device that has no track yet is requested again', async () => {
  expect((await turnMusicOn(null)).events).toEqual(['processing.changed'])
})
