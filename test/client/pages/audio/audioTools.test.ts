import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createActor } from 'xstate'
import { captureActor } from '../../../../client/media/captureActor.ts'
import { createTrackRequester } from '../../../../client/media/getUserMedia.ts'
import { Tracks } from '../../../../client/media/localTracks.ts'
import { startAudioTools } from '../../../../client/pages/audio/audioTools.svelte.ts'
import { deviceMachine } from '../../../../machines/media/deviceMachine.ts'
import { FakeDevices, FakePermissions } from '../../common/fakes.ts'

beforeEach(() => {
  const page = new EventTarget()
  vi.stubGlobal('addEventListener', page.addEventListener.bind(page))
  vi.stubGlobal('$state', (value: unknown) => value)
  vi.stubGlobal('document', page)
  vi.stubGlobal('navigator', { userAgent: 'Firefox/140' })
})
afterEach(() => vi.unstubAllGlobals())

test('the end of the call mutes a microphone whose button is held', async () => {
  const devices = new FakeDevices() as FakeDevices & MediaDevices
  const permissions = new FakePermissions({}) as unknown as Permissions
  const tracks = new Tracks()
  const requestTrack = createTrackRequester(devices, permissions, () => ({}))
  const capture = captureActor({ requestTrack, tracks, devices, permissions })
  const microphone = createActor(deviceMachine.provide({ actors: { capture } }), {
    input: { kind: 'microphone', selectedDeviceId: null },
  }).start()
  microphone.send({ type: 'user.switchedOn' })
  await expect.poll(() => tracks.get('microphone')).not.toBeNull()
  microphone.send({ type: 'user.muted' })

  let isInCall = true
  let update = (): void => undefined
  const call = {
    getSnapshot: () => ({ matches: () => isInCall }),
    subscribe: (listener: () => void) => {
      update = listener
      return { unsubscribe: () => undefined }
    },
  }
  const mediaView: { audioTools: { isPushToTalkOn: boolean; press(): void } | null } = { audioTools: null }
  const recorder = { inspect: () => () => undefined }
  vi.stubGlobal(
    'AudioContext',
    class {
      state = 'suspended'
      createAnalyser = () => ({ fftSize: 4 })
      createMediaStreamSource = () => ({ connect: () => undefined })
      close = () => Promise.resolve()
    },
  )
  vi.stubGlobal('MediaStream', class {})
  const stop = startAudioTools({ microphone, call, tracks, recorder, mediaView } as unknown as Parameters<
    typeof startAudioTools
  >[0])
  const tools = mediaView.audioTools!
  tools.isPushToTalkOn = true
  tools.press()
  expect(tracks.get('microphone')?.enabled).toBe(true)
  isInCall = false
  update()
  expect(tracks.get('microphone')?.enabled).toBe(false)
  stop()
})
