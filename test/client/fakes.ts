/** Stand-ins for what only browsers have. */

export class FakeTrack extends EventTarget {
  readonly kind: 'audio' | 'video'
  readonly label: string
  readonly #deviceId: string
  enabled = true
  muted = false
  readyState: 'live' | 'ended' = 'live'
  contentHint = ''
  onended: (() => void) | null = null

  constructor(kind: 'audio' | 'video', deviceId = 'default') {
    super()
    this.kind = kind
    this.#deviceId = deviceId
    this.label = `${kind} of ${deviceId}`
  }

  getSettings() {
    return { deviceId: this.#deviceId }
  }

  stop(): void {
    this.readyState = 'ended'
  }

  unplug(): void {
    this.readyState = 'ended'
    this.onended?.()
  }
}

type Constraints = { audio?: { deviceId?: { exact: string } }; video?: { deviceId?: { exact: string } } }

/** `navigator.mediaDevices`: refuses what `refusals` names, and remembers what was asked. */
export class FakeDevices extends EventTarget {
  readonly asked: Constraints[] = []
  readonly tracks: FakeTrack[] = []
  /** By what is asked for together: `audio`, `video`, `audio+video`, or a device's id. */
  refusals: Record<string, string> = {}

  async getUserMedia(constraints: Constraints) {
    this.asked.push(constraints)
    const kinds = (['audio', 'video'] as const).filter((kind) => constraints[kind])
    const ids = kinds.map((kind) => constraints[kind]?.deviceId?.exact ?? 'default')
    const name = this.refusals[kinds.join('+')] ?? ids.map((id) => this.refusals[id]).find(Boolean)
    if (name) throw new DOMException('refused', name)
    return this.#stream(kinds.map((kind, index) => new FakeTrack(kind, ids[index])))
  }

  async getDisplayMedia() {
    if (this.refusals.screen) throw new DOMException('refused', this.refusals.screen)
    return this.#stream([new FakeTrack('video', 'screen')])
  }

  #stream(tracks: FakeTrack[]) {
    this.tracks.push(...tracks)
    const of = (kind: string) => () => tracks.filter((track) => track.kind === kind)
    return { getAudioTracks: of('audio'), getVideoTracks: of('video') }
  }
}

/** `navigator.permissions`, for as many as a browser tells of. */
export class FakePermissions {
  readonly statuses: Record<string, EventTarget & { state: PermissionState }>

  constructor(states: Record<string, PermissionState>) {
    this.statuses = Object.fromEntries(Object.entries(states).map(([name, state]) => [name, Object.assign(new EventTarget(), { state })]))
  }

  async query({ name }: { name: string }) {
    const status = this.statuses[name]
    if (!status) throw new TypeError(`${name} is no permission`)
    return status
  }
}
