/** Fakes of browser classes. */

let tracksMade = 0

/** A MediaStreamTrack whose device a test controls. */
export class FakeTrack extends EventTarget implements MediaStreamTrack {
  readonly kind: 'audio' | 'video'
  readonly label: string
  readonly #deviceId: string
  enabled = true
  muted = false
  readyState: 'live' | 'ended' = 'live'
  contentHint = ''
  /** The counters that Chromium has for a track; undefined for other browsers. */
  stats: { totalFrames: number } | undefined
  readonly id = `track ${++tracksMade}`
  onended: MediaStreamTrack['onended'] = null
  onmute: MediaStreamTrack['onmute'] = null
  onunmute: MediaStreamTrack['onunmute'] = null

  constructor(kind: 'audio' | 'video', deviceId = 'default') {
    super()
    this.kind = kind
    this.#deviceId = deviceId
    this.label = `${kind} of ${deviceId}`
  }

  getSettings(): MediaTrackSettings {
    return { deviceId: this.#deviceId }
  }

  getCapabilities(): MediaTrackCapabilities {
    return {}
  }

  getConstraints(): MediaTrackConstraints {
    return {}
  }

  async applyConstraints(): Promise<void> {}

  clone(): FakeTrack {
    return new FakeTrack(this.kind, this.#deviceId)
  }

  stop(): void {
    this.readyState = 'ended'
  }

  /** Ends the track as a browser does. */
  endByBrowser(): void {
    this.readyState = 'ended'
    this.dispatchEvent(new Event('ended'))
  }

  /** Mutes or unmutes the track, as the system or a switch on the device does. */
  setMuted(muted: boolean): void {
    this.muted = muted
    this.dispatchEvent(new Event(muted ? 'mute' : 'unmute'))
  }
}

type Constraints = { audio?: { deviceId?: { exact: string } }; video?: { deviceId?: { exact: string } } }

/** `navigator.mediaDevices`: fails the requests in `errorNames` and records all requests. */
export class FakeDevices extends EventTarget {
  readonly requests: Constraints[] = []
  readonly tracks: FakeTrack[] = []
  /** Error names by requested kinds (`audio`, `video`, `audio+video`) or by device id. */
  errorNames: Record<string, string> = {}
  /** The listed device ids by kind. Setting it fires no `devicechange`. */
  listed: Record<'audioinput' | 'videoinput', string[]> = { audioinput: ['default'], videoinput: ['default'] }
  listCount = 0
  /** Grants only listed devices. */
  isListedOnly = false

  async enumerateDevices() {
    this.listCount += 1
    return Object.entries(this.listed).flatMap(([kind, ids]) =>
      ids.map((deviceId) => ({ kind, deviceId, label: deviceId })),
    )
  }

  async getUserMedia(constraints: Constraints) {
    this.requests.push(constraints)
    const kinds = (['audio', 'video'] as const).filter((kind) => constraints[kind])
    const ids = kinds.map((kind) => constraints[kind]?.deviceId?.exact ?? 'default')
    const name = this.errorNames[kinds.join('+')] ?? ids.map((id) => this.errorNames[id]).find(Boolean)
    if (name) throw new DOMException('refused', name)
    const lost = ids.some(
      (id, at) =>
        id !== 'default' &&
        !this.listed[kinds[at] === 'audio' ? 'audioinput' : 'videoinput'].includes(id) &&
        this.isListedOnly,
    )
    if (lost) throw Object.assign(new DOMException('refused', 'OverconstrainedError'), { constraint: 'deviceId' })
    return this.#stream(kinds.map((kind, index) => new FakeTrack(kind, ids[index])))
  }

  /** Waits until every reader of the list has finished. */
  async settle(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve))
  }

  async getDisplayMedia() {
    if (this.errorNames.screen) throw new DOMException('refused', this.errorNames.screen)
    return this.#stream([new FakeTrack('video', 'screen')])
  }

  #stream(tracks: FakeTrack[]) {
    this.tracks.push(...tracks)
    const of = (kind: string) => () => tracks.filter((track) => track.kind === kind)
    return { getAudioTracks: of('audio'), getVideoTracks: of('video') }
  }
}

/** `navigator.permissions`, with the permissions that a browser supports. */
export class FakePermissions {
  readonly statuses: Record<string, EventTarget & { state: PermissionState }>

  constructor(states: Record<string, PermissionState>) {
    this.statuses = Object.fromEntries(
      Object.entries(states).map(([name, state]) => [name, Object.assign(new EventTarget(), { state })]),
    )
  }

  async query({ name }: { name: string }) {
    const status = this.statuses[name]
    if (!status) throw new TypeError(`unknown permission ${name}`)
    return status
  }
}
