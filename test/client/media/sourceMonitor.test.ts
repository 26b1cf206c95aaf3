import { describe, expect, test, vi } from 'vitest'
import { SourceMonitor, monitorUnsentSources } from '../../../client/media/sourceMonitor.ts'
import { Tracks } from '../../../client/media/localTracks.ts'
import { timeouts } from '../../../machines/protocol/timeouts.ts'
import { FakeTrack } from '../common/fakes.ts'

const half = 500

/**
 * Fake stats reports of a connection. The arguments are the amounts delivered since the previous report, on the clock
 * of the reports.
 */
class Reports {
  readonly tracks = new Tracks()
  readonly microphone = new FakeTrack('audio')
  readonly camera = new FakeTrack('video')
  readonly doubts: string[] = []
  readonly watch = new SourceMonitor(this.tracks, (kind, doubt) => this.doubts.push(`${kind} ${doubt}`))
  #at = 1_000
  #audio = { totalSamplesDuration: 0, totalAudioEnergy: 0 }
  #frames = 0

  constructor() {
    this.tracks.set('microphone', this.microphone)
    this.tracks.set('camera', this.camera)
  }

  /** Reads `count` reports, 500 ms apart. */
  read(count: number, { samples = 0.5, energy = 0.01, frames = 15, gap = half } = {}): this {
    for (let n = 0; n < count; n++) {
      this.#at += gap
      this.#audio = {
        totalSamplesDuration: this.#audio.totalSamplesDuration + samples,
        totalAudioEnergy: this.#audio.totalAudioEnergy + energy,
      }
      this.#frames += frames
      this.watch.read([
        [
          'a',
          {
            type: 'media-source',
            kind: 'audio',
            id: 'a',
            timestamp: this.#at,
            trackIdentifier: this.microphone.id,
            ...this.#audio,
          },
        ],
        [
          'v',
          {
            type: 'media-source',
            kind: 'video',
            id: 'v',
            timestamp: this.#at,
            trackIdentifier: this.camera.id,
            frames: this.#frames,
          },
        ],
        ['o', { type: 'outbound-rtp', kind: 'video', id: 'o', timestamp: this.#at, packetsSent: 7 }],
      ])
    }
    return this
  }
}

const forStall = timeouts.deviceStalledAfterMs / half
const dead = { samples: 0, energy: 0 }

describe('source without data', () => {
  test('a microphone without data is reported once, after 3 s', () => {
    const reports = new Reports().read(4).read(forStall - 1, dead)
    expect(reports.doubts).toEqual([])
    expect(reports.read(1, dead).doubts).toEqual(['microphone track.stalled'])
    expect(reports.read(forStall - 1, dead).doubts).toHaveLength(1)
  })

  test('a camera is reported without frames, and not at one frame per second', () => {
    const reports = new Reports().read(4)
    for (let second = 0; second < 10; second++) reports.read(1, { frames: 0 }).read(1, { frames: 1 })
    expect(reports.doubts).toEqual([])
    expect(reports.read(forStall, { frames: 0 }).doubts).toEqual(['camera track.stalled'])
  })

  test('digital silence is reported as silence.detected every 3 s', () => {
    const reports = new Reports().read(4).read(2 * forStall + 1, { energy: 0 })
    expect(reports.doubts).toEqual(['microphone silence.detected', 'microphone silence.detected'])
  })

  test('a new track is measured from its start', () => {
    const reports = new Reports().read(4)
    const next = new FakeTrack('audio')
    reports.tracks.set('microphone', next)
    Object.assign(reports, { microphone: next })
    expect(reports.read(forStall + 1, dead).doubts).toEqual(['microphone track.stalled'])
  })
})

describe('source that is not reported', () => {
  test.each([
    [
      'a track muted by the user',
      (reports: Reports) => {
        reports.microphone.enabled = false
      },
    ],
    [
      'a track muted by the system',
      (reports: Reports) => {
        reports.microphone.muted = true
      },
    ],
    [
      'an ended track',
      (reports: Reports) => {
        reports.microphone.readyState = 'ended'
      },
    ],
    ['a removed track', (reports: Reports) => reports.tracks.set('microphone', null)],
    ['a track on a replaced connection', (reports: Reports) => reports.watch.reset()],
  ])('%s', (_, happens) => {
    const reports = new Reports().read(4)
    happens(reports)
    expect(reports.read(2 * forStall, dead).doubts).toEqual([])
  })

  test('a source without any data on this connection, because the peer has not answered yet', () => {
    expect(new Reports().read(2 * forStall, { ...dead, frames: 0 }).doubts).toEqual([])
  })

  test('a source during a sleep of the page', () => {
    expect(new Reports().read(4).read(5, { ...dead, gap: 10_000 }).doubts).toEqual([])
  })

  test('a source without counters in this browser', () => {
    const reports = new Reports()
    const report = (at: number) =>
      new Map([['a', { type: 'media-source', kind: 'audio', timestamp: at, trackIdentifier: reports.microphone.id }]])
    for (let at = 0; at < 10_000; at += half) reports.watch.read(report(at) as never)
    expect(reports.doubts).toEqual([])
  })
})

describe('source before a call', () => {
  /** A page in the lobby. The numbers are the frames that its tracks count per 500 ms. */
  function startLobby(
    counted = { microphone: 24_000, camera: 10 } as Partial<Record<'microphone' | 'camera', number>>,
  ) {
    vi.useFakeTimers()
    const tracks = new Tracks()
    const fakes = { microphone: new FakeTrack('audio'), camera: new FakeTrack('video') }
    const doubts: string[] = []
    let isFlowing = false
    for (const kind of ['microphone', 'camera'] as const) tracks.set(kind, fakes[kind])
    const stop = monitorUnsentSources(
      tracks,
      () => isFlowing,
      (kind, doubt) => doubts.push(`${kind} ${doubt}`),
    )
    const pass = (count: number, frames = counted): void => {
      for (let n = 0; n < count; n++) {
        for (const kind of ['microphone', 'camera'] as const) {
          const more = frames[kind]
          if (more !== undefined) fakes[kind].stats = { totalFrames: (fakes[kind].stats?.totalFrames ?? 0) + more }
        }
        vi.advanceTimersByTime(half)
      }
    }
    return {
      fakes,
      doubts,
      pass,
      flow: () => {
        isFlowing = true
      },
      end: () => {
        stop()
        vi.useRealTimers()
      },
    }
  }

  const stalls = (doubts: readonly string[]): string[] => doubts.filter((doubt) => doubt.endsWith('stalled'))

  test.each(['microphone', 'camera'] as const)('a %s without data in the lobby is reported after 3 s', (kind) => {
    const lobby = startLobby()
    lobby.pass(4)
    lobby.pass(forStall - 1, { microphone: 24_000, camera: 10, [kind]: 0 })
    expect(stalls(lobby.doubts)).toEqual([])
    lobby.pass(1, { microphone: 24_000, camera: 10, [kind]: 0 })
    expect(stalls(lobby.doubts)).toEqual([`${kind} track.stalled`])
    lobby.end()
  })

  test('a live microphone in the lobby reports silence.detected every 3 s', () => {
    const lobby = startLobby()
    lobby.pass(2 * forStall + 1)
    expect(lobby.doubts).toEqual(['microphone silence.detected', 'microphone silence.detected'])
    lobby.end()
  })

  test('muted tracks, tracks without counters and tracks on a connection are not reported', () => {
    const muted = startLobby()
    muted.pass(4)
    Object.assign(muted.fakes.microphone, { enabled: false })
    muted.pass(2 * forStall, { microphone: 0, camera: 10 })
    muted.end()
    const uncounted = startLobby({})
    uncounted.pass(2 * forStall)
    uncounted.end()
    const inCall = startLobby()
    inCall.flow()
    inCall.pass(4)
    inCall.pass(2 * forStall, { microphone: 0, camera: 0 })
    inCall.end()
    expect([muted, uncounted, inCall].map(({ doubts }) => stalls(doubts))).toEqual([[], [], []])
  })
})
