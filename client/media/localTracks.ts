import type { DeviceKind } from '../../machines/protocol/vocabulary.ts'

/** The tracks that are live, by what they come from. Whoever shows or sends them watches. */
export class Tracks {
  readonly #tracks = new Map<DeviceKind, MediaStreamTrack>()
  readonly #watchers = new Set<(kind: DeviceKind) => void>()

  get(kind: DeviceKind): MediaStreamTrack | null {
    return this.#tracks.get(kind) ?? null
  }

  /** What is to be heard and seen at the other side: a shared screen takes the camera's place. */
  sent(kind: 'audio' | 'video'): MediaStreamTrack | null {
    return kind === 'audio' ? this.get('microphone') : this.get('screen') ?? this.get('camera')
  }

  set(kind: DeviceKind, track: MediaStreamTrack | null): void {
    if (track) this.#tracks.set(kind, track)
    else this.#tracks.delete(kind)
    for (const watcher of this.#watchers) watcher(kind)
  }

  /** Returns its undo. */
  watch(watcher: (kind: DeviceKind) => void): () => void {
    this.#watchers.add(watcher)
    return () => this.#watchers.delete(watcher)
  }
}
