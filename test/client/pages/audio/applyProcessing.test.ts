import { expect, test } from 'vitest'
import { Tracks } from '../../../../client/media/localTracks.ts'
import { MicrophoneProcessing } from '../../../../client/media/microphoneProcessing.ts'
import { applyProcessing } from '../../../../client/pages/audio/applyProcessing.ts'

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
  await applyProcessing({
    tracks,
    processing,
    microphone: { send: ({ type }: { type: string }) => events.push(type) } as never,
  })
  return { events, updates }
}

const filters = (value: unknown) => ({ echoCancellation: value, noiseSuppression: value, autoGainControl: value })
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
