import type { Attachment } from 'svelte/attachments'
import { createSubscriber } from 'svelte/reactivity'
import type { MediaState } from '../../machines/protocol/messages.ts'
import type { AudioTools } from './audioTools.ts'
import { monitorAudioLevel } from './audioLevel.ts'
import { type KeyValueStorage, getStored, setStored } from '../common/storage.ts'
import type { TrackKind, Tracks } from './localTracks.ts'

/** The selectable devices by kind. */
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

/** Sampling interval of the peer's voice, in ms. */
const voiceIntervalMs = 90

/** The streams and devices that the UI shows. Streams are never proxied: `$state.raw`, with a new object per change. */
export class MediaView {
  /** The local camera; null while it is off. */
  localStream: MediaStream | null = $state.raw(null)
  /** The local shared screen; null if none. */
  screenStream: MediaStream | null = $state.raw(null)
  /** The peer's audio and video; null before media arrives. */
  remoteStream: MediaStream | null = $state.raw(null)
  /** The peer's shared screen and its sound; null if the peer's page sends a screen instead of the camera. */
  remoteScreen: MediaStream | null = $state.raw(null)
  /** The last video frame of the previous remote stream, until a new frame arrives. */
  lastFrame: HTMLCanvasElement | null = $state.raw(null)
  /** The media state that the peer last reported. */
  remoteMedia: MediaState = $state.raw({ microphone: true, camera: true, screen: false })
  /** True if the data channel was closed because the peer exceeded its rate limit. */
  isChannelFlooded = $state(false)
  /** True if the call ended because this browser cannot create a connection. */
  isUnsupported = $state(false)
  /** True while the peer receives the trace of this page (remoteTrace.ts). */
  isTraceShared = $state(false)
  /** Reads the momentary level of the peer's voice, 0 to 1; null without a connection. */
  readVoiceLevel: (() => number) | null = null
  /** The selectable devices. Labels are empty before the first permission. */
  devices: DeviceList = $state.raw({ cameras: [], microphones: [], speakers: [] })
  /** The id of the chosen speaker; null for the browser's default. */
  speakerId: string | null = $state.raw(null)
  /** The volume of the peer, 0 to 1. It lasts until the page is closed. */
  volume = $state(1)
  /** The hints and push to talk; null until their code is loaded. */
  audioTools: AudioTools | null = $state.raw(null)
  /** True if the browser supports choosing a speaker. */
  readonly canChooseSpeaker = 'setSinkId' in HTMLMediaElement.prototype
  /** True if the browser can share a screen. */
  readonly canShareScreen: boolean
  readonly #parts: MediaViewParts
  readonly #stops: (() => void)[]
  readonly #subscribeToLevel: () => void
  readonly #subscribeToVoice: () => void
  #microphoneLevel = 0
  #voiceLevel = 0
  #remoteVideo: HTMLVideoElement | null = null

  constructor(parts: MediaViewParts) {
    const { tracks, devices, storage } = parts
    this.#parts = parts
    this.speakerId = getStored(storage, 'speaker')
    this.canShareScreen = Boolean(devices?.getDisplayMedia)
    this.#subscribeToLevel = createSubscriber((update) => this.#monitorMicrophone(update))
    this.#subscribeToVoice = createSubscriber((update) => this.#monitorVoice(update))
    const stop = new AbortController()
    devices?.addEventListener('devicechange', () => void this.#listDevices(), { signal: stop.signal })
    this.#stops = [() => stop.abort(), tracks.subscribe((kind) => this.#updateLocalStream(kind))]
    void this.#listDevices()
  }

  /** The microphone level, 0 to 1. It is measured only while an effect or a template reads it. */
  get microphoneLevel(): number {
    this.#subscribeToLevel()
    return this.#microphoneLevel
  }

  /** The level of the peer's voice, 0 to 1. It is measured only while an effect or a template reads it. */
  get voiceLevel(): number {
    this.#subscribeToVoice()
    return this.#voiceLevel
  }

  /** The element that shows the peer's camera; null if none does. */
  get remoteVideo(): HTMLVideoElement | null {
    return this.#remoteVideo
  }

  /** Selects a speaker and stores the choice. */
  chooseSpeaker(deviceId: string): void {
    this.speakerId = deviceId
    setStored(this.#parts.storage, 'speaker', deviceId)
  }

  /** Attachment for the remote video: `<video {@attach mediaView.setSinkId}>` plays through the chosen speaker. */
  readonly setSinkId: Attachment = (element) => {
    // If the speaker is gone, the previous one stays in use.
    if (this.canChooseSpeaker && this.speakerId !== null)
      (element as HTMLMediaElement).setSinkId(this.speakerId).catch(() => undefined)
  }

  /** Attachment for the remote video: plays at the chosen volume. iOS ignores it. */
  readonly setVolume: Attachment = (element) => {
    ;(element as HTMLMediaElement).volume = this.volume
  }

  /** Attachment for the remote video: captures its last frame when a new connection replaces the old one. */
  readonly holdLastFrame: Attachment = (element) => {
    const stop = new AbortController()
    this.#remoteVideo = element as HTMLVideoElement
    element.addEventListener('loadeddata', () => this.clearLastFrame(), { signal: stop.signal })
    return () => {
      stop.abort()
      this.#remoteVideo = null
    }
  }

  /** Replaces the remote stream and keeps the last frame of the previous one. Null: no media arrives. */
  setRemoteStream(remote: MediaStream | null): void {
    if (this.remoteStream && remote !== this.remoteStream)
      this.lastFrame = this.#remoteVideo && captureFrame(this.#remoteVideo)
    this.remoteStream = remote
  }

  /** Removes the kept frame. */
  clearLastFrame(): void {
    this.lastFrame = null
  }

  /** Stops all listeners. */
  dispose(): void {
    for (const stop of this.#stops) stop()
  }

  #updateLocalStream(kind: TrackKind): void {
    const track = this.#parts.tracks.get(kind)
    if (kind === 'camera') this.localStream = track && new MediaStream([track])
    if (kind === 'screen') this.screenStream = track && new MediaStream([track])
    // The first permission reveals the device labels.
    if (track) void this.#listDevices()
  }

  async #listDevices(): Promise<void> {
    // If the browser lists no devices, the user has no choice; tracks in use continue.
    const all = (await this.#parts.devices?.enumerateDevices().catch(() => [])) ?? []
    const of = (kind: MediaDeviceKind) => all.filter((device) => device.kind === kind && device.deviceId !== '')
    this.devices = { cameras: of('videoinput'), microphones: of('audioinput'), speakers: of('audiooutput') }
  }

  #monitorVoice(update: () => void): () => void {
    const timer = setInterval(() => {
      const level = this.readVoiceLevel?.() ?? 0
      if (level === this.#voiceLevel) return
      this.#voiceLevel = level
      update()
    }, voiceIntervalMs)
    return () => clearInterval(timer)
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

/** Copies the current video frame; null if there is none yet. */
function captureFrame(video: HTMLVideoElement): HTMLCanvasElement | null {
  if (video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA || video.videoWidth === 0) return null
  const frame = Object.assign(document.createElement('canvas'), { width: video.videoWidth, height: video.videoHeight })
  frame.getContext('2d')?.drawImage(video, 0, 0)
  return frame
}
