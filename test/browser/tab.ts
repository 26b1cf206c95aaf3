/** One page of one browser. The interface is small so that both browsers can implement it. */
export interface Tab {
  open(url: string): Promise<void>
  /** Runs in the page: the function is sent as source text, so it uses its argument only. */
  run<Given, Result>(work: (given: Given) => Result | Promise<Result>, given: Given): Promise<Result>
  /** Presses a button by its accessible name, once it is there. */
  press(button: string): Promise<void>
  /** Errors that the page threw or that the browser logged to the console, failed loads included. */
  readonly consoleErrors: string[]
  /** Every URL that the page requested. */
  readonly requestedUrls: string[]
  close(): Promise<void>
}

declare global {
  interface Window {
    /** All peer connections of the page, oldest first. */
    recordedConnections: RTCPeerConnection[]
  }
}

/** Runs before the page's own scripts: records each peer connection of the page and does not alter it. */
export function recordConnections(): void {
  const made: RTCPeerConnection[] = []
  Object.assign(window, {
    recordedConnections: made,
    RTCPeerConnection: class extends RTCPeerConnection {
      constructor(configuration?: RTCConfiguration) {
        super(configuration)
        made.push(this)
      }
    },
  })
}
