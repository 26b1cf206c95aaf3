/** Milestones of a call. A page records the first time of each, but the last click, as Unix time in ms. */
export type Milestone =
  'clicked' | 'asked' | 'joined' | 'media' | 'offer' | 'answered' | 'answer' | 'gathered' | 'ice' | 'dtls' | 'painted'

declare global {
  interface Window {
    probe: { marks: Partial<Record<Milestone, number>>; painted: Promise<void> }
  }
}

/**
 * Records the milestones of a call in any page. The browser receives this class as text and runs it before the
 * page's scripts, so it has no imports. `timeOrigin + now` makes two pages of one machine comparable.
 */
export class Probe {
  readonly marks: Partial<Record<Milestone, number>> = {}
  readonly painted: Promise<void>
  readonly #canvas = new OffscreenCanvas(16, 16).getContext('2d', { willReadFrequently: true })
  readonly #seen = new WeakSet<Element>()
  #tellPainted: () => void = () => {}

  constructor() {
    this.painted = new Promise((resolve) => (this.#tellPainted = resolve))
    addEventListener('click', ({ target }) => this.#noteClick(target as Element), { capture: true })
    new MutationObserver(() => this.#findVideo()).observe(document, { childList: true, subtree: true })
    this.#wrapMedia()
    this.#wrapSocket()
    this.#wrapConnection()
  }

  #mark(name: Milestone, at = performance.now()): void {
    this.marks[name] ??= performance.timeOrigin + at
  }

  #noteClick(target: Element): void {
    if (!/join|admit/i.test(target.closest('button')?.textContent ?? '')) return
    delete this.marks.clicked
    this.#mark('clicked')
  }

  #wrapMedia(): void {
    if (!navigator.mediaDevices) return
    const original = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices)
    navigator.mediaDevices.getUserMedia = async (constraints) => {
      const stream = await original(constraints)
      this.#mark('media')
      return stream
    }
  }

  #wrapSocket(): void {
    const hear = (data: unknown): void => {
      if (typeof data === 'string' && data.includes('"type":"joined"')) this.#mark('joined')
    }
    const say = (data: unknown): void => {
      if (typeof data !== 'string') return
      if (data.includes('"room.join"') || data === '{"type":"join"}') this.#mark('asked')
      if (data.includes('"type":"answer"')) this.#mark('answered')
    }
    globalThis.WebSocket = class extends WebSocket {
      constructor(url: string | URL, protocols?: string | string[]) {
        super(url, protocols)
        this.addEventListener('message', ({ data }) => hear(data))
      }
      override send(data: Parameters<WebSocket['send']>[0]): void {
        say(data)
        super.send(data)
      }
    }
  }

  #wrapConnection(): void {
    const watch = (connection: RTCPeerConnection): void => this.#watch(connection)
    const noteDescription = (type: string): void => this.#mark(type === 'offer' ? 'offer' : 'answer')
    globalThis.RTCPeerConnection = class extends RTCPeerConnection {
      constructor(configuration?: RTCConfiguration) {
        super(configuration)
        watch(this)
      }
      override setRemoteDescription(description: RTCSessionDescriptionInit): Promise<void> {
        noteDescription(description.type)
        return super.setRemoteDescription(description)
      }
    }
  }

  #watch(connection: RTCPeerConnection): void {
    connection.addEventListener(
      'icegatheringstatechange',
      () => connection.iceGatheringState === 'complete' && this.#mark('gathered'),
    )
    connection.addEventListener(
      'iceconnectionstatechange',
      () => /connected|completed/.test(connection.iceConnectionState) && this.#mark('ice'),
    )
    connection.addEventListener(
      'connectionstatechange',
      () => connection.connectionState === 'connected' && this.#mark('dtls'),
    )
  }

  #findVideo(): void {
    for (const video of document.querySelectorAll<HTMLVideoElement>('video[data-testid=remote-video]')) {
      if (this.#seen.has(video)) continue
      this.#seen.add(video)
      this.#awaitFrame(video)
    }
  }

  /** Waits for a frame that was presented to the compositor and is not of one color. */
  #awaitFrame(video: HTMLVideoElement): void {
    video.requestVideoFrameCallback((_, { presentationTime }) => {
      if (!this.#hasContent(video)) return this.#awaitFrame(video)
      this.#mark('painted', presentationTime)
      this.#tellPainted()
    })
  }

  #hasContent(video: HTMLVideoElement): boolean {
    this.#canvas?.drawImage(video, 0, 0, 16, 16)
    const bytes = this.#canvas?.getImageData(0, 0, 16, 16).data ?? new Uint8ClampedArray()
    const greens = bytes.filter((_, at) => at % 4 === 1)
    return Math.max(...greens) - Math.min(...greens) > 24
  }
}
