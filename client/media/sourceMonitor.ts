import { timeouts } from '../../machines/protocol/timeouts.ts'
import type { Tracks } from './localTracks.ts'

/** `media-source` of webrtc-stats §8.4. Firefox 153 fills in video frames, but nothing for audio. */
interface MediaSourceStats {
  type: string
  kind?: 'audio' | 'video'
  timestamp?: number
  trackIdentifier?: string
  totalSamplesDuration?: number
  totalAudioEnergy?: number
  frames?: number
}

/**
 * `stats` of a track (Media Capture and Streams Extensions). Chromium counts all frames of a source, including silent
 * ones. Firefox 153 has no such counters.
 */
interface TrackWithStats {
  stats?: { totalFrames?: number }
}

type SourceKind = 'microphone' | 'camera'
type SourceProblem = 'silence.detected' | 'track.stalled'

interface SourceCounters {
  trackId: string
  /** The delivered amount, and the time in ms at which it last grew, on the clock of the reports. */
  delivered: number
  deliveredAt: number
  /** The same for audio above digital silence. */
  energy: number
  soundAt: number
  readAt: number
}

const sourceKinds = { audio: 'microphone', video: 'camera' } as const

/** After a longer gap between two reports, in ms, the page or the machine slept. The monitor then starts over. */
const maxReportGapMs = 2_000

/**
 * Detects a source that delivers nothing though its track is live and enabled. Sound servers drop a source without
 * notice, and browsers then leave the track live. `track.stalled`: no data for 3 s. `silence.detected`: only digital
 * silence for 3 s, repeated every 3 s. A quiet room may cause this too, so it only triggers a check of the device
 * list.
 */
export class SourceMonitor {
  readonly #tracks: Tracks
  readonly #report: (kind: SourceKind, problem: SourceProblem) => void
  readonly #counts = new Map<SourceKind, SourceCounters>()
  /**
   * Sources that delivered data since the last reset. Before that, the transceiver may still wait for the peer's
   * answer.
   */
  readonly #flowing = new Set<SourceKind>()

  constructor(tracks: Tracks, report: (kind: SourceKind, doubt: SourceProblem) => void) {
    this.#tracks = tracks
    this.#report = report
  }

  /** Forgets all counters. Call it when the connection is replaced or its media stops. */
  reset(): void {
    this.#counts.clear()
    this.#flowing.clear()
  }

  /** Reads one stats report of the connection. Reports must come in order. */
  read(report: Iterable<[string, unknown]>): void {
    const checked = new Set<SourceKind>()
    for (const [, stats] of report) {
      const source = stats as MediaSourceStats
      const kind = source.type === 'media-source' && source.kind ? sourceKinds[source.kind] : null
      if (kind && this.#shouldCheck(kind, source)) {
        checked.add(kind)
        this.#check(kind, source)
      }
    }
    for (const kind of this.#counts.keys()) if (!checked.has(kind)) this.#counts.delete(kind)
  }

  /** A muted or disabled track delivers nothing, and a static shared screen does not either. */
  #shouldCheck(kind: SourceKind, { trackIdentifier, timestamp }: MediaSourceStats): boolean {
    const track = this.#tracks.get(kind)
    return (
      track !== null &&
      track.id === trackIdentifier &&
      timestamp !== undefined &&
      track.enabled &&
      !track.muted &&
      track.readyState === 'live'
    )
  }

  #check(
    kind: SourceKind,
    {
      trackIdentifier: trackId = '',
      timestamp: at = 0,
      totalSamplesDuration,
      totalAudioEnergy,
      frames,
    }: MediaSourceStats,
  ): void {
    const delivered = kind === 'microphone' ? totalSamplesDuration : frames
    // This browser does not report the counter.
    if (delivered === undefined) return
    const energy = totalAudioEnergy ?? 0
    const before = this.#counts.get(kind)
    const isNew = before?.trackId !== trackId || at - before.readAt > maxReportGapMs
    const count: SourceCounters =
      !before || isNew
        ? { trackId, delivered, energy, readAt: at, deliveredAt: at, soundAt: at }
        : {
            trackId,
            delivered,
            energy,
            readAt: at,
            deliveredAt: delivered > before.delivered ? at : before.deliveredAt,
            soundAt: totalAudioEnergy === undefined || energy > before.energy ? at : before.soundAt,
          }
    this.#counts.set(kind, count)
    if (before && !isNew && delivered > before.delivered) this.#flowing.add(kind)
    if (!this.#flowing.has(kind)) return
    if (at - count.deliveredAt >= timeouts.deviceStalledAfterMs) {
      this.#counts.delete(kind)
      this.#report(kind, 'track.stalled')
    } else if (at - count.soundAt >= timeouts.deviceStalledAfterMs) {
      count.soundAt = at
      this.#report(kind, 'silence.detected')
    }
  }
}

/** Interval for reading the counters of tracks, in ms. */
const pollIntervalMs = 500

/**
 * Monitors the tracks while no connection sends them: in the lobby and alone in a room. Without counters nothing is
 * reported: neither a low level nor a static picture proves that a source is dead. Returns its stop function.
 */
export function monitorUnsentSources(
  tracks: Tracks,
  isFlowing: () => boolean,
  report: (kind: SourceKind, problem: SourceProblem) => void,
): () => void {
  const monitor = new SourceMonitor(tracks, report)
  const timer = setInterval(() => {
    if (isFlowing()) monitor.reset()
    else monitor.read(buildReport(tracks, performance.now()))
  }, pollIntervalMs)
  return () => clearInterval(timer)
}

/**
 * Returns the counters of live tracks in the form of a stats report. Energy is always 0, so a microphone reports
 * `silence.detected` every 3 s.
 */
function buildReport(tracks: Tracks, timestamp: number): [string, MediaSourceStats][] {
  return (['audio', 'video'] as const).flatMap((kind) => {
    const track = tracks.get(sourceKinds[kind])
    const frames = (track as TrackWithStats | null)?.stats?.totalFrames
    if (!track || frames === undefined) return []
    const counts = kind === 'audio' ? { totalSamplesDuration: frames, totalAudioEnergy: 0 } : { frames }
    return [[kind, { type: 'media-source', kind, timestamp, trackIdentifier: track.id, ...counts }]]
  })
}
