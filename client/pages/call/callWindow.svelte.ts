/** Document Picture-in-Picture, which TypeScript does not know yet. */
interface DocumentPictureInPicture {
  requestWindow(options: { width: number; height: number }): Promise<Window>
}

/** Size of the window at its first opening, in CSS pixels. */
const windowSize = { width: 400, height: 300 }

/** Parts of `CallWindow`. */
export interface CallWindowParts {
  /** Returns the peer's video, for a browser that can show only a video. */
  getVideo(): HTMLVideoElement | null
  /** Renders the content of the window. Returns the function that removes it. */
  mountContent(target: HTMLElement): () => void
  /** The page that opens the window. */
  page?: Window & { documentPictureInPicture?: DocumentPictureInPicture }
}

/**
 * The small window of a call above all other windows: a document with controls (Document Picture-in-Picture), or only
 * the peer's video (Picture-in-Picture).
 */
export class CallWindow {
  /** True while the window is open. Reactive. */
  isOpen = $state(false)
  /** `document`: with controls. Null: this browser has neither. */
  readonly kind: 'document' | 'video' | null
  readonly #parts: CallWindowParts
  readonly #page: NonNullable<CallWindowParts['page']>
  #close = (): void => undefined

  constructor(parts: CallWindowParts) {
    this.#parts = parts
    this.#page = parts.page ?? window
    this.kind = this.#page.documentPictureInPicture
      ? 'document'
      : this.#page.document.pictureInPictureEnabled
        ? 'video'
        : null
  }

  /**
   * Opens the window. Does nothing if it is open, or if the browser refuses: it wants a press of the user, or the media
   * session action `enterpictureinpicture`.
   */
  readonly open = async (): Promise<void> => {
    if (this.isOpen) return
    this.isOpen = true
    await (this.kind === 'document' ? this.#openDocument() : this.#openVideo()).catch(() => {
      this.isOpen = false
    })
  }

  /** Closes the window. May be called twice. */
  readonly close = (): void => {
    this.#close()
  }

  async #openDocument(): Promise<void> {
    const opened = await this.#page.documentPictureInPicture!.requestWindow(windowSize)
    const { document: from } = this.#page
    const { document: to } = opened
    to.title = from.title
    to.documentElement.lang = from.documentElement.lang
    to.documentElement.dir = from.documentElement.dir
    to.body.className = 'dark'
    for (const { href } of from.querySelectorAll<HTMLLinkElement>('link[rel=stylesheet]'))
      to.head.append(Object.assign(to.createElement('link'), { rel: 'stylesheet', href }))
    const unmountContent = this.#parts.mountContent(to.body)
    this.#close = () => opened.close()
    opened.addEventListener('pagehide', () => {
      unmountContent()
      this.#onClosed()
    })
  }

  async #openVideo(): Promise<void> {
    const video = this.#parts.getVideo()
    if (!video) throw new Error('no video')
    await video.requestPictureInPicture()
    this.#close = () => void this.#page.document.exitPictureInPicture().catch(() => undefined)
    video.addEventListener('leavepictureinpicture', () => this.#onClosed(), { once: true })
  }

  #onClosed(): void {
    this.isOpen = false
    this.#close = () => undefined
  }
}
