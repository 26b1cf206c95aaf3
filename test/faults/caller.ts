import type { Cable } from '../browser/cable.ts'
import { Guest } from '../browser/guest.ts'
import type { Tab } from '../browser/tab.ts'

/** A person with a browser, and with a cable of their own to the server. */
export class Caller<T extends Tab = Tab> extends Guest<T> {
  readonly cable: Cable
  /** How often the page told the server, who had asked, that it is there. */
  answers = 0

  constructor(tab: T, cable: Cable) {
    super(tab, `http://localhost:${cable.port}`)
    this.cable = cable
    cable.onCarried = (direction, chunk) => { if (direction === 'up') this.answers += countOf('PONG', chunk) }
  }
}

/** How many WebSocket frames with this text are in a chunk: RFC 6455 §5.2, text, masked, as what comes from a browser is (§5.3). */
function countOf(text: string, chunk: Buffer): number {
  const head = Buffer.from([0x81, 0x80 | text.length])
  let count = 0
  for (let at = chunk.indexOf(head); at >= 0; at = chunk.indexOf(head, at + 1)) {
    const [mask, masked] = [chunk.subarray(at + 2, at + 6), chunk.subarray(at + 6, at + 6 + text.length)]
    if (String.fromCharCode(...masked.map((byte, index) => byte ^ (mask[index % 4] ?? 0))) === text) count += 1
  }
  return count
}
