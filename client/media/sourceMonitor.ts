import { timeouts } from '../../machines/protocol/timeouts.ts'
import type { Tracks } from './localTracks.ts'

/** `media-source` of webrtc-stats §8.4, as far as browsers fill it in: Firefox 153 counts frames of video and nothing of audio. */
interface MediaSourceStats {
  type: string
  kind?: 'audio' | 'video'
  timestamp?: number
  trackIdentifier?: string
  totalSamplesDuration?: number
  totalAudioEnergy?: number
  frames?: number
}

/** `stats` of a track (Media Capture and Streams Extensions). Chromium counts all frames of a source, silent ones too; Firefox 153 has no such counters. */
interface TrackWithStats {
  stats?: { totalFrames?: number }
}

type SourceKind = 'microphone' | 'camera'
type SourceProblem = 'track.silent' | 'track.stalled'

interface SourceCounters {
  trackId: string
  /** What has been delivered, and when that last grew, on the clock of the reports, in ms. */
  delivered: number
  deliveredAt: number
  /** The same of sound that is more than digital silence. */
  energy: number
  soundAt: number
  readAt: number
}

const sourceKinds = { audio: 'microphone', video: 'camera' } as const

/** After a longer gap between two reports the page or the machine slept, and nothing is known of that time. In ms. */
const maxReportGapMs = 2_000

/**
 * Notices a source that delivers nothing though its track is live and enabled: a sound server drops a source without a word, and
 * browsers leave the track as it is. `track.stalled`: nothing at all came for 3 s. `track.silent`: nothing but digital silence
 * came for 3 s, which a quiet room may be as well; then, and every 3 s after, it is worth to look at the list of devices.
 */
export class SourceMonitor {
  readonly #tracks: Tracks
  readonly #report: (kind: SourceKind, problem: SourceProblem) => void
  readonly #counts = new Map<SourceKind, SourceCounters>()
  /** Sources of which something was counted since the last reset. Before, the transceiver may still wait for the other side's answer. */
  readonly #flowing = new Set<SourceKind>()

  constructor(tracks: Tracks, report: (kind: SourceKind, doubt: SourceProblem) => void) {
    this.#tracks = tracks
    this.#report = report
  }

  /** The connection is another, or nothing flows on it. */
  reset(): void {
    this.#counts.clear()
    this.#flowing.clear()
  }

  /** Reads one report of the connection; call it in their order. */
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

  /** A track that is muted by anybody delivers nothing, and a shared screen that stands still does not either. */
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
    // This browser does not count it.
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
      this.#report(kind, 'track.silent')
    }
  }
}

/** How often the counters of tracks are read, in ms. */
const pollIntervalMs = 500

/**
 * Watches the tracks while no connection sends them: in the lobby and alone in a room. Returns its undo.
 * Without counters nothing is reported: neither a quiet level nor a picture that stands still proves that a source is dead.
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

/** The counters of live tracks in the form of a connection's report. No energy is counted, so a microphone is doubted every 3 s. */
function buildReport(tracks: Tracks, timestamp: number): [string, MediaSourceStats][] {
  return (['audio', 'video'] as const).flatMap((kind) => {
    const track = tracks.get(sourceKinds[kind])
    const frames = (track as TrackWithStats | null)?.stats?.totalFrames
    if (!track || frames === undefined) return []
    const counts = kind === 'audio' ? { totalSamplesDuration: frames, totalAudioEnergy: 0 } : { frames }
    return [[kind, { type: 'media-source', kind, timestamp, trackIdentifier: track.id, ...counts }]]
  })
}
