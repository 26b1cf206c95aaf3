import { WebSocket, type ClientOptions } from 'ws'

/** Nothing listens on this port. */
const unusedUrl = 'ws://127.0.0.1:1'

/** The sockets of one client. Pass `WebSocket` to the client; errors of its sockets are ignored. */
export class TestSockets {
  /** Every socket that the client opened, in order. */
  readonly all: WebSocket[] = []
  /** The class that the client opens its sockets with. */
  readonly WebSocket: typeof globalThis.WebSocket
  #isOffline = false

  constructor(options: ClientOptions = {}) {
    const { all } = this
    const resolveUrl = (url: string | URL): string | URL => (this.#isOffline ? unusedUrl : url)
    class TestSocket extends WebSocket {
      constructor(url: string | URL) {
        super(resolveUrl(url), options)
        this.on('error', () => undefined)
        all.push(this)
      }
    }
    // The clients of the product and of tRPC use the part that the WebSocket of `ws` shares with the browser's.
    this.WebSocket = TestSocket as unknown as typeof globalThis.WebSocket
  }

  /** Terminates the newest socket without a close frame. */
  cut(): void {
    this.all.at(-1)?.terminate()
  }

  /** Cuts the newest socket and lets all new ones fail. */
  goOffline(): void {
    this.#isOffline = true
    this.cut()
  }

  /** Lets new sockets succeed. */
  goOnline(): void {
    this.#isOffline = false
  }
}

/** The WebSocket URL of a server's API. */
export const toApiUrl = (serverUrl: string): string => `${serverUrl.replace(/^http/, 'ws')}/trpc`
