/** One page of one browser, as little of it as the tests need, so that both browsers can give it. */
export interface Tab {
  open(url: string): Promise<void>
  /** Runs in the page: the function is sent as its text, so it may use what it is given and nothing else. */
  run<Given, Result>(work: (given: Given) => Result | Promise<Result>, given: Given): Promise<Result>
  /** Presses a button by its accessible name, as a person would, once it is there. */
  press(button: string): Promise<void>
  /** Errors that the page threw or that the browser wrote to its console, refused loads included. */
  readonly consoleErrors: string[]
  /** Every address that was asked for something. */
  readonly requestedUrls: string[]
  close(): Promise<void>
}

/**
 * Runs before the page's own scripts: keeps each peer connection that the page makes where a test can find it.
 * The connections stay what they are.
 */
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
