import type { TcpFaultProxy } from '../browser/tcpFaultProxy.ts'
import { BrowserUser } from '../browser/browserUser.ts'
import type { Tab } from '../browser/tab.ts'

/** A BrowserUser behind its own TcpFaultProxy. */
export class ProxiedUser<T extends Tab = Tab> extends BrowserUser<T> {
  readonly proxy: TcpFaultProxy
  /** Number of PONGs that the page sent. */
  pongCount = 0

  constructor(tab: T, proxy: TcpFaultProxy) {
    super(tab, `http://localhost:${proxy.port}`)
    this.proxy = proxy
    proxy.onForwarded = (direction, chunk) => {
      if (direction === 'up') this.pongCount += countTextFrames('PONG', chunk)
    }
  }
}

/** Counts the WebSocket frames with this text in a chunk (RFC 6455 §5.2). Frames from a browser are masked (§5.3). */
function countTextFrames(text: string, chunk: Buffer): number {
  const head = Buffer.from([0x81, 0x80 | text.length])
  let count = 0
  for (let at = chunk.indexOf(head); at >= 0; at = chunk.indexOf(head, at + 1)) {
    const [mask, masked] = [chunk.subarray(at + 2, at + 6), chunk.subarray(at + 6, at + 6 + text.length)]
    if (String.fromCharCode(...masked.map((byte, index) => byte ^ (mask[index % 4] ?? 0))) === text) count += 1
  }
  return count
}
