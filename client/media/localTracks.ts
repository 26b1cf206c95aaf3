import type { DeviceKind } from '../../machines/protocol/vocabulary.ts'

/** A device, or the sound of a shared screen. */
export type TrackKind = DeviceKind | 'screenAudio'

/** A medium of a connection. A page without `screen` gets a shared screen instead of the camera, and no `screenAudio`. */
export type Medium = 'audio' | 'video' | 'screen' | 'screenAudio'

/** The live local tracks by device. */
export class Tracks {
  readonly #tracks = new Map<TrackKind, MediaStreamTrack>()
  readonly #listeners = new Set<(kind: TrackKind) => void>()

  /** Returns the live track of a device; null if it has none. */
  get(kind: TrackKind): MediaStreamTrack | null {
    return this.#tracks.get(kind) ?? null
  }

  /**
   * Returns the track to send; null if none.
   * @param isSideBySide the peer shows a shared screen beside the camera; otherwise the screen replaces the camera
   */
  outgoing(medium: Medium, isSideBySide: boolean): MediaStreamTrack | null {
    if (medium === 'audio') return this.get('microphone')
    if (medium === 'video') return (isSideBySide ? null : this.get('screen')) ?? this.get('camera')
    return isSideBySide ? this.get(medium) : null
  }

  /** Sets or removes the track of a device and notifies the subscribers. */
  set(kind: TrackKind, track: MediaStreamTrack | null): void {
    if (track) this.#tracks.set(kind, track)
    else this.#tracks.delete(kind)
    for (const listener of this.#listeners) listener(kind)
  }

  /** Calls the listener after each change. Returns its stop function. */
  subscribe(listener: (kind: TrackKind) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
}
