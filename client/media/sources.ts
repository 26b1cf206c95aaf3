import { timers } from '../../machines/protocol/timeouts.ts'
import type { Tracks } from './localTracks.ts'

/** `media-source` of webrtc-stats §8.4, as far as browsers fill it in: Firefox 153 counts frames of video and nothing of audio. */
interface Source {
  type: string
  kind?: 'audio' | 'video'
  timestamp?: number
  trackIdentifier?: string
  totalSamplesDuration?: number
  totalAudioEnergy?: number
  frames?: number
}

/** `stats` of a track (Media Capture and Streams Extensions). Chromium counts all frames of a source, silent ones too; Firefox 153 has no such counters. */
interface CountedTrack { stats?: { totalFrames?: number } }

type Kind = 'microphone' | 'camera'
type Doubt = 'device.doubted' | 'device.stalled'

interface Count {
  trackId: string
  /** What has been delivered, and when that last grew, on the clock of the reports, in ms. */
  delivered: number
  grownAt: number
  /** The same of sound that is more than digital silence. */
  energy: number
  loudAt: number
  readAt: number
}

const kinds = { audio: 'microphone', video: 'camera' } as const

/** After a longer gap between two reports the page or the machine slept, and nothing is known of that time. In ms. */
const longestGapMs = 2_000

/**
 * Notices a source that delivers nothing though its track is live and enabled: a sound server drops a source without a word, and
 * browsers leave the track as it is. `device.stalled`: nothing at all came for 3 s. `device.doubted`: nothing but digital silence
 * came for 3 s, which a quiet room may be as well; then, and every 3 s after, it is worth to look at the list of devices.
 */
export class SourceWatch {
  readonly #tracks: Tracks
  readonly #report: (kind: Kind, doubt: Doubt) => void
  readonly #counts = new Map<Kind, Count>()
  /** Sources of which something was counted since the last reset. Before, the line may still wait for the other side's answer. */
  readonly #sent = new Set<Kind>()

  constructor(tracks: Tracks, report: (kind: Kind, doubt: Doubt) => void) {
    this.#tracks = tracks
    this.#report = report
  }

  /** The connection is another, or nothing flows on it. */
  reset(): void {
    this.#counts.clear()
    this.#sent.clear()
  }

  /** Reads one report of the connection; call it in their order. */
  read(report: Iterable<[string, unknown]>): void {
    const judged = new Set<Kind>()
    for (const [, told] of report) {
      const source = told as Source
      const kind = source.type === 'media-source' && source.kind ? kinds[source.kind] : null
      if (kind && this.#isToJudge(kind, source)) {
        judged.add(kind)
        this.#judge(kind, source)
      }
    }
    for (const kind of this.#counts.keys()) if (!judged.has(kind)) this.#counts.delete(kind)
  }

  /** A track that is muted by anybody delivers nothing, and a shared screen that stands still does not either. */
  #isToJudge(kind: Kind, { trackIdentifier, timestamp }: Source): boolean {
    const track = this.#tracks.get(kind)
    return track !== null && track.id === trackIdentifier && timestamp !== undefined && track.enabled && !track.muted && track.readyState === 'live'
  }

  #judge(kind: Kind, { trackIdentifier: trackId = '', timestamp: at = 0, totalSamplesDuration, totalAudioEnergy, frames }: Source): void {
    const delivered = kind === 'microphone' ? totalSamplesDuration : frames
    // This browser does not count it.
    if (delivered === undefined) return
    const energy = totalAudioEnergy ?? 0
    const before = this.#counts.get(kind)
    const isNew = before?.trackId !== trackId || at - before.readAt > longestGapMs
    const count: Count = !before || isNew
      ? { trackId, delivered, energy, readAt: at, grownAt: at, loudAt: at }
      : {
        trackId, delivered, energy, readAt: at,
        grownAt: delivered > before.delivered ? at : before.grownAt,
        loudAt: totalAudioEnergy === undefined || energy > before.energy ? at : before.loudAt,
      }
    this.#counts.set(kind, count)
    if (before && !isNew && delivered > before.delivered) this.#sent.add(kind)
    if (!this.#sent.has(kind)) return
    if (at - count.grownAt >= timers.deviceStalled) {
      this.#counts.delete(kind)
      this.#report(kind, 'device.stalled')
    } else if (at - count.loudAt >= timers.deviceStalled) {
      count.loudAt = at
      this.#report(kind, 'device.doubted')
    }
  }
}

/** How often the counters of tracks are read, in ms. */
const intervalMs = 500

/**
 * Watches the tracks while no connection sends them: in the lobby and alone in a room. Returns its undo.
 * Without counters nothing is reported: neither a quiet level nor a picture that stands still proves that a source is dead.
 */
export function watchUnsent(tracks: Tracks, isFlowing: () => boolean, report: (kind: Kind, doubt: Doubt) => void): () => void {
  const watch = new SourceWatch(tracks, report)
  const timer = setInterval(() => {
    if (isFlowing()) watch.reset()
    else watch.read(reportOf(tracks, performance.now()))
  }, intervalMs)
  return () => clearInterval(timer)
}

/** The counters of live tracks in the form of a connection's report. No energy is counted, so a microphone is doubted every 3 s. */
function reportOf(tracks: Tracks, timestamp: number): [string, Source][] {
  return (['audio', 'video'] as const).flatMap((kind) => {
    const track = tracks.get(kinds[kind])
    const frames = (track as CountedTrack | null)?.stats?.totalFrames
    if (!track || frames === undefined) return []
    const counts = kind === 'audio' ? { totalSamplesDuration: frames, totalAudioEnergy: 0 } : { frames }
    return [[kind, { type: 'media-source', kind, timestamp, trackIdentifier: track.id, ...counts }]]
  })
}
