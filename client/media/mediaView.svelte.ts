import type { Attachment } from 'svelte/attachments'
import { createSubscriber } from 'svelte/reactivity'
import type { DeviceKind } from '../../machines/protocol/vocabulary.ts'
import type { MediaState } from '../../machines/protocol/messages.ts'
import { watchLevel } from './audioLevel.ts'
import { type Memory, recall, remember } from '../common/storage.ts'
import type { Tracks } from './localTracks.ts'

export interface DeviceList {
  cameras: MediaDeviceInfo[]
  microphones: MediaDeviceInfo[]
  speakers: MediaDeviceInfo[]
}

interface StageParts {
  tracks: Tracks
  devices: MediaDevices | undefined
  memory: Memory | undefined
}

/** What can be seen and heard. Streams are never proxied: `$state.raw`, and a new object where something changed. */
export class Stage {
  /** One's own picture; null while the camera is off. */
  local: MediaStream | null = $state.raw(null)
  /** The screen that one shares. */
  shared: MediaStream | null = $state.raw(null)
  /** The other side: sound and picture in one. */
  remote: MediaStream | null = $state.raw(null)
  /** The last picture of a stream that is gone, until there is another. */
  still: HTMLCanvasElement | null = $state.raw(null)
  /** What the other side says that it sends. */
  remoteMedia: MediaState = $state.raw({ microphone: true, camera: true, screen: false })
  /** True: the other side sent too much on the data channel of this connection, so it is closed. */
  isFlooded = $state(false)
  /** True: the call was given up, for this browser cannot make a connection. */
  isUnsupported = $state(false)
  /** True: the other side is shown what happens in this page (remoteTrace.ts). */
  isWatched = $state(false)
  /** What there is to choose from; labels are empty before the first permission. */
  devices: DeviceList = $state.raw({ cameras: [], microphones: [], speakers: [] })
  /** The chosen speaker; null: the browser's own. */
  speaker: string | null = $state.raw(null)
  /** True where the browser lets a page choose. */
  readonly canChooseSpeaker = 'setSinkId' in HTMLMediaElement.prototype
  /** True where the browser can share a screen. */
  readonly canShareScreen: boolean
  readonly #parts: StageParts
  readonly #stops: (() => void)[]
  readonly #measure: () => void
  #level = 0
  #screen: HTMLVideoElement | null = null

  constructor(parts: StageParts) {
    const { tracks, devices, memory } = parts
    this.#parts = parts
    this.speaker = recall(memory, 'speaker')
    this.canShareScreen = Boolean(devices?.getDisplayMedia)
    this.#measure = createSubscriber((update) => this.#watchMicrophone(update))
    const stop = new AbortController()
    devices?.addEventListener('devicechange', () => void this.#list(), { signal: stop.signal })
    this.#stops = [() => stop.abort(), tracks.watch((kind) => this.#show(kind))]
    void this.#list()
  }

  /** How loud the microphone is, 0 to 1. Measured only while something reads it. */
  get level(): number {
    this.#measure()
    return this.#level
  }

  chooseSpeaker(deviceId: string): void {
    this.speaker = deviceId
    remember(this.#parts.memory, 'speaker', deviceId)
  }

  /** Attachment for the remote video: `<video {@attach stage.throughSpeaker}>` plays through the chosen speaker. */
  readonly throughSpeaker: Attachment = (element) => {
    // A speaker that is gone leaves the one before.
    if (this.canChooseSpeaker && this.speaker !== null) (element as HTMLMediaElement).setSinkId(this.speaker).catch(() => undefined)
  }

  /** Attachment for the same: its last picture stays while one connection takes the place of another. */
  readonly keepingStill: Attachment = (element) => {
    const stop = new AbortController()
    this.#screen = element as HTMLVideoElement
    element.addEventListener('loadeddata', () => this.forgetStill(), { signal: stop.signal })
    return () => {
      stop.abort()
      this.#screen = null
    }
  }

  show(remote: MediaStream | null): void {
    if (this.remote && remote !== this.remote) this.still = this.#screen && stillOf(this.#screen)
    this.remote = remote
  }

  forgetStill(): void {
    this.still = null
  }

  dispose(): void {
    for (const stop of this.#stops) stop()
  }

  #show(kind: DeviceKind): void {
    const track = this.#parts.tracks.get(kind)
    if (kind === 'camera') this.local = track && new MediaStream([track])
    if (kind === 'screen') this.shared = track && new MediaStream([track])
    // With the first permission come the names of the devices.
    if (track) void this.#list()
  }

  async #list(): Promise<void> {
    // A browser that does not list devices leaves nothing to choose from; the ones in use go on.
    const all = await this.#parts.devices?.enumerateDevices().catch(() => []) ?? []
    const of = (kind: MediaDeviceKind) => all.filter((device) => device.kind === kind && device.deviceId !== '')
    this.devices = { cameras: of('videoinput'), microphones: of('audioinput'), speakers: of('audiooutput') }
  }

  #watchMicrophone(update: () => void): () => void {
    const { tracks } = this.#parts
    let stop = (): void => undefined
    const tell = (level: number): void => {
      this.#level = level
      update()
    }
    const begin = (): void => {
      stop()
      tell(0)
      const track = tracks.get('microphone')
      stop = track ? watchLevel(track, tell) : () => undefined
    }
    begin()
    const unwatch = tracks.watch((kind) => { if (kind === 'microphone') begin() })
    return () => {
      unwatch()
      stop()
    }
  }
}

/** Null where nothing is to be seen yet. */
function stillOf(video: HTMLVideoElement): HTMLCanvasElement | null {
  if (video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA || video.videoWidth === 0) return null
  const still = Object.assign(document.createElement('canvas'), { width: video.videoWidth, height: video.videoHeight })
  still.getContext('2d')?.drawImage(video, 0, 0)
  return still
}
