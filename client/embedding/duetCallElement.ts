import { canonicalRoomName, isRoomName } from '../../machines/protocol/roomName.ts'
import { type MessageToFrame, parseMessageToHost, withVersion } from './frameMessages.ts'

/** Browser features that the room may use in the frame (Permissions Policy §9.1). */
const allowedFeatures = [
  'camera',
  'microphone',
  'display-capture',
  'autoplay',
  'fullscreen',
  'picture-in-picture',
  'screen-wake-lock',
  'speaker-selection',
  'clipboard-write',
].join('; ')

/** Time after the `load` event until the frame counts as blocked, in ms. A blocked frame shows no error to its page. */
const readyTimeoutMs = 10_000

/** This script's address. A constant, because Vite would replace it inside `new URL`. */
const scriptUrl = import.meta.url

/**
 * `<duet-call room="…">`: a room of Duet in a frame. docs/embedding.md describes its attributes, events and `leave()`.
 * `server` is the URL of Duet; by default the folder of this script.
 */
export class DuetCallElement extends HTMLElement {
  static readonly observedAttributes = ['room', 'server', 'title']

  #frame: HTMLIFrameElement | null = null
  #origin = ''
  #stop = new AbortController()
  #readyTimer: ReturnType<typeof setTimeout> | undefined

  /** Opens the room. The browser calls this and the next two (HTML, custom element reactions). */
  connectedCallback(): void {
    this.#open()
  }

  /** Closes the room. */
  disconnectedCallback(): void {
    this.#close()
  }

  /** Opens another room, or renames the frame. */
  attributeChangedCallback(name: string, before: string | null, now: string | null): void {
    if (name === 'title') {
      if (this.#frame) this.#frame.title = this.#title
    } else if (this.isConnected && before !== now) this.#open()
  }

  /** Hangs up. `duet-left` follows if the user was in the room. */
  leave(): void {
    this.#post({ type: 'leave' })
  }

  get #title(): string {
    return this.getAttribute('title') ?? 'Duet'
  }

  /** Loads the room. Replaces a room that was open before. */
  #open(): void {
    this.#close()
    const room = canonicalRoomName(this.getAttribute('room') ?? '')
    const server = parseServerUrl(this.getAttribute('server') ?? new URL('.', scriptUrl).href)
    if (!server) return this.#fire('error', { code: 'invalid-server' })
    if (!isRoomName(room)) return this.#fire('error', { code: 'invalid-room' })
    const url = new URL(`r/${encodeURIComponent(room)}`, server)
    url.hash = String(
      new URLSearchParams(
        ['name', 'language'].flatMap((name) => {
          const value = this.getAttribute(name)
          return value ? [[name, value]] : []
        }),
      ),
    )
    this.#origin = url.origin
    this.#stop = new AbortController()
    const { signal } = this.#stop
    const frame = document.createElement('iframe')
    Object.assign(frame, { src: url.href, allow: allowedFeatures, title: this.#title, referrerPolicy: 'no-referrer' })
    frame.addEventListener('load', () => this.#sayHello(), { signal })
    addEventListener('message', (event) => this.#receive(event), { signal })
    this.#frame = frame
    this.#root.replaceChildren(frame)
  }

  #close(): void {
    clearTimeout(this.#readyTimer)
    this.#stop.abort()
    this.#frame?.remove()
    this.#frame = null
  }

  /** The shadow root, whose style needs no permission from the page's CSP. */
  get #root(): ShadowRoot {
    if (this.shadowRoot) return this.shadowRoot
    const root = this.attachShadow({ mode: 'open' })
    const sheet = new CSSStyleSheet()
    sheet.replaceSync(
      ':host { display: block; block-size: 30rem } :host([hidden]) { display: none } iframe { inline-size: 100%; block-size: 100%; border: 0 }',
    )
    root.adoptedStyleSheets = [sheet]
    return root
  }

  /** The page of the room listens before its `load` event. It loads again if the user changes the language. */
  #sayHello(): void {
    clearTimeout(this.#readyTimer)
    this.#readyTimer = setTimeout(() => this.#fire('error', { code: 'no-answer' }), readyTimeoutMs)
    this.#post({ type: 'hello' })
  }

  /** The browser drops the message if the frame shows another origin, such as its own page about a blocked frame. */
  #post(message: MessageToFrame): void {
    this.#frame?.contentWindow?.postMessage(withVersion(message), this.#origin)
  }

  #receive({ source, origin, data }: MessageEvent<unknown>): void {
    if (!this.#frame || source !== this.#frame.contentWindow || origin !== this.#origin) return
    const message = parseMessageToHost(data)
    if (!message) return
    if (message.type === 'ready') clearTimeout(this.#readyTimer)
    const { type, ...detail } = message
    this.#fire(type, detail)
  }

  #fire(type: string, detail: object): void {
    this.dispatchEvent(new CustomEvent(`duet-${type}`, { detail, bubbles: true }))
  }
}

/** Returns the URL of a server with a final slash; null if it is not one of http or https. */
function parseServerUrl(text: string): URL | null {
  if (!URL.canParse(text, location.href)) return null
  const url = new URL(text, location.href)
  if (!/^https?:$/.test(url.protocol)) return null
  if (!url.pathname.endsWith('/')) url.pathname += '/'
  return url
}
