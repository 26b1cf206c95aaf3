import type { Attachment } from 'svelte/attachments'
import { TokenBucket } from '../common/tokenBucket.ts'

/** `silenced`: pictures play, and sound waits for the person. `stopped`: nothing plays until the person presses *Play*, or the browser allows it again. */
export type PlaybackState = 'playing' | 'silenced' | 'stopped'

/** So many attempts at once, then one in ten seconds: a media key that is held down is not fought for ever. */
const attemptLimit = { burst: 5, perSecond: 0.1 } as const
/** Until the next attempt, in milliseconds. */
const retryDelayMs = 2_000

/**
 * Keeps a `<video>` of a live stream playing. Media keys, a phone call, another app's sound and autoplay rules pause it, and no browser
 * plays it again by itself (HTML §4.8.11.8; Audio Session API, interruptions).
 */
export class Playback {
  state: PlaybackState = $state('playing')
  readonly #attempts: TokenBucket
  #video: HTMLVideoElement | null = null
  #timer: ReturnType<typeof setTimeout> | undefined
  #isAttempting = false

  readonly #capturesMediaKeys: boolean

  /** @param options `capturesMediaKeys`: for the one video that is the call; `now`: milliseconds, from anywhere on */
  constructor({ holdsMediaKeys = false, now }: { holdsMediaKeys?: boolean; now?: () => number } = {}) {
    this.#capturesMediaKeys = holdsMediaKeys
    this.#attempts = new TokenBucket(attemptLimit, now)
  }

  /** Attachment: `<video {@attach playback.keeping}>`. */
  readonly keepPlaying: Attachment<HTMLVideoElement> = (video) => {
    const stop = new AbortController()
    const { signal } = stop
    this.#video = video
    for (const event of ['pause', 'loadedmetadata'])
      video.addEventListener(event, () => void this.#resume(), { signal })
    video.addEventListener('playing', () => this.#onPlaying(), { signal })
    // A person who comes back, or touches the page: what was refused before may be allowed now.
    document.addEventListener('visibilitychange', () => void this.#resume(), { signal })
    for (const event of ['focus', 'pageshow', 'pointerup', 'keyup'])
      addEventListener(event, () => void this.#resume(true), { signal })
    const release = this.#capturesMediaKeys ? captureMediaKeys(() => void this.#resume(true)) : () => undefined
    return () => {
      stop.abort()
      release()
      clearTimeout(this.#timer)
      this.#timer = undefined
      this.#video = null
    }
  }

  /** The person presses *Play* or *Play sound*. */
  readonly play = async (): Promise<void> => {
    if (!this.#video) return
    this.#video.muted = false
    await this.#video.play().then(
      () => {
        this.state = 'playing'
      },
      () => this.#retry(),
    )
  }

  #onPlaying(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.state === 'stopped') this.state = 'playing'
  }

  /** @param isUserGesture this attempt follows something that the person did, and is not counted */
  async #resume(isUserGesture = false): Promise<void> {
    const video = this.#video
    if (!video?.paused || !hasLiveTracks(video) || this.#isAttempting) return
    if (!isUserGesture && !this.#attempts.take(1)) {
      this.state = 'stopped'
      return this.#retry()
    }
    this.#isAttempting = true
    const error: unknown = await video.play().then(
      () => null,
      (reason: unknown) => reason,
    )
    this.#isAttempting = false
    if (error === null) return video.paused ? this.#retry() : undefined
    if (isAutoplayBlocked(error) && !video.muted) return this.#playMuted(video)
    this.state = 'stopped'
    this.#retry()
  }

  /** A page that nobody has touched yet may play pictures, but no sound. */
  async #playMuted(video: HTMLVideoElement): Promise<void> {
    video.muted = true
    await video.play().then(
      () => {
        this.state = 'silenced'
      },
      () => {
        video.muted = false
        this.state = 'stopped'
        this.#retry()
      },
    )
  }

  #retry(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      void this.#resume()
    }, retryDelayMs)
  }
}

const isAutoplayBlocked = (error: unknown): boolean => error instanceof DOMException && error.name === 'NotAllowedError'

/** A stream without live tracks has nothing to play. */
const hasLiveTracks = ({ srcObject }: HTMLVideoElement): boolean =>
  srcObject !== null && (srcObject as MediaStream).active

/** A call is not a film: *Pause* on a keyboard, a headset or a lock screen does not stop it (Media Session §4.3). Returns its undo. */
function captureMediaKeys(onPress: () => void): () => void {
  const { mediaSession } = navigator as Partial<Navigator>
  const actions: MediaSessionAction[] = ['play', 'pause', 'stop']
  const setHandler = (handler: (() => void) | null): void => {
    for (const action of actions) {
      try {
        mediaSession?.setActionHandler(action, handler)
      } catch {
        // A browser that does not know the action does not send it either.
      }
    }
  }
  setHandler(onPress)
  return () => setHandler(null)
}
