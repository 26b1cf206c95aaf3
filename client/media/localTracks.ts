import type { DeviceKind } from '../../machines/protocol/vocabulary.ts'

/** The live tracks by device. Code that shows or sends them subscribes. */
export class Tracks {
  readonly #tracks = new Map<DeviceKind, MediaStreamTrack>()
  readonly #listeners = new Set<(kind: DeviceKind) => void>()

  get(kind: DeviceKind): MediaStreamTrack | null {
    return this.#tracks.get(kind) ?? null
  }

  /** What is to be heard and seen at the other side: a shared screen takes the camera's place. */
  outgoing(kind: 'audio' | 'video'): MediaStreamTrack | null {
    return kind === 'audio' ? this.get('microphone') : (this.get('screen') ?? this.get('camera'))
  }

  set(kind: DeviceKind, track: MediaStreamTrack | null): void {
    if (track) this.#tracks.set(kind, track)
    else this.#tracks.delete(kind)
    for (const listener of this.#listeners) listener(kind)
  }

  /** Returns its undo. */
  subscribe(listener: (kind: DeviceKind) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
}
