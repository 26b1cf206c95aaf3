import type { Attachment } from 'svelte/attachments'
import { createSubscriber } from 'svelte/reactivity'
import type { DeviceKind } from '../../machines/protocol/vocabulary.ts'
import type { MediaState } from '../../machines/protocol/messages.ts'
import { monitorAudioLevel } from './audioLevel.ts'
import { type KeyValueStorage, getStored, setStored } from '../common/storage.ts'
import type { Tracks } from './localTracks.ts'

export interface DeviceList {
  cameras: MediaDeviceInfo[]
  microphones: MediaDeviceInfo[]
  speakers: MediaDeviceInfo[]
}

interface MediaViewParts {
  tracks: Tracks
  devices: MediaDevices | undefined
  storage: KeyValueStorage | undefined
}

/** What can be seen and heard. Streams are never proxied: `$state.raw`, and a new object where something changed. */
export class MediaView {
  /** One's own picture; null while the camera is off. */
  localStream: MediaStream | null = $state.raw(null)
  /** The screen that one shares. */
  screenStream: MediaStream | null = $state.raw(null)
  /** The other side: sound and picture in one. */
  remoteStream: MediaStream | null = $state.raw(null)
  /** The last picture of a stream that is gone, until there is another. */
  lastFrame: HTMLCanvasElement | null = $state.raw(null)
  /** What the other side sends, as it last reported. */
  remoteMedia: MediaState = $state.raw({ microphone: true, camera: true, screen: false })
  /** True: the other side sent too much on the data channel of this connection, so it is closed. */
  isChannelFlooded = $state(false)
  /** True: the call was given up, for this browser cannot make a connection. */
  isUnsupported = $state(false)
  /** True: the other side is shown what happens in this page (remoteTrace.ts). */
  isTraceShared = $state(false)
  /** What there is to choose from; labels are empty before the first permission. */
  devices: DeviceList = $state.raw({ cameras: [], microphones: [], speakers: [] })
  /** The chosen speaker; null: the browser's own. */
  speakerId: string | null = $state.raw(null)
  /** True where the browser lets a page choose. */
  readonly canChooseSpeaker = 'setSinkId' in HTMLMediaElement.prototype
  /** True where the browser can share a screen. */
  readonly canShareScreen: boolean
  readonly #parts: MediaViewParts
  readonly #stops: (() => void)[]
  readonly #subscribeToLevel: () => void
  #microphoneLevel = 0
  #remoteVideo: HTMLVideoElement | null = null

  constructor(parts: MediaViewParts) {
    const { tracks, devices, storage } = parts
    this.#parts = parts
    this.speakerId = getStored(storage, 'speaker')
    this.canShareScreen = Boolean(devices?.getDisplayMedia)
    this.#subscribeToLevel = createSubscriber((update) => this.#monitorMicrophone(update))
    const stop = new AbortController()
    devices?.addEventListener('devicechange', () => void this.#listDevices(), { signal: stop.signal })
    this.#stops = [() => stop.abort(), tracks.subscribe((kind) => this.#updateLocalStream(kind))]
    void this.#listDevices()
  }

  /** How loud the microphone is, 0 to 1. Measured only while something reads it. */
  get microphoneLevel(): number {
    this.#subscribeToLevel()
    return this.#microphoneLevel
  }

  chooseSpeaker(deviceId: string): void {
    this.speakerId = deviceId
    setStored(this.#parts.storage, 'speaker', deviceId)
  }

  /** Attachment for the remote video: `<video {@attach mediaView.setSinkId}>` plays through the chosen speaker. */
  readonly setSinkId: Attachment = (element) => {
    // A speaker that is gone leaves the one before.
    if (this.canChooseSpeaker && this.speakerId !== null)
      (element as HTMLMediaElement).setSinkId(this.speakerId).catch(() => undefined)
  }

  /** Attachment for the same video: the last frame stays while a new connection replaces the old one. */
  readonly holdLastFrame: Attachment = (element) => {
    const stop = new AbortController()
    this.#remoteVideo = element as HTMLVideoElement
    element.addEventListener('loadeddata', () => this.clearLastFrame(), { signal: stop.signal })
    return () => {
      stop.abort()
      this.#remoteVideo = null
    }
  }

  setRemoteStream(remote: MediaStream | null): void {
    if (this.remoteStream && remote !== this.remoteStream)
      this.lastFrame = this.#remoteVideo && captureFrame(this.#remoteVideo)
    this.remoteStream = remote
  }

  clearLastFrame(): void {
    this.lastFrame = null
  }

  dispose(): void {
    for (const stop of this.#stops) stop()
  }

  #updateLocalStream(kind: DeviceKind): void {
    const track = this.#parts.tracks.get(kind)
    if (kind === 'camera') this.localStream = track && new MediaStream([track])
    if (kind === 'screen') this.screenStream = track && new MediaStream([track])
    // With the first permission come the names of the devices.
    if (track) void this.#listDevices()
  }

  async #listDevices(): Promise<void> {
    // A browser that does not list devices leaves nothing to choose from; the ones in use go on.
    const all = (await this.#parts.devices?.enumerateDevices().catch(() => [])) ?? []
    const of = (kind: MediaDeviceKind) => all.filter((device) => device.kind === kind && device.deviceId !== '')
    this.devices = { cameras: of('videoinput'), microphones: of('audioinput'), speakers: of('audiooutput') }
  }

  #monitorMicrophone(update: () => void): () => void {
    const { tracks } = this.#parts
    let stop = (): void => undefined
    const setLevel = (level: number): void => {
      this.#microphoneLevel = level
      update()
    }
    const restart = (): void => {
      stop()
      setLevel(0)
      const track = tracks.get('microphone')
      stop = track ? monitorAudioLevel(track, setLevel) : () => undefined
    }
    restart()
    const unsubscribe = tracks.subscribe((kind) => {
      if (kind === 'microphone') restart()
    })
    return () => {
      unsubscribe()
      stop()
    }
  }
}

/** Null where nothing is to be seen yet. */
function captureFrame(video: HTMLVideoElement): HTMLCanvasElement | null {
  if (video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA || video.videoWidth === 0) return null
  const frame = Object.assign(document.createElement('canvas'), { width: video.videoWidth, height: video.videoHeight })
  frame.getContext('2d')?.drawImage(video, 0, 0)
  return frame
}
