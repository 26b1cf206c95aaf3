import { type Actor, createActor, waitFor } from 'xstate'
import { describe, expect, test, vi } from 'vitest'
import { createTrackRequester } from '../../../client/media/getUserMedia.ts'
import { captureActor, waitUntilSettled, monitorDevices } from '../../../client/media/captureActor.ts'
import { classifyCaptureError } from '../../../client/media/captureErrors.ts'
import { audioConstraints } from '../../../client/media/audioConstraints.ts'
import { Tracks } from '../../../client/media/localTracks.ts'
import { deviceMachine, type DeviceContext } from '../../../machines/media/deviceMachine.ts'
import type { DeviceKind } from '../../../machines/protocol/vocabulary.ts'
import { timeouts } from '../../../machines/protocol/timeouts.ts'
import { FakeDevices, FakePermissions } from '../common/fakes.ts'
import { deadlineMs } from '../../deadline.ts'

/** The device machines of a page with a fake browser. */
function startDevices(
  devices: FakeDevices | undefined,
  states: Record<string, PermissionState> = {},
  chosen: string | null = null,
) {
  const permissions = new FakePermissions(states)
  const tracks = new Tracks()
  const changedOptions: string[] = []
  const [theirs, allowed] = [devices as MediaDevices | undefined, permissions as unknown as Permissions]
  const capture = captureActor({
    requestTrack: createTrackRequester(theirs, allowed, () => audioConstraints(changedOptions)),
    tracks,
    devices: theirs,
    permissions: allowed,
  })
  const create = (kind: DeviceKind): Actor<typeof deviceMachine> => {
    const actor = createActor(deviceMachine.provide({ actors: { capture } }), {
      input: { kind, selectedDeviceId: chosen },
    }).start()
    monitorDevices(actor, theirs, allowed)
    return actor
  }
  return {
    permissions,
    tracks,
    changedOptions,
    microphone: create('microphone'),
    camera: create('camera'),
    screen: create('screen'),
  }
}

const answered = (...actors: Actor<typeof deviceMachine>[]) =>
  Promise.all(actors.map((actor) => waitFor(actor, (state) => !state.matches('requesting'), { timeout: deadlineMs })))

async function switchOn(...actors: Actor<typeof deviceMachine>[]) {
  for (const actor of actors) actor.send({ type: 'user.switchedOn' })
  const states = await answered(...actors)
  return states.map(({ context }) => context.problem ?? 'live')
}

/** Waits until the context of a device matches. */
const becomes = (actor: Actor<typeof deviceMachine>, what: Partial<DeviceContext>) =>
  expect.poll(() => actor.getSnapshot().context).toMatchObject(what)

const namesOf = (devices: FakeDevices): string[] => devices.requests.map((asked) => Object.keys(asked).sort().join('+'))

describe('request of microphone and camera', () => {
  test('requests of one tick share one getUserMedia call', async () => {
    const devices = new FakeDevices()
    const { microphone, camera, tracks } = startDevices(devices)
    expect(await switchOn(microphone, camera)).toEqual(['live', 'live'])
    expect(namesOf(devices)).toEqual(['audio+video'])
    expect([tracks.get('microphone'), tracks.get('camera')]).toEqual(devices.tracks)
  })

  test('the constraints enable echo cancellation and request 720p', async () => {
    const devices = new FakeDevices()
    const { microphone, camera } = startDevices(devices)
    await switchOn(microphone, camera)
    expect(devices.requests[0]).toMatchObject({
      audio: { echoCancellation: true },
      video: { width: { ideal: 1280 }, facingMode: 'user' },
    })
  })

  test.each([
    ['NotFoundError', 'video', 'missing'],
    ['NotReadableError', 'video', 'busy'],
    ['AbortError', 'video', 'busy'],
    ['OverconstrainedError', 'video', 'unsuitable'],
  ] as const)('%s of one device does not fail the other', async (name, kind, problem) => {
    const devices = new FakeDevices()
    devices.errorNames = { 'audio+video': name, [kind]: name }
    const { microphone, camera } = startDevices(devices)
    expect(await switchOn(microphone, camera)).toEqual(['live', problem])
    expect(namesOf(devices).slice(0, 3)).toEqual(['audio+video', 'audio', 'video'])
  })

  test('a denied combined prompt is not repeated', async () => {
    const devices = new FakeDevices()
    devices.errorNames = { 'audio+video': 'NotAllowedError' }
    const { microphone, camera } = startDevices(devices, { microphone: 'prompt', camera: 'prompt' })
    expect(await switchOn(microphone, camera)).toEqual(['denied', 'denied'])
    expect(devices.requests).toHaveLength(1)
  })

  test('a combined prompt that fails for one blocked device still gets the other', async () => {
    const devices = new FakeDevices()
    devices.errorNames = { 'audio+video': 'NotAllowedError', video: 'NotAllowedError' }
    const { microphone, camera } = startDevices(devices, { microphone: 'granted', camera: 'denied' })
    expect(await switchOn(microphone, camera)).toEqual(['live', 'denied'])
  })

  test('a missing chosen device falls back to any device', async () => {
    const devices = new FakeDevices()
    devices.errorNames = { 'audio+video': 'OverconstrainedError', gone: 'OverconstrainedError' }
    const { camera } = startDevices(devices, {}, 'gone')
    expect(await switchOn(camera)).toEqual(['live'])
    expect(camera.getSnapshot().context).toMatchObject({ selectedDeviceId: 'gone', deviceId: 'default' })
  })

  test('without mediaDevices both devices fail as insecure', async () => {
    const { microphone, camera } = startDevices(undefined)
    expect(await switchOn(microphone, camera)).toEqual(['insecure', 'insecure'])
  })

  test('failed devices retry when the cause is gone', async () => {
    const devices = new FakeDevices()
    devices.errorNames = { audio: 'NotFoundError', video: 'NotAllowedError' }
    const { microphone, camera, permissions } = startDevices(devices, { microphone: 'prompt', camera: 'denied' })
    await switchOn(microphone)
    await switchOn(camera)
    devices.errorNames = {}
    devices.dispatchEvent(new Event('devicechange'))
    await waitFor(microphone, (state) => state.matches('live'), { timeout: deadlineMs })
    expect(camera.getSnapshot().value).toBe('failed')
    const status = permissions.statuses.camera
    if (status) Object.assign(status, { state: 'granted' }).dispatchEvent(new Event('change'))
    expect((await answered(microphone, camera)).map(({ value }) => value)).toEqual([
      { live: 'unmuted' },
      { live: 'unmuted' },
    ])
  })
})

describe('track', () => {
  test('muting disables a track, and switching off stops it', async () => {
    const devices = new FakeDevices()
    const { microphone, tracks } = startDevices(devices)
    await switchOn(microphone)
    expect(devices.tracks[0]).toMatchObject({ enabled: true, readyState: 'live' })
    microphone.send({ type: 'user.muted' })
    expect(devices.tracks[0]).toMatchObject({ enabled: false, readyState: 'live' })
    microphone.send({ type: 'user.switchedOff' })
    expect(devices.tracks[0]).toMatchObject({ readyState: 'ended' })
    expect(tracks.get('microphone')).toBeNull()
  })

  test('another processing that needs another track requests it, and the user stays muted', async () => {
    const devices = new FakeDevices()
    const { microphone, tracks, changedOptions } = startDevices(devices)
    await switchOn(microphone)
    microphone.send({ type: 'user.muted' })
    changedOptions.push('music')
    microphone.send({ type: 'processing.changed' })
    await expect.poll(() => devices.tracks).toHaveLength(2)
    await answered(microphone)
    const [first, second] = devices.tracks
    expect(tracks.get('microphone')).toBe(second)
    expect(devices.requests[1]).toMatchObject({ audio: { noiseSuppression: false, deviceId: { exact: 'default' } } })
    expect(first?.readyState).toBe('ended')
    expect(second).toMatchObject({ enabled: false, contentHint: 'music' })
    expect(microphone.getSnapshot().matches({ live: 'muted' })).toBe(true)
  })

  test('a track that arrives after its device was switched off is stopped', async () => {
    const devices = new FakeDevices()
    const { camera, tracks } = startDevices(devices)
    camera.send({ type: 'user.switchedOn' })
    camera.send({ type: 'user.switchedOff' })
    await expect.poll(() => devices.tracks.map(({ readyState }) => readyState)).toEqual(['ended'])
    expect(tracks.get('camera')).toBeNull()
  })

  test('a track that ends without a replacement fails its device', async () => {
    const devices = new FakeDevices()
    const { camera, tracks } = startDevices(devices)
    await switchOn(camera)
    devices.listed.videoinput = []
    devices.errorNames = { video: 'NotFoundError' }
    devices.tracks[0]?.endByBrowser()
    await becomes(camera, { problem: 'unplugged' })
    expect(tracks.outgoing('video', true)).toBeNull()
  })

  test('a shared screen is sent beside the camera, or replaces it for an old page, until it ends', async () => {
    const devices = new FakeDevices()
    const { camera, screen, tracks } = startDevices(devices)
    await switchOn(camera, screen)
    expect(tracks.outgoing('video', false)).toBe(tracks.get('screen'))
    expect(tracks.outgoing('video', true)).toBe(tracks.get('camera'))
    expect(tracks.outgoing('screen', true)).toBe(tracks.get('screen'))
    expect(tracks.outgoing('screen', false)).toBeNull()
    screen.send({ type: 'user.switchedOff' })
    expect(tracks.outgoing('video', false)).toBe(tracks.get('camera'))
    expect(tracks.outgoing('screen', true)).toBeNull()
  })
})

describe('device of a live track', () => {
  test('an unplugged device is replaced, and the chosen one is used again when it returns', async () => {
    const devices = new FakeDevices()
    devices.isListedOnly = true
    devices.listed.audioinput = ['default', 'headset']
    const { microphone } = startDevices(devices, {}, 'headset')
    await switchOn(microphone)
    devices.listed.audioinput = ['default']
    devices.tracks[0]?.endByBrowser()
    await becomes(microphone, { deviceId: 'default', fallbackReason: 'unplugged' })
    devices.dispatchEvent(new Event('devicechange'))
    await devices.settle()
    devices.listed.audioinput = ['default', 'headset']
    devices.dispatchEvent(new Event('devicechange'))
    await becomes(microphone, { deviceId: 'headset', fallbackReason: null })
  })

  test('a returning device is found without a devicechange event', async () => {
    vi.useFakeTimers()
    try {
      const devices = new FakeDevices()
      devices.isListedOnly = true
      const { microphone } = startDevices(devices, {}, 'headset')
      microphone.send({ type: 'user.switchedOn' })
      await vi.advanceTimersByTimeAsync(timeouts.devicePollIntervalMs)
      expect(microphone.getSnapshot().context.deviceId).toBe('default')
      devices.listed.audioinput = ['default', 'headset']
      await vi.advanceTimersByTimeAsync(timeouts.devicePollIntervalMs)
      expect(microphone.getSnapshot().context.deviceId).toBe('headset')
      const { listCount } = devices
      await vi.advanceTimersByTimeAsync(5 * timeouts.devicePollIntervalMs)
      expect(devices.listCount).toBe(listCount)
    } finally {
      vi.useRealTimers()
    }
  })

  test('a device that does not start leaves the previous one in use', async () => {
    const devices = new FakeDevices()
    const { camera } = startDevices(devices, {}, 'front')
    await switchOn(camera)
    devices.errorNames = { back: 'NotReadableError' }
    camera.send({ type: 'device.selected', deviceId: 'back' })
    await becomes(camera, { deviceId: 'front', selectedDeviceId: 'back', fallbackReason: 'busy' })
  })

  test('a device with digital silence that is no longer listed is replaced', async () => {
    const devices = new FakeDevices()
    devices.listed.audioinput = ['default', 'headset']
    const { microphone } = startDevices(devices, {}, 'headset')
    await switchOn(microphone)
    microphone.send({ type: 'silence.detected' })
    await devices.settle()
    expect(microphone.getSnapshot().context.deviceId).toBe('headset')
    Object.assign(devices, { isListedOnly: true }).listed.audioinput = ['default']
    microphone.send({ type: 'silence.detected' })
    await becomes(microphone, { deviceId: 'default', fallbackReason: 'unplugged' })
    expect(devices.tracks.map(({ readyState }) => readyState)).toEqual(['ended', 'live'])
  })

  test.each([
    ['the browser reports it', 'denied', ['default']],
    ['the browser hides the device ids', 'prompt', ['']],
  ] as const)(
    'a revoked permission is "denied", not "unplugged", if %s; the device returns with the permission',
    async (_, state, listed) => {
      const devices = new FakeDevices()
      const { camera, permissions } = startDevices(devices, { camera: 'granted' })
      await switchOn(camera)
      const status = permissions.statuses.camera!
      status.state = state
      devices.listed.videoinput = [...listed]
      devices.tracks[0]?.endByBrowser()
      await becomes(camera, { problem: 'denied' })
      expect(devices.tracks).toHaveLength(1)
      Object.assign(status, { state: 'granted' }).dispatchEvent(new Event('change'))
      await becomes(camera, { problem: null, deviceId: 'default' })
    },
  )

  test('a revoked permission stops a track that is still live', async () => {
    const devices = new FakeDevices()
    const { camera, permissions } = startDevices(devices, { camera: 'granted' })
    await switchOn(camera)
    Object.assign(permissions.statuses.camera!, { state: 'denied' }).dispatchEvent(new Event('change'))
    expect(camera.getSnapshot()).toMatchObject({ value: 'failed', context: { problem: 'denied' } })
    expect(devices.tracks.map(({ readyState }) => readyState)).toEqual(['ended'])
  })

  test('a hardware mute is reported only after trackMutedAfterMs', async () => {
    vi.useFakeTimers()
    try {
      const devices = new FakeDevices()
      const { microphone } = startDevices(devices)
      microphone.send({ type: 'user.switchedOn' })
      await vi.advanceTimersByTimeAsync(0)
      const [track] = devices.tracks
      const isTrackMuted = () => microphone.getSnapshot().context.isTrackMuted
      track?.setMuted(true)
      await vi.advanceTimersByTimeAsync(timeouts.trackMutedAfterMs - 1)
      track?.setMuted(false)
      await vi.advanceTimersByTimeAsync(timeouts.trackMutedAfterMs)
      expect(isTrackMuted()).toBe(false)
      track?.setMuted(true)
      await vi.advanceTimersByTimeAsync(timeouts.trackMutedAfterMs)
      expect(isTrackMuted()).toBe(true)
      track?.setMuted(false)
      expect(isTrackMuted()).toBe(false)
    } finally {
      vi.useRealTimers()
    }
  })
})

describe('waitUntilSettled', () => {
  test('a call waits for requested devices up to a timeout, and not for devices that are off', async () => {
    const devices = new FakeDevices()
    const { microphone, camera } = startDevices(devices)
    await waitUntilSettled([microphone, camera])
    devices.getUserMedia = () => new Promise(() => undefined)
    camera.send({ type: 'user.switchedOn' })
    const begun = performance.now()
    await waitUntilSettled([microphone, camera])
    expect(performance.now() - begun).toBeGreaterThan(500)
  })
})

test.each([
  [new DOMException('Permission denied', 'NotAllowedError'), 'denied'],
  [new DOMException('Permission denied by system', 'NotAllowedError'), 'denied-by-system'],
  [new DOMException('', 'SecurityError'), 'denied-by-system'],
  [new DOMException('', 'NotFoundError'), 'missing'],
  [new DOMException('Starting videoinput failed', 'AbortError'), 'busy'],
  [new TypeError('undefined'), 'insecure'],
  ['what?', 'unknown'],
] as const)('%s is %s', (error, problem) => {
  expect(classifyCaptureError(error, 'camera')).toBe(problem)
})

test('a TypeError on a secure page is classified as unsupported', () => {
  vi.stubGlobal('isSecureContext', true)
  expect(classifyCaptureError(new TypeError('undefined'), 'camera')).toBe('unsupported')
  vi.unstubAllGlobals()
})
