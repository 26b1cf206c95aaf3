import { createActor } from 'xstate'
import { describe, expect, test } from 'vitest'
import { captureActor } from '../../../../client/media/captureActor.ts'
import { createTrackRequester } from '../../../../client/media/getUserMedia.ts'
import { Tracks } from '../../../../client/media/localTracks.ts'
import { monitorMicrophone } from '../../../../client/pages/audio/microphoneMonitor.ts'
import { deviceMachine } from '../../../../machines/media/deviceMachine.ts'
import { FakeDevices, FakePermissions } from '../../common/fakes.ts'

/** One microphone, its monitor, and the track whose samples the monitor reads. */
async function start() {
  const devices = new FakeDevices() as FakeDevices & MediaDevices
  const permissions = new FakePermissions({}) as unknown as Permissions
  const tracks = new Tracks()
  const capture = captureActor({
    requestTrack: createTrackRequester(devices, permissions, () => ({})),
    tracks,
    devices,
    permissions,
  })
  const microphone = createActor(deviceMachine.provide({ actors: { capture } }), {
    input: { kind: 'microphone', selectedDeviceId: null },
  }).start()
  const state = { isInCall: true, mayListen: true, canRead: true }
  const reports: string[] = []
  const read: { track: MediaStreamTrack; isReading: boolean; onSamples(samples: Float32Array): void }[] = []
  const monitor = monitorMicrophone({
    microphone,
    tracks,
    isInCall: () => state.isInCall,
    mayListenWhileMuted: () => state.mayListen,
    report: ({ type }) => reports.push(type),
    read: (track, _, onSamples) => {
      const reading = { track, isReading: state.canRead, onSamples }
      read.push(reading)
      if (!state.canRead) throw new DOMException('The sample rates differ.', 'NotSupportedError')
      return () => {
        reading.isReading = false
      }
    },
  })
  microphone.send({ type: 'user.switchedOn' })
  await expect.poll(() => tracks.get('microphone')).not.toBeNull()
  const listened = () => read.filter(({ isReading }) => isReading).map(({ track }) => track)
  return { microphone, tracks, monitor, state, reports, read, listened, sent: () => tracks.get('microphone')! }
}

describe('an open microphone in a call', () => {
  test('is read itself while it is unmuted, and as an enabled copy while it is muted', async () => {
    const { microphone, reports, listened, sent } = await start()
    expect(listened()).toEqual([sent()])
    microphone.send({ type: 'user.muted' })
    const [copy] = listened()
    expect([copy === sent(), copy?.enabled, sent().enabled]).toEqual([false, true, false])
    microphone.send({ type: 'user.unmuted' })
    expect(listened()).toEqual([sent()])
    expect(copy?.readyState).toBe('ended')
    expect(reports).toEqual(['microphone.unmuted', 'microphone.muted', 'microphone.unmuted'])
  })

  test('is not read while it is muted if the user does not want it', async () => {
    const { microphone, monitor, state, listened } = await start()
    state.mayListen = false
    microphone.send({ type: 'user.muted' })
    expect(listened()).toEqual([])
    state.mayListen = true
    monitor.update()
    const [copy] = listened()
    state.mayListen = false
    monitor.update()
    expect([listened(), copy?.readyState]).toEqual([[], 'ended'])
  })

  test('is not read after the call, after it was switched off, and while the system mutes it', async () => {
    const { microphone, monitor, state, reports, listened } = await start()
    state.isInCall = false
    monitor.update()
    expect([listened(), reports.at(-1)]).toEqual([[], 'microphone.closed'])
    state.isInCall = true
    monitor.update()
    expect(listened()).toHaveLength(1)
    microphone.send({ type: 'track.muted' })
    expect([listened(), reports.at(-1)]).toEqual([[], 'microphone.closed'])
    microphone.send({ type: 'track.unmuted' })
    microphone.send({ type: 'user.muted' })
    const [copy] = listened()
    microphone.send({ type: 'user.switchedOff' })
    expect([listened(), copy?.readyState, reports.at(-1)]).toEqual([[], 'ended', 'microphone.closed'])
  })

  test('reports its silence, and speech only while it is muted', async () => {
    const { microphone, reports, read } = await start()
    const speak = (): void => {
      const loud = new Float32Array(16).fill(0.2)
      const pause = new Float32Array(16).fill(0.001)
      for (let count = 0; count < 30; count++) read.at(-1)!.onSamples(count % 5 === 4 ? pause : loud)
    }
    speak()
    expect(reports).toEqual(['microphone.unmuted', 'silence.ended'])
    microphone.send({ type: 'user.muted' })
    speak()
    expect(reports.slice(2)).toEqual(['microphone.muted', 'silence.ended', 'speech.started'])
  })

  test('has no copy that stays open if the browser cannot read it', async () => {
    const { microphone, state, reports, read } = await start()
    state.canRead = false
    microphone.send({ type: 'user.muted' })
    expect(read.at(-1)?.track.readyState).toBe('ended')
    expect(reports.at(-1)).toBe('microphone.muted')
  })

  test('is not read after the monitor has stopped', async () => {
    const { microphone, monitor, listened } = await start()
    microphone.send({ type: 'user.muted' })
    const [copy] = listened()
    monitor.stop()
    microphone.send({ type: 'user.unmuted' })
    expect([listened(), copy?.readyState]).toEqual([[], 'ended'])
  })
})
