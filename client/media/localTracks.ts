import type { DeviceKind } from '../../machines/protocol/vocabulary.ts'

/** The live local tracks by device. */
export class Tracks {
  readonly #tracks = new Map<DeviceKind, MediaStreamTrack>()
  readonly #listeners = new Set<(kind: DeviceKind) => void>()

  /** Returns the live track of a device; null if it has none. */
  get(kind: DeviceKind): MediaStreamTrack | null {
    return this.#tracks.get(kind) ?? null
  }

  /** Returns the track to send; null if none. A shared screen replaces the camera. */
  outgoing(kind: 'audio' | 'video'): MediaStreamTrack | null {
    return kind === 'audio' ? this.get('microphone') : (this.get('screen') ?? this.get('camera'))
  }

  /** Sets or removes the track of a device and notifies the subscribers. */
  set(kind: DeviceKind, track: MediaStreamTrack | null): void {
    if (track) this.#tracks.set(kind, track)
    else this.#tracks.delete(kind)
    for (const listener of this.#listeners) listener(kind)
  }

  /** Calls the listener after each change. Returns its stop function. */
  subscribe(listener: (kind: DeviceKind) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
}
