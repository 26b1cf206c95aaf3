import { describe, expect, test, vi } from 'vitest'
import { SourceMonitor, monitorUnsentSources } from '../../../client/media/sourceMonitor.ts'
import { Tracks } from '../../../client/media/localTracks.ts'
import { timeouts } from '../../../machines/protocol/timeouts.ts'
import { FakeTrack } from '../common/fakes.ts'

const half = 500

/** A connection whose reports are made up: how much its sources delivered since the one before, in the clock of the reports. */
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
    this.tracks.set('microphone', this.microphone as unknown as MediaStreamTrack)
    this.tracks.set('camera', this.camera as unknown as MediaStreamTrack)
  }

  /** So many reports, each half a second after the one before. */
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

describe('a source that delivers nothing', () => {
  test('is noticed after three seconds, once', () => {
    const reports = new Reports().read(4).read(forStall - 1, dead)
    expect(reports.doubts).toEqual([])
    expect(reports.read(1, dead).doubts).toEqual(['microphone track.stalled'])
    expect(reports.read(forStall - 1, dead).doubts).toHaveLength(1)
  })

  test('is a camera by its frames, and one frame a second is enough', () => {
    const reports = new Reports().read(4)
    for (let second = 0; second < 10; second++) reports.read(1, { frames: 0 }).read(1, { frames: 1 })
    expect(reports.doubts).toEqual([])
    expect(reports.read(forStall, { frames: 0 }).doubts).toEqual(['camera track.stalled'])
  })

  test('is doubted where there is only digital silence, every three seconds', () => {
    const reports = new Reports().read(4).read(2 * forStall + 1, { energy: 0 })
    expect(reports.doubts).toEqual(['microphone track.silent', 'microphone track.silent'])
  })

  test('is judged by the next track, too, from its beginning', () => {
    const reports = new Reports().read(4)
    const next = new FakeTrack('audio')
    reports.tracks.set('microphone', next as unknown as MediaStreamTrack)
    Object.assign(reports, { microphone: next })
    expect(reports.read(forStall + 1, dead).doubts).toEqual(['microphone track.stalled'])
  })
})

describe('nothing is wrong with a source', () => {
  test.each([
    [
      'that the person muted',
      (reports: Reports) => {
        reports.microphone.enabled = false
      },
    ],
    [
      'that the system muted',
      (reports: Reports) => {
        reports.microphone.muted = true
      },
    ],
    [
      'that has ended',
      (reports: Reports) => {
        reports.microphone.readyState = 'ended'
      },
    ],
    ['that is sent no more', (reports: Reports) => reports.tracks.set('microphone', null)],
    ['whose connection is another', (reports: Reports) => reports.watch.reset()],
  ])('%s', (_, happens) => {
    const reports = new Reports().read(4)
    happens(reports)
    expect(reports.read(2 * forStall, dead).doubts).toEqual([])
  })

  test('of which nothing was sent on this connection: the other side has not agreed yet', () => {
    expect(new Reports().read(2 * forStall, { ...dead, frames: 0 }).doubts).toEqual([])
  })

  test('while the page slept, or its timers did', () => {
    expect(new Reports().read(4).read(5, { ...dead, gap: 10_000 }).doubts).toEqual([])
  })

  test('that its browser does not count', () => {
    const reports = new Reports()
    const report = (at: number) =>
      new Map([['a', { type: 'media-source', kind: 'audio', timestamp: at, trackIdentifier: reports.microphone.id }]])
    for (let at = 0; at < 10_000; at += half) reports.watch.read(report(at) as never)
    expect(reports.doubts).toEqual([])
  })
})

describe('before a call', () => {
  /** A page in the lobby: its tracks count so many frames in each half second. */
  function startLobby(
    counted = { microphone: 24_000, camera: 10 } as Partial<Record<'microphone' | 'camera', number>>,
  ) {
    vi.useFakeTimers()
    const tracks = new Tracks()
    const fakes = { microphone: new FakeTrack('audio'), camera: new FakeTrack('video') }
    const doubts: string[] = []
    let isFlowing = false
    for (const kind of ['microphone', 'camera'] as const) tracks.set(kind, fakes[kind] as unknown as MediaStreamTrack)
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

  test.each(['microphone', 'camera'] as const)('a %s that delivers nothing is noticed after three seconds', (kind) => {
    const lobby = startLobby()
    lobby.pass(4)
    lobby.pass(forStall - 1, { microphone: 24_000, camera: 10, [kind]: 0 })
    expect(stalls(lobby.doubts)).toEqual([])
    lobby.pass(1, { microphone: 24_000, camera: 10, [kind]: 0 })
    expect(stalls(lobby.doubts)).toEqual([`${kind} track.stalled`])
    lobby.end()
  })

  test('a microphone in a silent room only costs a look at the list of devices every three seconds', () => {
    const lobby = startLobby()
    lobby.pass(2 * forStall + 1)
    expect(lobby.doubts).toEqual(['microphone track.silent', 'microphone track.silent'])
    lobby.end()
  })

  test('nothing is said of tracks that the person muted, of a browser that does not count, or while a connection counts', () => {
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
