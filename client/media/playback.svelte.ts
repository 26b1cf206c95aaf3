import type { Attachment } from 'svelte/attachments'
import { TokenBucket } from '../common/tokenBucket.ts'

/**
 * `withoutSound`: video plays without sound until the user presses *Play sound*. `stopped`: nothing plays until the user presses
 * *Play* or a retry succeeds.
 */
export type PlaybackState = 'playing' | 'withoutSound' | 'stopped'

/** Five attempts in a burst, then one per 10 s, so that a held media key is not fought forever. */
const attemptLimit = { burst: 5, perSecond: 0.1 } as const
/** Delay before the next attempt, in ms. */
const retryDelayMs = 2_000

/**
 * Keeps a `<video>` with a live stream playing. Media keys, a phone call, another app's audio and autoplay rules pause
 * it. No browser resumes it by itself (HTML §4.8.11.8; Audio Session API, interruptions).
 */
export class Playback {
  state: PlaybackState = $state('playing')
  readonly #attempts: TokenBucket
  #video: HTMLVideoElement | null = null
  #timer: ReturnType<typeof setTimeout> | undefined
  #isAttempting = false

  readonly #capturesMediaKeys: boolean

  /**
   * @param options `holdsMediaKeys`: captures the media keys, for the one video of the call; `now`: a monotonic clock
   * in ms
   */
  constructor({ holdsMediaKeys = false, now }: { holdsMediaKeys?: boolean; now?: () => number } = {}) {
    this.#capturesMediaKeys = holdsMediaKeys
    this.#attempts = new TokenBucket(attemptLimit, now)
  }

  /** Attachment: `<video {@attach playback.keepPlaying}>`. */
  readonly keepPlaying: Attachment<HTMLVideoElement> = (video) => {
    const stop = new AbortController()
    const { signal } = stop
    this.#video = video
    for (const event of ['pause', 'loadedmetadata'])
      video.addEventListener(event, () => void this.#resume(), { signal })
    video.addEventListener('playing', () => this.#onPlaying(), { signal })
    // The user came back or touched the page: the browser may now allow playback that it blocked before.
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

  /** Plays with sound. Called when the user presses *Play* or *Play sound*. */
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

  /** @param isUserGesture the attempt follows a user gesture and does not count against the limit */
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
    if (isAutoplayBlocked(error) && !video.muted) return this.#playWithoutSound(video)
    this.state = 'stopped'
    this.#retry()
  }

  /** Before the first user gesture a page may play video, but no audio. */
  async #playWithoutSound(video: HTMLVideoElement): Promise<void> {
    video.muted = true
    await video.play().then(
      () => {
        this.state = 'withoutSound'
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

/**
 * Captures the media keys (Media Session §4.3). *Pause* on a keyboard, a headset or a lock screen then does not stop
 * the call. Returns its stop function.
 */
function captureMediaKeys(onPress: () => void): () => void {
  const { mediaSession } = navigator as Partial<Navigator>
  const actions: MediaSessionAction[] = ['play', 'pause', 'stop']
  const setHandler = (handler: (() => void) | null): void => {
    for (const action of actions) {
      try {
        mediaSession?.setActionHandler(action, handler)
      } catch {
        // A browser that does not support the action does not send it either.
      }
    }
  }
  setHandler(onPress)
  return () => setHandler(null)
}
