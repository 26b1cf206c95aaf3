import type { MediaState } from '../machines/wire.ts'

export interface DeviceList {
  cameras: MediaDeviceInfo[]
  microphones: MediaDeviceInfo[]
  speakers: MediaDeviceInfo[]
}

/** What can be seen and heard. Streams are never proxied: `$state.raw`, and a new object where something changed. */
export class Stage {
  /** One's own picture; null while the camera is off. */
  local: MediaStream | null = $state.raw(null)
  /** The screen that one shares. */
  shared: MediaStream | null = $state.raw(null)
  /** The other side: sound and picture in one. */
  remote: MediaStream | null = $state.raw(null)
  /** What the other side says that it sends. */
  remoteMedia: MediaState = $state.raw({ microphone: true, camera: true, screen: false })
  /** What there is to choose from; labels are empty before the first permission. */
  devices: DeviceList = $state.raw({ cameras: [], microphones: [], speakers: [] })
  /** The chosen speaker; null: the browser's own. */
  speaker: string | null = $state.raw(null)
  /** True where the browser lets a page choose. */
  readonly canChooseSpeaker: boolean = false
  /** True where the browser can share a screen. */
  readonly canShareScreen: boolean = false

  /** How loud the microphone is, 0 to 1. Measured only while something reads it. */
  get level(): number {
    return 0
  }

  chooseSpeaker(deviceId: string): void {
    this.speaker = deviceId
  }

  /** Attachment for the remote video: `<video {@attach stage.throughSpeaker}>` plays through the chosen speaker. */
  readonly throughSpeaker = (_element: Element): void => {}
}
